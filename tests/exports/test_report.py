"""The page that a person reads."""

import html
import io
import re
from html.parser import HTMLParser

import pytest

from dsr.exports import ContactExport, build_package, read_entry, report_policy
from dsr.exports.money import amount
from tests.exports.cast import PRODUCTS, a_header, answered, hostile, linda


def page(*contacts: ContactExport, **header: object) -> str:
    target = io.BytesIO()
    build_package(target, header=a_header(**header), contacts=contacts, products=PRODUCTS)
    return read_entry(target, "report.html").decode()


def text(*contacts: ContactExport, **header: object) -> str:
    words = re.sub(r"<style>.*?</style>|<[^>]*>", " ", page(*contacts, **header), flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(words))


class Elements(HTMLParser):
    """Collects every element with its attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_it_tells_a_stranger_who_how_and_what() -> None:
    words = text(linda())
    for sentence in (
        "Meadow Courses Ltd uses a service named SegMetrics.",
        "Name Linda Dare",
        "Known since 3 October 2018, 14:30 CEST",
        "The first visit of which we know where it came from was on 1 January 2021, 03:00 CET .",
        "You came through an advertisement that was paid for.",
        "Way, as the service names it paid Page that linked here https://news.example.org/",
        "Where the link or advertisement stood Retargeting",
        "A tag is a label",
        "Customer no explanation is kept since 3 October 2018",
        "Spring course 40.00 Workbook 5.00 Product 999 -0.45",
        "45.00 45.00",
        "Dare & Daughters",
        'loyalty {"level": "gold"}',
        "SegMetrics names neither the unit nor the currency",
    ):
        assert sentence in words


def test_visits_are_the_newest_300_and_the_rest_is_pointed_to() -> None:
    words = text(linda())
    assert "/page/599?a=1&b=2" in words
    assert "/page/300?a=1&b=2" in words
    assert "/page/299?a=1&b=2" not in words
    assert "The newest 300 of 600 are shown here. The rest stands in tables/events.csv." in words


def test_it_loads_nothing_runs_nothing_and_links_nowhere() -> None:
    parser = Elements()
    parser.feed(page(linda(), hostile()))
    tags = [tag for tag, _ in parser.found]
    assert not {"script", "img", "link", "iframe", "object", "form", "base"} & set(tags)
    assert tags.count("style") == 1
    for tag, attributes in parser.found:
        assert not {"src", "srcset", "style", "background"} & attributes.keys()
        assert not [name for name in attributes if name.startswith("on")]
        if tag == "a":
            assert (attributes["href"] or "").startswith("#record-")
    policies = [attrs["content"] for _, attrs in parser.found if attrs.get("http-equiv")]
    assert policies == [report_policy()]
    assert "default-src 'none'; style-src 'sha256-" in report_policy()


def test_strange_values_are_shown_as_they_came() -> None:
    words = text(hostile())
    assert '=HYPERLINK("http://127.0.0.1/","Linda") evil⟨U+202E⟩gnp.exe⟨U+0000⟩' in words
    assert 'Status <img src="file:///etc/passwd"><script>alert(1)</script>' in words
    assert "Known since the day before yesterday" in words
    assert "Last changed 12" in words
    assert "\u202e" not in words


def test_nothing_found_names_the_account() -> None:
    assert "No data was found in the SegMetrics account a1b2c3." in text()


def test_a_contact_without_anything_is_no_trouble() -> None:
    words = text(answered({}))
    assert "No visit says where it came from." in words
    assert "No purchases." in words
    assert "No visits." in words


def test_a_demonstration_says_so() -> None:
    assert "Made in a demonstration" in text(linda(), is_demo=True)
    assert "Made in a demonstration" not in text(linda())


@pytest.mark.parametrize(
    ("value", "written"),
    [(4500, "45.00"), (-45, "-0.45"), (0, "0.00"), (123456789, "1,234,567.89"), (45.5, "45.5"), ("x", "x")],
)
def test_whole_cents_become_an_amount(value: object, written: str) -> None:
    assert amount(value) == written


@pytest.mark.parametrize("value", [True, None, [], {}])
def test_what_is_no_amount_is_left_alone(value: object) -> None:
    assert amount(value) == ("" if value is None else str(value))
