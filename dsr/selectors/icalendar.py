"""Due dates as iCalendar (RFC 5545): all-day events that name the request, its type and its state, and nobody."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.utils.translation import gettext as _

from dsr.models import Case
from dsr.selectors.due import due_of

_LONGEST_LINE = 75
"""Octets, without the line's end (RFC 5545, section 3.1)."""


def calendar_of(cases: Iterable[Case], *, host: str, now: dt.datetime) -> str:
    """The calendar. A request keeps its UID, so what changes is moved and not doubled."""
    stamp = f"{now.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}"
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//DSR Desk//Due dates//EN",
        "METHOD:PUBLISH",
        "X-WR-CALNAME:" + _escaped(_("DSR Desk: due dates")),
        "REFRESH-INTERVAL;VALUE=DURATION:PT6H",
    ]
    for case in cases:
        lines += _event(case, host=host, stamp=stamp)
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line))


def _event(case: Case, *, host: str, stamp: str) -> list[str]:
    said = [case.reference, case.get_kind_display(), case.get_state_display()]
    if case.is_paused:
        said.append(due_of(case).words)
    return [
        "BEGIN:VEVENT",
        f"UID:{case.reference}@{host}",
        f"DTSTAMP:{stamp}",
        f"DTSTART;VALUE=DATE:{case.due_on:%Y%m%d}",
        f"DTEND;VALUE=DATE:{case.due_on + dt.timedelta(days=1):%Y%m%d}",
        f"SUMMARY:{_escaped(' · '.join(str(word) for word in said))}",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    ]


def _escaped(text: str) -> str:
    for letter in ("\\", ";", ","):
        text = text.replace(letter, f"\\{letter}")
    return text.replace("\r\n", "\\n").replace("\n", "\\n").replace("\r", "")


def _folded(line: str) -> list[str]:
    """The line in parts of at most 75 octets, the later ones with a space before them; no letter is cut in two."""
    parts, part = [], ""
    for letter in line:
        if len((part + letter).encode()) > _LONGEST_LINE:
            parts.append(part)
            part = " "
        part += letter
    return [*parts, part]
