"""Letters of a case: which can be written, which text they start from, and where each one stands."""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import Prefetch, prefetch_related_objects
from django.utils.translation import gettext_lazy as _

from dsr.letters.shipped import Text, shipped
from dsr.models import (
    Case,
    DocumentKind,
    Errand,
    ErrandKind,
    Identity,
    LetterKind,
    LetterStatus,
    LetterTemplate,
    OutgoingLetter,
)
from dsr.states import CARRIED_OUT, Kind, Outcome, State

TO_RECIPIENTS = frozenset({LetterKind.RECIPIENT, LetterKind.RECIPIENT_CHANGED})
_IDENTITY_OPEN = frozenset({State.RECEIVED, State.MATCHING, State.REVIEW, State.NEEDS_ATTENTION})
_IN_WORK = frozenset({LetterStatus.WAITING, LetterStatus.SENDING})
_WORKS = "letter_errands"
"""What `letters_of` has read, on the case."""
PROBLEMS = {
    "mail_server": _("the mail server can't be reached"),
    "mail_sign_in": _("the mail server refuses our sign-in: an administrator has to look at DSR_EMAIL_URL"),
    "mail_later": _("the mail server asked to try later, and still did at the last try"),
    "mail_refused": _("the mail server refuses this address or this mail"),
    "storage_full": _("the disk is full"),
    "gave_up": _("the worker failed at it"),
}
"""What each code says."""
_RETURNED = {
    "1": _("something is wrong with the address"),
    "2": _("the mailbox is full, or closed"),
    "7": _("their mail server doesn't take such mails"),
}
"""What the middle of a mail server's code says (RFC 3463)."""


def fits(kind: LetterKind, case: Case) -> bool:
    """Whether a letter of this kind is true of the case as it stands.

    A refusal speaks of a decision that was taken, a completion of an erasure that was looked up again and certified,
    “no data found” of a search that ended so.
    """
    return not case.is_purged and _FITS[kind](case)


def _is_open(case: Case) -> bool:
    return not case.is_closed


def _identity_is_open(case: Case) -> bool:
    return case.state in _IDENTITY_OPEN and case.identity in {Identity.UNCONFIRMED, Identity.ASKED}


def _is_certified(case: Case) -> bool:
    return case.is_erasure and has_certificate(case)


def _is_changed(case: Case) -> bool:
    return case.is_change and has_certificate(case)


def has_certificate(case: Case) -> bool:
    """Whether it was carried out, whole or in part, for somebody whose identity is confirmed."""
    if case.state != State.COMPLETED or case.outcome not in CARRIED_OUT or case.identity != Identity.CONFIRMED:
        return False
    return any(row.kind == DocumentKind.CERTIFICATE for row in case.documents.all())


def _has_recipients(case: Case) -> bool:
    """Art. 19 has recipients told of an erasure, a rectification and a restriction."""
    return case.kind in {Kind.RECTIFICATION, Kind.RESTRICTION} and has_certificate(case)


def _has_package(case: Case) -> bool:
    ready = case.state == State.READY or case.outcome == Outcome.HANDED_OVER
    return case.gets_package and ready and case.identity == Identity.CONFIRMED


def _ended_empty(case: Case) -> bool:
    return case.state == State.COMPLETED and case.outcome == Outcome.NOTHING_FOUND


_FITS: dict[LetterKind, Callable[[Case], bool]] = {
    LetterKind.ACKNOWLEDGEMENT: _is_open,
    LetterKind.IDENTITY: _identity_is_open,
    LetterKind.EXTENSION: lambda case: case.extended and _is_open(case),
    LetterKind.REFUSAL: lambda case: case.state == State.REFUSED,
    LetterKind.COMPLETION: _is_certified,
    LetterKind.NOTHING_FOUND: _ended_empty,
    LetterKind.PACKAGE_READY: lambda case: case.kind == Kind.ACCESS and _has_package(case),
    LetterKind.PORTABLE_READY: lambda case: case.kind == Kind.PORTABILITY and _has_package(case),
    LetterKind.RECIPIENT: _is_certified,
    LetterKind.CHANGED: _is_changed,
    LetterKind.RECIPIENT_CHANGED: _has_recipients,
}


def fitting(case: Case) -> list[LetterKind]:
    """The letters to the data subject that can be written now."""
    return [kind for kind in LetterKind if kind not in TO_RECIPIENTS and fits(kind, case)]


def kind_to_recipients(case: Case) -> LetterKind:
    """The letter that tells a recipient of what was done."""
    return LetterKind.RECIPIENT if case.is_erasure else LetterKind.RECIPIENT_CHANGED


def text_for(kind: LetterKind, language: str) -> Text:
    """The organisation's own text, or the shipped one."""
    own = LetterTemplate.objects.filter(kind=kind, language=language).first()
    return Text(heading=own.heading, body=own.body, is_own=True) if own else shipped(kind, language)


def letters_of(case: Case) -> list[OutgoingLetter]:
    """All letters of the case, the newest first, with who wrote each and the work on them; read once."""
    prefetch_related_objects([case], Prefetch("letters", OutgoingLetter.objects.select_related("written_by")))
    letters = sorted(case.letters.all(), key=lambda row: -row.pk)
    if any(row.status in _IN_WORK for row in letters):
        works = Errand.objects.filter(kind=ErrandKind.LETTER).order_by("-pk")
        prefetch_related_objects([case], Prefetch("errands", works, to_attr=_WORKS))
    return letters


def errand_of(letter: OutgoingLetter) -> Errand | None:
    """The newest work on it."""
    read: list[Errand] | None = getattr(letter.case, _WORKS, None)
    if read is not None:
        return next((row for row in read if row.target == letter.pk), None)
    return Errand.objects.filter(kind=ErrandKind.LETTER, target=letter.pk).order_by("-pk").first()


def problem_in_words(status: LetterStatus, problem: str) -> str:
    """Why it wasn't sent, or came back; empty where nothing is known."""
    if status != LetterStatus.BOUNCED or not problem:
        return str(PROBLEMS.get(problem, ""))
    words = _RETURNED.get(problem.split(".")[1], _("it couldn't be delivered"))
    return f"{words} ({problem})"


def standing(letter: OutgoingLetter) -> tuple[LetterStatus, str]:
    """Where it stands, and the code of what is wrong.

    The worker may have given up on a letter without a word about it, as when its process was killed each time: what
    waits for no work any more was not sent, and what was being handed over may have been.
    """
    status = LetterStatus(letter.status)
    if status not in _IN_WORK:
        return status, letter.problem
    errand = errand_of(letter)
    if errand and errand.is_live:
        return status, errand.problem
    lost = {LetterStatus.WAITING: LetterStatus.FAILED, LetterStatus.SENDING: LetterStatus.UNKNOWN}
    return lost[status], (errand.problem if errand else "") or "gave_up"
