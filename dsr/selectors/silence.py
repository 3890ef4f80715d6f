"""Cases whose person was asked who they are: those that wait for the answer, and those where none came for long.

The silence is counted from the question, or from the newest letter with it that went out since. A proof that came in
since is an answer, and somebody has to look at it. After `DSR_SILENCE_DAYS` closing is proposed; a person closes.
"""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db.models import Exists, Max, OuterRef, Q
from django.utils.translation import ngettext

from dsr.days import controller_day, controller_midnight, controller_today
from dsr.models import Case, Document, DocumentKind, Identity, LetterKind, LetterStatus, OutgoingLetter
from dsr.states import State

_ASKED_AGAIN = OutgoingLetter.objects.filter(case=OuterRef("pk"), kind=LetterKind.IDENTITY, status=LetterStatus.SENT)
_PROOFS = Document.objects.filter(case=OuterRef("pk"), kind=DocumentKind.PROOF, destroy_on=None)


def is_silent() -> Q:
    """Asked, and without an answer for the set days: closing is proposed. Whether the clock stands or runs."""
    latest = _latest()
    if latest is None:
        return Q(pk__in=[])
    asked_again = Q(Exists(_ASKED_AGAIN.filter(sent_at__gte=latest)))
    asked = _unanswered() & Q(state__in=(State.MATCHING, State.NEEDS_ATTENTION), identity_at__lt=latest)
    return asked & ~asked_again


def waits_for_subject() -> Q:
    """The next word is the person's: the clock stands still, and nothing is proposed yet."""
    waits = _unanswered() & Q(state=State.MATCHING, paused_on__isnull=False)
    latest = _latest()
    if latest is None:
        return waits
    return waits & (Q(identity_at__gte=latest) | Q(Exists(_ASKED_AGAIN.filter(sent_at__gte=latest))))


def proposes_to_close(case: Case) -> bool:
    """Whether closing this case is proposed."""
    return case.identity == Identity.ASKED and Case.objects.filter(is_silent(), pk=case.pk).exists()


def asked_on(case: Case) -> dt.date:
    """The day of the newest question to this person, who was asked: noted, or by a letter that was sent."""
    sent = case.letters.filter(kind=LetterKind.IDENTITY, status=LetterStatus.SENT).aggregate(at=Max("sent_at"))["at"]
    return max(controller_day(moment) for moment in (case.identity_at, sent) if moment)


def words_for_silent() -> str:
    """What the cases where closing is proposed are called."""
    days = settings.ENV.silence_days
    return ngettext("No answer for %(days)d day", "No answer for %(days)d days", days) % {"days": days}


def _unanswered() -> Q:
    answered = Q(Exists(_PROOFS.filter(created_at__gte=OuterRef("identity_at"))))
    return Q(identity=Identity.ASKED, purge_began_at=None) & ~answered


def _latest() -> dt.datetime | None:
    """Who was asked before this moment has been silent for the set days; nothing where closing is never proposed."""
    days = settings.ENV.silence_days
    if not days:
        return None
    first = controller_today() - dt.timedelta(days=days - 1)
    return controller_midnight(first)
