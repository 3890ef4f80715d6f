"""The picture of visits and purchases."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from django.utils import translation

from dsr.charts import timeline
from dsr.charts.timeline import MOST, Month

SVG = "{http://www.w3.org/2000/svg}"


def drawn(often: dict[Month, int], seldom: dict[Month, int]) -> ET.Element:
    svg = timeline(often, seldom, labels=("Visits <b>", "Purchases"), title="Title & more", description="Said")
    return ET.fromstring(svg)  # noqa: S314  (we drew it)


def texts(root: ET.Element) -> list[str]:
    return [row.text or "" for row in root.iter(f"{SVG}text")]


def test_it_names_its_parts_its_years_and_its_height() -> None:
    root = drawn({(year, 5): year - 2010 for year in range(2018, 2023)}, {(2019, 1): 1})
    assert root.findtext(f"{SVG}title") == "Title & more"
    assert root.findtext(f"{SVG}desc") == "Said"
    shown = texts(root)
    assert shown[:2] == ["Visits <b>", "Purchases"]
    assert {"0", "12"} <= set(shown)
    assert [text for text in shown if text.startswith("20")] == ["2019", "2020", "2021", "2022"]


def test_a_short_time_is_told_in_months_of_the_language() -> None:
    with translation.override("de"):
        assert "Mai 2021" in texts(drawn({(2021, 5): 1, (2021, 6): 2}, {}))


@pytest.mark.parametrize(("often", "seldom"), [({(2021, 5): 1}, {}), ({}, {(2021, 5): 1}), ({(2021, 5): 0}, {})])
def test_one_month_alone_is_a_picture_too(often: dict[Month, int], seldom: dict[Month, int]) -> None:
    assert "May 2021" in texts(drawn(often, seldom))


def test_of_a_very_long_time_the_newest_is_drawn() -> None:
    root = drawn({(1, 1): 99, (2026, 1): 3}, {})
    years = [int(text) for text in texts(root) if len(text) == 4]
    assert min(years) >= 2026 - MOST // 12
    assert "99" not in texts(root)


def test_no_month_and_no_count_are_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        drawn({}, {})
    with pytest.raises(ValueError, match="from zero up"):
        drawn({(2021, 5): -1}, {})
