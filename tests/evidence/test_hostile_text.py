"""Names that try to break out of a document, or to make it fetch something."""

import socket

import pytest

from dsr.evidence import drawing
from dsr.evidence.text import PRINT_LIMIT, clean, clean_for_print
from tests.evidence.cast import HOSTILE_NAMES, a_match, an_evidence
from tests.evidence.reading import attachments_of, text_of


def test_hostile_names_are_printed_as_text() -> None:
    matches = tuple(
        a_match(name=name, email=name, reason=name, tags=HOSTILE_NAMES, created=name, lead_source=name)
        for name in HOSTILE_NAMES
    )
    record = an_evidence(subject_name=HOSTILE_NAMES[0], organisation=HOSTILE_NAMES[0], matches=matches)
    text = text_of(drawing.draw_evidence(record))
    assert '<img src="file:///etc/passwd"><b>bold</b> & <script>alert(1)</script> · contact' in text
    assert "root:" not in text
    assert "Zoë 😀 O’Brien" in text
    assert "Дмитрий Иванов" in text
    assert "evil⟨U+202E⟩gnp.exe⟨U+200B⟩⟨U+0000⟩" in text
    assert "\u202e" not in text
    assert '=HYPERLINK("http://127.0.0.1/","Linda")' in text


def test_a_name_of_300_letters_stays_within_the_page_and_whole() -> None:
    name = "".join(chr(ord("a") + number % 26) for number in range(300))
    text = text_of(drawing.draw_evidence(an_evidence(subject_name=name)))
    assert name in "".join(character for character in text if "a" <= character <= "z")


@pytest.fixture
def listener() -> socket.socket:
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.2)
    return server


def test_nothing_is_fetched_even_where_escaping_should_fail(
    listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    page = (
        f'<html lang="en"><title>x</title><link rel="stylesheet" href="{address}a.css">'
        f'<style>@import url({address}b.css); p {{ background: url("{address}c.png") }}</style>'
        f'<p>text<img src="{address}d.png"><img src="file:///etc/passwd" alt="none">'
        '<object data="file:///etc/passwd"></object></p>'
        f'<a rel="attachment" href="file:///etc/passwd">a</a><a rel="attachment" href="{address}e">b</a>'
    )
    monkeypatch.setattr(drawing, "render", lambda *_args, **_kwargs: page)
    drawn = drawing.draw_evidence(an_evidence())
    assert "text" in text_of(drawn)
    assert list(attachments_of(drawn.pdf)) == ["record.json"]
    with listener, pytest.raises(TimeoutError):
        listener.accept()


def test_the_cleaner_hides_nothing_and_keeps_real_names() -> None:
    assert clean("a\x00b\x1b\x85") == "a⟨U+0000⟩b⟨U+001B⟩⟨U+0085⟩"
    assert clean("\u202eevil\u2066\ufeff") == "⟨U+202E⟩evil⟨U+2066⟩⟨U+FEFF⟩"
    assert clean("\ud800\uffff") == "\ufffd\ufffd"
    assert clean("line\r\nbreak\u2028again\tand") == "line\nbreak\nagain\tand"
    for name in ("می\u200cخواهم", "👩\u200d👧", "Zoë", "葛\U000e0100城", "O'Brien & Söhne"):
        assert clean(name) == name


def test_a_very_long_text_is_cut_and_says_how_long_it_was() -> None:
    assert clean_for_print("x" * PRINT_LIMIT) == "x" * PRINT_LIMIT
    assert clean_for_print("x" * 5_000) == "x" * PRINT_LIMIT + "… [5,000]"
