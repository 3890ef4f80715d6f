"""How the due date is counted. The worked examples with their sources stand in docs/deadlines.md."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsr.deadline import OwnDays, add_months, due_date, is_free, public_holidays

GERMANY = public_holidays("DE", None)


def day(text: str) -> dt.date:
    return dt.datetime.strptime(text, "%d %b %Y").date()  # noqa: DTZ007  (a date has no zone)


@pytest.mark.parametrize(
    ("country", "region", "received", "due"),
    [
        ("DE", "BY", "6 Dec 2025", "7 Jan 2026"),  # Epiphany is a holiday in Bavaria
        ("DE", "BE", "6 Dec 2025", "6 Jan 2026"),  # and none in Berlin
        ("DE", None, "6 Dec 2025", "6 Jan 2026"),
        ("DE", "BE", "8 Feb 2027", "9 Mar 2027"),  # Women's Day, in Berlin alone
        ("DE", "BY", "8 Feb 2027", "8 Mar 2027"),
        ("FR", None, "14 Jun 2027", "15 Jul 2027"),
        ("IE", None, "17 Feb 2026", "18 Mar 2026"),  # St Patrick's Day
        ("AT", None, "26 Sep 2026", "27 Oct 2026"),
    ],
)
def test_the_holidays_are_those_of_country_and_region(
    country: str, region: str | None, received: str, due: str
) -> None:
    assert due_date(day(received), free_days=public_holidays(country, region)).due_on == day(due)


def test_an_unknown_region_is_no_region_without_holidays() -> None:
    with pytest.raises(NotImplementedError):
        public_holidays("DE", "ATLANTIS")


def test_a_day_that_was_added_counts_like_a_holiday() -> None:
    once = OwnDays(once=frozenset({day("3 Dec 2026")}))
    yearly = OwnDays(every_year=frozenset({(12, 3), (12, 4)}))

    assert due_date(day("3 Nov 2026"), free_days=GERMANY, own_days=once).due_on == day("4 Dec 2026")
    assert due_date(day("3 Nov 2027"), free_days=GERMANY, own_days=once).due_on == day("3 Dec 2027")
    assert due_date(day("3 Nov 2026"), free_days=GERMANY, own_days=yearly).due_on == day("7 Dec 2026")
    assert due_date(day("3 Nov 2027"), free_days=GERMANY, own_days=yearly).due_on == day("6 Dec 2027")


def test_the_sentence_tells_a_day_that_was_added_from_a_public_holiday() -> None:
    own = OwnDays(every_year=frozenset({(12, 3), (1, 1)}))

    added = due_date(day("3 Nov 2026"), free_days=GERMANY, own_days=own).explanation
    public = due_date(day("1 Dec 2025"), free_days=GERMANY, own_days=own).explanation

    assert f"as that is a holiday added by the organisation, {NEXT}, Friday 4 December 2026" in added
    assert f"as that is a public holiday, {NEXT}" in public


LAW = " (Art. 12(3) GDPR, Art. 3 of Regulation 1182/71)."
NEXT = "the due date moves to the next working day"
SENTENCES = [
    # received, days paused, extended, the sentence without the law at its end
    ("10 Sep 2019", 0, False, "One month from 10 September 2019 is 10 October 2019"),
    (
        "31 Jan 2026",
        0,
        False,
        (
            "One month from 31 January 2026 is 28 February 2026, the last day of that month, "
            f"as that is a Saturday, {NEXT}, Monday 2 March 2026"
        ),
    ),
    (
        "1 Dec 2025",
        0,
        False,
        f"One month from 1 December 2025 is 1 January 2026, as that is a public holiday, {NEXT}, Friday 2 January 2026",
    ),
    (
        "31 Jan 2026",
        3,
        True,
        (
            "Three months (one, and two by extension) from 31 January 2026 is 30 April 2026, the last day of "
            "that month, with 3 days on which the clock stood still, 3 May 2026, "
            f"as that is a Sunday, {NEXT}, Monday 4 May 2026"
        ),
    ),
]


@pytest.mark.parametrize(("received", "paused", "extended", "sentence"), SENTENCES)
def test_one_sentence_says_how_it_was_counted(received: str, paused: int, extended: bool, sentence: str) -> None:
    found = due_date(day(received), free_days=GERMANY, paused_days=paused, extended=extended)
    assert found.explanation == sentence + LAW


days = st.dates(min_value=dt.date(2018, 5, 25), max_value=dt.date(2045, 12, 31))


@given(received=days, paused=st.integers(0, 400), extended=st.booleans())
def test_it_never_falls_on_a_free_day_nor_before_its_time(received: dt.date, paused: int, extended: bool) -> None:
    found = due_date(received, free_days=GERMANY, paused_days=paused, extended=extended)
    assert not is_free(found.due_on, GERMANY)
    assert found.counted_to <= found.due_on <= found.counted_to + dt.timedelta(days=7)
    assert found.counted_to == add_months(received, 3 if extended else 1) + dt.timedelta(days=paused)


@given(received=days)
def test_who_asks_later_is_never_answered_earlier(received: dt.date) -> None:
    later = received + dt.timedelta(days=1)
    assert due_date(received, free_days=GERMANY).due_on <= due_date(later, free_days=GERMANY).due_on
