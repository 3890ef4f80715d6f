"""Days and moments on screens: by language, by preference, by zone. The law's days are the controller's."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone, translation

from dsr import dates
from dsr.dates import DateStyle
from dsr.days import controller_day, controller_midnight, controller_today, written
from dsr.deadline import Deadline
from dsr.languages import amid

PROJECT = Path(__file__).parents[2]
FIRST = dt.date(2026, 12, 1)
FORMS = {
    "en-gb": "3 Nov 2026|Tuesday 3 November 2026|3 November|3 Nov|Tue 3 Nov|1 December 2026",
    "de": "3. Nov 2026|Dienstag, 3. November 2026|3. November|3. Nov|Di, 3. Nov|1. Dezember 2026",
    "fr": "3 nov. 2026|mardi 3 novembre 2026|3 novembre|3 nov.|mar 3 nov.|1er décembre 2026",
    "es": "3 nov 2026|martes, 3 de noviembre de 2026|3 de noviembre|3 nov|mar 3 nov|1 de diciembre de 2026",
}


@pytest.mark.parametrize("language", FORMS)
def test_a_day_is_written_as_its_reader_s_language_has_it(language: str) -> None:
    day = dt.date(2026, 11, 3)
    with translation.override(language):
        forms = [dates.day(day, form) for form in ("short", "weekday", "yearless", "brief", "weekday_brief")]
        found = "|".join([*forms, dates.day(FIRST)])
        first = dates.day(FIRST, "short")
    assert found.lower() == FORMS[language].lower()
    assert first.startswith("1er ") == (language == "fr")


def test_year_first_for_whoever_wants_that_and_never_in_documents() -> None:
    moment = dt.datetime(2026, 11, 3, 13, 5, 9, tzinfo=dt.UTC)
    with dates.style(DateStyle.ISO):
        assert dates.day(FIRST) == dates.day(FIRST, "brief") == "2026-12-01"
        assert dates.moment(moment) == "2026-11-03 14:05"
        assert dates.moment(moment, "short", seconds=True) == "2026-11-03 14:05:09"
        assert written(FIRST) == "1 December 2026"
        counted = Deadline(dt.date(2026, 11, 3), dt.date(2026, 12, 3))
        assert "3 December 2026" in counted.explanation
    assert dates.moment(moment) == "3 November 2026, 14:05"


def test_a_moment_is_told_where_the_reader_is_and_its_day_alone_where_the_controller_is() -> None:
    moment = dt.datetime(2026, 12, 3, 12, 5, tzinfo=dt.UTC)
    for zone, told in (("Pacific/Auckland", "4 Dec 2026, 01:05"), ("America/Los_Angeles", "3 Dec 2026, 04:05")):
        with timezone.override(ZoneInfo(zone)):
            assert dates.moment(moment, "short") == told
            assert dates.day(moment, "short") == "3 Dec 2026"
            assert controller_day(moment) == dt.date(2026, 12, 3)
            assert controller_midnight(FIRST) == dt.datetime(2026, 11, 30, 23, tzinfo=dt.UTC)
            assert dates.zone() == zone


@time_machine.travel("2026-12-03T12:00:00Z", tick=False)
def test_lately_is_of_the_reader_s_day() -> None:
    moment = dt.datetime(2026, 12, 3, 10, 30, tzinfo=dt.UTC)
    with timezone.override(ZoneInfo("Pacific/Auckland")):
        assert dates.lately(moment) == "3 Dec, 23:30"
    with timezone.override(ZoneInfo("America/Los_Angeles")):
        assert dates.lately(moment) == "02:30"
        assert controller_today() == dt.date(2026, 12, 3)
    assert dates.lately(None) == dates.day(None) == dates.moment(None) == dates.clock(None) == ""


def test_a_label_within_a_sentence_keeps_its_capital_in_german_alone() -> None:
    for language, told in (("en-gb", "by letter"), ("de", "By Letter"), ("fr", "by letter")):
        with translation.override(language):
            assert amid("By Letter") == told


def _sources(folder: str, pattern: str) -> list[tuple[str, str]]:
    return [(str(path.relative_to(PROJECT)), path.read_text()) for path in sorted((PROJECT / folder).rglob(pattern))]


def test_the_reader_s_zone_is_asked_for_display_alone() -> None:
    """`timezone.localdate` and its like answer by the reader's zone: a deadline counted so would shift with them."""
    may = {"dsr/dates.py", "dsr/days.py", "dsr/forms/seen.py", "dsr/views/next_act.py"}
    asks = re.compile(r"timezone\.(localdate|localtime|make_aware)\(|date\.today\(|TruncDate\(\"\w+\"\)")
    found = {name for name, text in _sources("dsr", "*.py") if "/migrations/" not in name and asks.search(text)}
    assert found <= may


def test_no_screen_writes_a_date_by_itself() -> None:
    writes = re.compile(r"\|(?:date|time)(?::(?![\"'](?:c|Y-m-d)[\"'])|\s*[}|])|\{% now ")
    for name, text in _sources("templates", "*.html"):
        # Documents are drawn by an engine of their own, with filters of their own.
        assert name.startswith(("templates/evidence", "templates/export")) or not writes.search(text), name
    by_hand = re.compile(r"date_format\(|strftime\(\"%[dj]")
    screens = [row for folder in ("dsr/views", "dsr/selectors", "dsr/admin") for row in _sources(folder, "*.py")]
    assert not [name for name, text in screens if by_hand.search(text)]
