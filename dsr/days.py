"""Days: of the controller, for the law; and written out in the active language, for documents.

A due date, a day of arrival or the end of a retention is a day where the controller is (`DSR_TIME_ZONE`), whoever looks
and from wherever. How screens write a day or a moment, by what their reader chose, stands in `dsr.dates`.
"""

import datetime as dt

from django.utils import dateformat, timezone
from django.utils.translation import pgettext


def controller_time(moment: dt.datetime) -> dt.datetime:
    """The moment as the controller's clocks show it."""
    return in_zone(moment, timezone.get_default_timezone())


def in_zone(moment: dt.datetime, zone: dt.tzinfo) -> dt.datetime:
    """The moment as that zone's clocks show it; as it stands where no calendar holds that."""
    try:
        return timezone.localtime(moment, zone)
    except OverflowError:  # the year 1 or 9999, as broken data has it
        return moment


def controller_day(moment: dt.datetime | None) -> dt.date:
    """On which day it was there; today, where there is no moment."""
    return controller_time(moment or timezone.now()).date()


def controller_midnight(day: dt.date) -> dt.datetime:
    """The moment at which the day begins there."""
    return timezone.make_aware(dt.datetime.combine(day, dt.time.min), timezone.get_default_timezone())


def controller_today() -> dt.date:
    """Which day it is where the controller is."""
    return controller_day(None)


def written(day: dt.date) -> str:
    """ "3 November 2026", "3. November 2026", "3 novembre 2026", "3 de noviembre de 2026"."""
    if day.day == 1:
        # Translators: the format of a day that is the first of its month (French: 1er), see Django's date filter.
        return dateformat.format(day, pgettext("the first day of a month", "j F Y"))
    # Translators: the format of a day, see Django's date filter.
    return dateformat.format(day, pgettext("any other day", "j F Y"))


def written_with_weekday(day: dt.date) -> str:
    """ "Thursday 3 December 2026"."""
    # Translators: a weekday and a day that is written out.
    return pgettext("a date", "%(weekday)s %(day)s") % {"weekday": weekday(day), "day": written(day)}


def weekday(day: dt.date) -> str:
    """ "Thursday", as it stands within a sentence."""
    return dateformat.format(day, "l")
