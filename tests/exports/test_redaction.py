"""What is left out is out of every file, however it was written, and nothing else is."""

import html
import json
import re
import unicodedata
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, quote_plus, unquote, unquote_plus

import pytest
from django.utils import translation
from hypothesis import example, given
from hypothesis import strategies as st

from dsr.exports import answer as reading
from dsr.exports.answer import Answer, read_answer
from dsr.exports.data import write_access_data
from dsr.exports.redaction import LeftOut, Redaction, places, reasons, redacted, redacted_names
from dsr.exports.report import Reading, read_report
from dsr.exports.tables import tables_of, write_table
from dsr.exports.wanted import Wanted
from tests.exports.cast import PRODUCTS, a_header, answered, events, linda

AGENT = "jane.roe@example.com"


def read(data: Any, **beside: Any) -> Answer:
    return read_answer(answered(data, **beside), raw_name="data.json")


def files(answers: list[Answer], redactions: list[Redaction], products: dict[str, str] = PRODUCTS) -> dict[str, str]:
    """The files of a package that are made of answers."""
    taken = [redacted(answer, redactions) for answer in answers]
    left_out = list(zip(reasons(redactions), places(answers, redactions), strict=True))
    made = {name: b"".join(write_table(name, taken)) for name in tables_of(taken)}
    made["data.json"] = b"".join(write_access_data(header=a_header(), answers=taken, left_out=left_out))
    names = redacted_names(products, redactions)
    made["report.html"] = (
        read_report(header=a_header(), answers=taken, reading=Reading(products=names, meanings={})).as_html().encode()
    )
    return {name: content.decode("utf-8-sig") for name, content in made.items()}


def out(data: Any, *redactions: Redaction, **beside: Any) -> Any:
    """The data without what is left out, long lists included."""
    taken = redacted(read(data, **beside), redactions)
    return {**taken.data, **{name: list(taken.items(name)) for name in taken.long}}


def test_a_whole_value_goes_by_its_path() -> None:
    data = {
        "custom_fields": {"agent": {"name": "Jane"}, "size": 38},
        "events": [{"meta": 1, "uid": "a"}, 7, {"meta": 2}],
    }
    taken = out(
        data, Redaction(path="custom_fields/agent", reason="a colleague"), Redaction(path="events/*/meta", reason="b")
    )
    assert taken == {
        "custom_fields": {"agent": "[left out: a colleague]", "size": 38},
        "events": [{"meta": "[left out: b]", "uid": "a"}, 7, {"meta": "[left out: b]"}],
    }
    assert isinstance(taken["custom_fields"]["agent"], LeftOut)
    assert taken["custom_fields"]["agent"].reason == "a colleague"


def test_a_whole_list_goes_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    for limit in (10, 1_000_000):
        monkeypatch.setattr(reading, "SHORT_LIST", limit)
        answer = redacted(read({"events": events(30)}), [Redaction(path="events", reason="all of it")])
        assert answer.data == {"events": "[left out: all of it]"}
        assert list(answer.items("events")) == []


@pytest.mark.parametrize("limit", [10, 1_000_000])
def test_long_and_short_lists_lose_the_same(limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "SHORT_LIST", limit)
    data = {"events": [{"a": AGENT, "b": {"c": [AGENT, 1]}}, {"a": "x"}], "tags": [AGENT, {"name": "VIP"}]}
    rules = [Redaction(text=AGENT, path="events/*/b", reason="r"), Redaction(path="tags/0", reason="s")]
    assert out(data, *rules) == {
        "events": [{"a": AGENT, "b": {"c": ["[left out: r]", 1]}}, {"a": "x"}],
        "tags": ["[left out: s]", {"name": "VIP"}],
    }
    assert places([read(data)], rules) == [1, 1]


def test_a_text_goes_wherever_it_stands_and_only_it() -> None:
    data = {
        "email": "linda@example.com",
        "custom_fields": {f"seen by {AGENT}": f"Ask {AGENT.upper()}, or {AGENT}.", "number": 4711, "yes": True},
        "orders": [{"note": "order 4711-3", "total": 14711}],
    }
    taken = out(data, Redaction(text=AGENT, reason="a colleague"), Redaction(text="4711", reason="her number"))
    assert taken == {
        "email": "linda@example.com",
        "custom_fields": {
            "seen by [left out: a colleague]": "Ask [left out: a colleague], or [left out: a colleague].",
            "number": "[left out: her number]",
            "yes": True,
        },
        "orders": [{"note": "order [left out: her number]-3", "total": "[left out: her number]"}],
    }


def test_what_stands_beside_the_data_and_in_the_catalogue_is_looked_at_too() -> None:
    taken = redacted(read({}, meta={"agent": AGENT}), [Redaction(text=AGENT, reason="r")])
    assert taken.beside == {"meta": {"agent": "[left out: r]"}}
    names = redacted_names({"1": f"An hour with {AGENT}", "2": "Tea"}, [Redaction(text=AGENT, reason="r")])
    assert names == {"1": "An hour with [left out: r]", "2": "Tea"}


def test_one_contact_alone() -> None:
    rule = Redaction(contact_id="2087", path="email", reason="r")
    assert redacted(read({"email": "a"}), [rule]).data == {"email": "a"}
    other = read_answer(answered({"email": "a"}, contact_id="2087"), raw_name="")
    assert redacted(other, [rule]).data == {"email": "[left out: r]"}
    assert places([read({"email": "a"}), other], [rule]) == [1]


def test_a_redaction_that_finds_nothing_is_known_by_its_zero() -> None:
    rules = [Redaction(text="nobody", reason="r"), Redaction(path="custom_fields/none", reason="s")]
    assert places([read_answer(linda(), raw_name="")], rules) == [0, 0]


def test_keys_with_slashes_and_keys_that_become_alike() -> None:
    assert out({"a/b": {"c~d": 1}}, Redaction(path="a~1b/c~0d", reason="r")) == {"a/b": {"c~d": "[left out: r]"}}
    taken = out({"custom_fields": {"Jane Roe": 1, "jane  roe": 2}}, Redaction(text="Jane Roe", reason="r"))
    assert taken == {"custom_fields": {"[left out: r]": 1, "[left out: r] (2)": 2}}


def test_headings_that_every_package_has_stay() -> None:
    assert out({"email": "the email"}, Redaction(text="email", reason="r")) == {"email": "the [left out: r]"}


def test_the_reason_does_not_tell_what_was_left_out() -> None:
    redaction = Redaction(text=AGENT, reason=f"the address {AGENT} is a colleague's")
    assert out({"a": AGENT}, redaction) == {"a": "[left out: the address … is a colleague's]"}
    assert AGENT not in "".join(files([read({"a": AGENT})], [redaction]).values())


def test_the_mark_is_in_the_language_of_the_package() -> None:
    with translation.override("de"):
        assert out({"a": "b"}, Redaction(path="a", reason="x")) == {"a": "[ausgelassen: x]"}


@pytest.mark.parametrize(
    "written",
    [
        "Jörg Müller-Roe",
        "JÖRG  MÜLLER-ROE",
        "jörg\nmüller-roe",
        "J%C3%B6rg+M%C3%BCller-Roe",
        "j%c3%b6rg%20m%c3%bcller%2droe",
        "J%25C3%25B6rg%2520M%25C3%25BCller-Roe",
        "J%F6rg%20M%FCller-Roe",
        "J\\u00f6rg M\\u00FCller-Roe",
        "J\\\\u00f6rg M\\\\u00fcller-Roe",
        "J&ouml;rg&nbsp;M&#252;ller-Roe",
        "J&#xF6;rg M&amp;uuml;ller-Roe",
        "Jo\u0308rg Mu\u0308ller-Roe",
        "J\u00adö\u200brg Müller-Roe",
        "%4a%C3%B6%72g Müller%2DRoe",
    ],
)
def test_a_name_is_found_however_it_is_written(written: str) -> None:
    value, count = Wanted("Jörg Müller-Roe").replaced(f"https://x.example/?a={written}&b=2", "*")
    assert (value, count) == ("https://x.example/?a=*&b=2", 1)


@pytest.mark.parametrize("other", ["Jörg Müller", "Jorg Muller-Roe", "Jörg, Müller-Roe", "%4", "&#", "\\u00"])
def test_another_name_is_not(other: str) -> None:
    assert Wanted("Jörg Müller-Roe").replaced(other, "*") == (other, 0)


WAYS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "upper": str.upper,
    "lower": str.lower,
    "percent": lambda text: quote(text, safe=""),
    "percent, plus": quote_plus,
    "percent twice": lambda text: quote(quote(text, safe=""), safe=""),
    "json": json.dumps,
    "json twice": lambda text: json.dumps(json.dumps(text)),
    "html": html.escape,
    "entities": lambda text: "".join(f"&#x{ord(character):X};" for character in text),
    "decomposed": lambda text: unicodedata.normalize("NFD", text),
}
WORD = st.text("äößéñ東яabcXYZ019@.-+_'\"&/<\\", min_size=1, max_size=6)
SECRETS = st.builds("zq{}".format, st.lists(WORD, min_size=1, max_size=3).map(" ".join))
PLACES: list[Callable[[str], dict[str, Any]]] = [
    lambda value: {"custom_fields": {"note": value}},
    lambda value: {"custom_fields": {value: 1, "b": [value, {value: {"c": f"<{value}>"}}]}},
    lambda value: {"first_name": value, "last_name": "Dare", value: 2},
    lambda value: {"tags": [{"name": value}, value]},
    lambda value: {"orders": [{"order_id": "1", "line_items": [{"product_name": value, value: 1}], value: value}]},
    lambda value: {
        "events": [{"full_url": f"https://a.example/?q={value}&x=1", "args": {"q": value}, "meta": value}] * 3
    },
    lambda value: {"visits": [{"meta": {"a": [f"x{value}x"]}}] * 200},
    lambda value: {"email": [value], "lists": value, "companies": {"0": value}},
]


def undone(text: str) -> list[str]:
    """A file as it is, and with each way of writing otherwise undone."""
    unescaped = re.sub(r"\\+u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), text)
    ways = [text, unquote(text), unquote_plus(text), unquote(unquote(text)), html.unescape(text), unescaped]
    return [
        " ".join(unicodedata.normalize("NFC", way.encode("utf-8", "replace").decode()).casefold().split())
        for way in ways
    ]


@given(
    secret=SECRETS,
    ways=st.lists(st.sampled_from([*WAYS]), min_size=1, max_size=3),
    where=st.lists(st.sampled_from(PLACES), min_size=1, max_size=4),
    limit=st.sampled_from([10, 100_000]),
)
@example(secret="zqä", ways=["json twice", "percent"], where=PLACES, limit=10)
@example(secret="zq'\"&<", ways=[*WAYS], where=PLACES, limit=10)
def test_what_is_left_out_is_in_no_file(
    secret: str, ways: list[str], where: list[Callable[[str], dict[str, Any]]], limit: int
) -> None:
    data: dict[str, Any] = {}
    for number, place in enumerate(where):
        data |= place(WAYS[ways[number % len(ways)]](secret))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "SHORT_LIST", limit)
        made = files([read(data)], [Redaction(text=secret, reason="somebody else's")], {"1": secret})
    looked_for = " ".join(unicodedata.normalize("NFC", secret).casefold().split())
    for name, content in made.items():
        for text in undone(content):
            assert looked_for not in text, name
    assert all("left out" in made[name] for name in ("data.json",))


@given(data=st.dictionaries(st.sampled_from(["tags", "email", "events"]), st.text(max_size=30), max_size=3))
def test_what_is_not_named_is_as_it_was(data: dict[str, str]) -> None:
    assert out(data, Redaction(text="zq zq zq", reason="r"), Redaction(path="none/of/it", reason="r")) == data
