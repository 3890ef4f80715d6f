"""What stands in a chart's SVG: nothing that a strict page refuses, and nothing of a stranger's but text."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from django.utils import translation

from dsr.charts import SERIES, Ink, bars, draw, shortened, stacked
from dsr.charts.drawing import measured

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = [
    '</text><script>alert("x")</script>',
    "<style>*{display:none}</style>",
    "&lt;b&gt; & $\\frac{1}{0}$ $x$",
    "\x00\x08\x1b\ud800\ufffe end",
    "line\nbreak\ttab",
    "\u202edesrever",
    "李小龍 ליאת سعاد 👩‍👩‍👧",
    "w" * 3000,
    "",
]


def _parsed(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314  (we drew it)


def _texts(svg: str) -> list[str]:
    return [row.text or "" for row in _parsed(svg).iter(f"{SVG}text")]


def _charts() -> list[str]:
    def paint(axes: Axes) -> None:
        axes.set_xlim(0, 10)
        axes.scatter([1, 2], [0.5, 0.5], color=Ink.FIRST.value)
        axes.plot([1, 9], [0.2, 0.8], marker="o", color=Ink.SECOND.value)
        axes.text(5, 0.5, "turned", rotation=30, weight="bold")

    return [
        bars([f"{text}{number}" for number, text in enumerate(HOSTILE)], range(len(HOSTILE)), title=HOSTILE[0]),
        stacked(HOSTILE, {text: [1] * len(HOSTILE) for text in HOSTILE[:6]}, title=HOSTILE[3]),
        draw(paint, title="Of one's own", description="Two dots", width=200, height=100),
    ]


@pytest.mark.parametrize("which", range(3), ids=["bars", "stacked", "own"])
def test_nothing_in_it_is_refused_by_a_strict_page(which: int) -> None:
    chart = _charts()[which]
    root = _parsed(chart)

    tags = {row.tag.removeprefix(SVG) for row in root.iter()}
    assert tags <= {"svg", "title", "desc", "g", "path", "text", "use", "defs", "clipPath", "rect"}
    names = {name for row in root.iter() for name in row.attrib}
    assert not {name for name in names if name.startswith("on") or name == "style"}
    links = [value for row in root.iter() for name, value in row.attrib.items() if "href" in name or "url(" in value]
    assert all(re.fullmatch(r"(#|url\(#)c[0-9a-f]{10}-\w+\)?", link) for link in links)
    assert "matplotlib" not in chart
    assert root.attrib["role"] == "img"


def test_what_it_refers_to_is_in_it() -> None:
    own = _parsed(_charts()[2])

    ids = {row.attrib["id"] for row in own.iter() if "id" in row.attrib}
    used = {row.attrib["href"].removeprefix("#") for row in own.iter() if "href" in row.attrib}
    assert used
    assert used <= ids
    assert {row.attrib["transform"] for row in own.iter(f"{SVG}text")} != {""}


def test_a_hostile_label_is_shown_as_the_text_that_it_is() -> None:
    chart = bars(HOSTILE[:4], [1, 2, 3, 4], title="x")

    shown = _texts(chart)
    assert "</text><script>alert(…" in "".join(shown) or any(text.startswith("</text><scr") for text in shown)
    assert any(text.startswith("&lt;b&gt; & $") for text in shown)
    assert any("����� end" in text for text in shown)
    assert "<script" not in chart


def test_every_colour_can_be_named_anew_by_the_page() -> None:
    for chart in _charts():
        for row in _parsed(chart).iter():
            classes = row.attrib.get("class", "").split()
            for name, prefix in (("fill", "fill"), ("stroke", "line")):
                value = row.attrib.get(name, "none")
                assert value == "none" or f"{prefix}-{Ink(value).name.lower()}" in classes
    style = (Path(__file__).parents[2] / "dsr/static/dsr/desk.css").read_text()
    for ink in Ink:
        assert f".fill-{ink.name.lower()} " in style
        assert f".line-{ink.name.lower()} " in style


def test_another_colour_is_the_programmers_mistake() -> None:
    def paint(axes: Axes) -> None:
        axes.barh(1, 1, color="red")

    with pytest.raises(ValueError, match="colours of Ink"):
        draw(paint, title="x", description="", width=10, height=10)


def test_equal_input_gives_equal_bytes_in_any_process_with_any_settings(tmp_path: Path) -> None:
    code = (
        "from dsr.charts import bars, stacked; import django; django.setup();"
        "print(bars(['a', 'b'], [1, 2], title='t')); print(stacked(['Jan'], {'x': [3], 'y': [4]}, title='t'))"
    )
    (tmp_path / "matplotlibrc").write_text(
        "svg.fonttype: path\nfont.size: 30\nsavefig.dpi: 300\npatch.linewidth: 3\npatch.force_edgecolor: True\n"
    )
    root = str(Path(__file__).parents[2])
    made = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": root, "DJANGO_SETTINGS_MODULE": "tests.settings", "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for folder, seed in ((root, "1"), (str(tmp_path), "2"))
    }

    assert len(made) == 1
    assert made.pop().count(b"<svg") == 2


def test_several_charts_of_one_page_share_no_id() -> None:
    def paint(axes: Axes) -> None:
        axes.scatter([1, 2], [0.5, 0.5], color=Ink.FIRST.value)

    ids = [
        re.findall(r' id="([^"]+)"', draw(paint, title=title, description="", width=width, height=50))
        for title, width in (("a", 100), ("b", 120))
    ]

    assert ids[0]
    assert not set(ids[0]) & set(ids[1])


def test_the_description_says_every_value() -> None:
    described = _parsed(stacked(["Jan", "Feb"], {"Erasure": [1, 2], "Access": [3, 4]}, title="By month"))

    assert described.findtext(f"{SVG}title") == "By month"
    assert described.findtext(f"{SVG}desc") == "Jan: Erasure 1, Access 3; Feb: Erasure 2, Access 4"


def test_no_data_and_a_single_value() -> None:
    assert _texts(bars([], [], title="x")) == ["–"]
    assert _texts(bars(["One"], [1], title="x")) == ["One", "1"]
    assert _texts(bars(["None"], [0], title="x")) == ["None", "0"]
    assert "–" in _texts(stacked([], {"a": []}, title="x"))
    assert stacked(["Jan"], {"a": [0]}, title="x")
    assert stacked([], {}, title="x")


def test_of_very_many_categories_the_rest_is_one_row() -> None:
    chart = bars([f"No {number}" for number in range(500)], [1] * 500, title="x", others="All others")

    shown = _texts(chart)
    assert len(shown) == 48
    assert shown[-2:] == ["All others", "477"]
    assert "No 499: 1" in chart, "the description has them all"


def test_labels_of_many_steps_do_not_run_into_each_other() -> None:
    months = [f"Month {number}" for number in range(120)]

    shown = [text for text in _texts(stacked(months, {"a": [1] * 120}, title="x")) if text.startswith("Month")]

    assert shown[0] == "Month 0"
    assert 3 <= len(shown) <= 10


def test_the_last_label_is_not_cut_at_the_edge() -> None:
    chart = _parsed(stacked([f"Month {number}" for number in range(11)], {"a": [1] * 11}, title="x"))
    width = float(chart.attrib["width"])

    for row in chart.iter(f"{SVG}text"):
        if row.attrib["text-anchor"] == "middle":
            assert float(row.attrib["x"]) + measured(row.text or "", size=11) / 2 <= width + 0.01


@pytest.mark.parametrize("value", [-1, float("nan"), float("inf")])
def test_what_is_no_count_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="from zero up"):
        bars(["a"], [value], title="x")
    with pytest.raises(ValueError, match="from zero up"):
        stacked(["a"], {"b": [value]}, title="x")


def test_more_parts_than_colours_are_refused() -> None:
    with pytest.raises(ValueError, match="six parts"):
        stacked(["a"], {str(number): [1] for number in range(len(SERIES) + 1)}, title="x")


def test_numbers_are_written_as_the_language_does() -> None:
    with translation.override("de"):
        assert "1.204" in _texts(bars(["a"], [1204], title="x"))


def test_a_long_label_is_cut_to_its_room() -> None:
    assert shortened("short", 100) == "short"
    cut = shortened("w" * 500, 100)
    assert cut.endswith("…")
    assert 5 < len(cut) < 20
    assert shortened("two\n lines", 200) == "two lines"
