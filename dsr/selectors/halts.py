"""What stops the work over a connection right now, and how that is said."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dsr.attention import Attention
from dsr.dates import lately
from dsr.models import Halt, HaltCause, JobKind

PAUSABLE = (JobKind.ERASE, JobKind.CHANGE)
"""What a person pauses. Searching and preparing go on, so that cases can be collected meanwhile."""


@dataclass(frozen=True)
class Told:
    """A halt in words. What is stopped, since when and why."""

    halt: Halt
    words: str


def live(connection_id: int, kind: str = JobKind.ERASE) -> QuerySet[Halt]:
    """The halts in force that keep this kind of job over the connection from its work."""
    halts = Halt.objects.filter(connection_id=connection_id, ended_at=None)
    return halts if kind in PAUSABLE else halts.filter(cause=HaltCause.FAULTS)


def is_halted() -> Q:
    """Of jobs: those that are kept from their work now."""
    here = Halt.objects.filter(connection=OuterRef("case__connection"), ended_at=None)
    return Exists(here.filter(cause=HaltCause.FAULTS)) | Q(kind__in=PAUSABLE) & Exists(here)


def told(*, connection_id: int | None = None, kind: str = JobKind.ERASE) -> list[Told]:
    """The halts in force, of one connection or of all."""
    halts = live(connection_id, kind) if connection_id else Halt.objects.filter(ended_at=None)
    return [Told(halt, words_of(halt)) for halt in halts.select_related("connection", "by").order_by(F("pk"))]


def words_of(halt: Halt) -> str:
    since = {"account": str(halt.connection), "since": lately(halt.began_at)}
    if halt.cause == HaltCause.PERSON:
        return _("Deletions and changes over %(account)s are paused since %(since)s by %(who)s: %(why)s.") % {
            **since,
            "who": halt.by.full_name if halt.by else "",
            "why": halt.get_reason_display(),
        }
    return _("All work over %(account)s is stopped since %(since)s, because %(why)s. Nothing is lost.") % {
        **since,
        "why": _why(halt),
    }


def _why(halt: Halt) -> str:
    if halt.code == Attention.KEY_REFUSED:
        return _("SegMetrics refuses its sign-in")
    if halt.code == Attention.CONTROL_READ_FAILED:
        return _("SegMetrics doesn't know the account")
    if halt.status:
        return ngettext(
            "SegMetrics answered %(status)d",
            "SegMetrics failed %(count)d times in a row, with %(status)d at last",
            halt.faults,
        ) % {"status": halt.status, "count": halt.faults}
    return ngettext(
        "SegMetrics couldn't be reached", "SegMetrics couldn't be reached %(count)d times in a row", halt.faults
    ) % {"count": halt.faults}
