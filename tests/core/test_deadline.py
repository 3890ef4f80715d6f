"""The due date, vector by vector, each with its source."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsr.deadline import add_months, due_date, is_free, public_holidays
from dsr.services.intake import legal_deadline

GERMANY = public_holidays("DE", None)

MONTH = "Art. 12(3) GDPR: within one month of receipt"
SAME_DAY = "Reg. 1182/71 Art. 3(2)(c): ends with the day that is the same date as the day of the event"
LAST_DAY = "Reg. 1182/71 Art. 3(2)(c): where that day is missing in the last month, with that month's last day"
FREE_DAY = "Reg. 1182/71 Art. 3(4): a holiday, Sunday or Saturday moves it to the last hour of the next working day"
EXTENDED = "Art. 12(3) GDPR, second sentence: by two further months; counted from the original start"


def day(text: str) -> dt.date:
    return dt.datetime.strptime(text, "%d %b %Y").date()  # noqa: DTZ007  (a date has no zone)


VECTORS = [
    # received, due, source
    ("10 Sep 2019", "10 Oct 2019", SAME_DAY),
    ("31 Jan 2026", "2 Mar 2026", FREE_DAY),  # 28 February is a Saturday
    ("31 Aug 2026", "30 Sep 2026", LAST_DAY),
    ("3 Nov 2026", "3 Dec 2026", MONTH),
    ("31 Jan 2024", "29 Feb 2024", LAST_DAY),  # a leap year
    ("31 Jan 2023", "28 Feb 2023", LAST_DAY),
    ("30 Jan 2023", "28 Feb 2023", LAST_DAY),
    ("28 Jan 2023", "28 Feb 2023", SAME_DAY),
    ("28 Feb 2023", "28 Mar 2023", SAME_DAY),  # not the 31st: the month's end is no rule of its own
    ("29 Feb 2024", "2 Apr 2024", FREE_DAY),  # Good Friday, Saturday, Easter, Easter Monday
    ("29 Mar 2025", "29 Apr 2025", SAME_DAY),
    ("31 Dec 2025", "2 Feb 2026", FREE_DAY),  # into the next year, on a Saturday
    ("1 Dec 2025", "2 Jan 2026", FREE_DAY),  # New Year's Day
    ("25 Nov 2026", "28 Dec 2026", FREE_DAY),  # Christmas on Friday and Saturday, then a Sunday
    ("15 Feb 2026", "16 Mar 2026", FREE_DAY),  # a Sunday
    ("14 Feb 2026", "16 Mar 2026", FREE_DAY),  # received on a Saturday: arrival counts, read or not
]


@pytest.mark.parametrize(("received", "due", "source"), VECTORS)
def test_vectors(received: str, due: str, source: str) -> None:
    assert due_date(day(received), free_days=GERMANY).due_on == day(due), source


EXTENSIONS = [
    ("10 Sep 2019", "10 Dec 2019"),
    ("31 Jan 2026", "30 Apr 2026"),  # not 28 April, nor 2 May: the first month's end is not the start of the second
    ("30 Nov 2023", "29 Feb 2024"),
    ("31 Aug 2026", "30 Nov 2026"),
    ("1 Feb 2026", "4 May 2026"),  # 1 May is a holiday, before a weekend
]


@pytest.mark.parametrize(("received", "due"), EXTENSIONS)
def test_an_extension_counts_from_the_original_start(received: str, due: str) -> None:
    assert due_date(day(received), free_days=GERMANY, extended=True).due_on == day(due), EXTENDED


PAUSES = [
    # received, days paused, extended, due: the days are added to the unrolled date, which is then rolled
    ("31 Jan 2026", 1, False, "2 Mar 2026"),  # Sat 28 Feb + 1 = Sun 1 March, rolled
    ("31 Jan 2026", 2, False, "2 Mar 2026"),  # Monday; from the rolled date it would be the 4th
    ("31 Jan 2026", 3, False, "3 Mar 2026"),
    ("10 Sep 2019", 2, False, "14 Oct 2019"),  # Thu + 2 = Saturday, rolled
    ("31 Jan 2026", 1, True, "4 May 2026"),  # 30 April + 1 = 1 May, a holiday before a weekend
    ("10 Sep 2019", 0, False, "10 Oct 2019"),
]


@pytest.mark.parametrize(("received", "paused", "extended", "due"), PAUSES)
def test_a_pause_is_added_before_the_date_is_rolled(received: str, paused: int, extended: bool, due: str) -> None:
    found = due_date(day(received), free_days=GERMANY, paused_days=paused, extended=extended)
    assert found.due_on == day(due), FREE_DAY


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


def test_the_product_counts_by_the_controllers_own_holidays() -> None:
    assert legal_deadline(day("31 Jan 2026")).due_on == day("2 Mar 2026")
