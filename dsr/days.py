"""A day written out in the active language."""

import datetime as dt

from django.utils import dateformat
from django.utils.translation import pgettext


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
