"""Leave another person's data out of an access package, or put it back.

Article 15(4): the right to a copy shall not adversely affect the rights and freedoms of others; recital 63: the result
should not be a refusal to provide all information. So single places are left out, each with its reason, which the
person is told; the encrypted export keeps what was left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from dsr import audit, storage
from dsr.exceptions import InvalidInput, NotAllowed, NotReady, WrongState
from dsr.exports.answer import Answer
from dsr.exports.places import fields_of, found_by
from dsr.exports.redaction import Redaction
from dsr.models import Case, Document, HandOver, User
from dsr.models import Redaction as Row
from dsr.permissions import Right, Role, has_right, raise_if_not, record_actor
from dsr.services import packaging, reasons
from dsr.services.transition import locked
from dsr.states import State

SHORTEST_TEXT, LONGEST_TEXT = 3, 500
LONGEST_REASON = 1_000
_MOST = 200


def fields(*, case: Case) -> Counter[str]:
    """What the export holds that can be left out by its place: paths, and how often each stands there."""
    with _answers(case) as answers:
        return fields_of(answers)


def preview(*, case: Case, redaction: Redaction) -> Counter[str]:
    """How much this redaction takes out, and where. Raises `InvalidInput` where it names nothing, or nothing fits."""
    _raise_if_unclear(redaction)
    with _answers(case) as answers:
        found = found_by(answers, redaction)
    if not found:
        raise InvalidInput(
            _("Nothing in the export fits this, so nothing would be left out."),
            field="text" if redaction.text else "path",
        )
    return found


def add_redaction(*, case: Case, actor: User, reason: str, contact_id: str = "", path: str = "", text: str = "") -> Row:
    """Leave it out, with the reason. The package is made anew, and a link to the earlier one ends."""
    raise_if_may_not(actor)
    redaction = Redaction(
        contact_id=contact_id,
        path=path,
        text=text.strip(),
        reason=reasons.checked(reason, _("Give the reason; the person is told it."), longest=LONGEST_REASON),
    )
    places = preview(case=case, redaction=redaction)
    with transaction.atomic():
        fresh = _ready(case)
        kept = fresh.redactions.count()
        if kept >= _MOST:
            raise NotReady(_("No more than %(most)d can be left out one by one.") % {"most": _MOST})
        row = Row.objects.create(
            case=fresh,
            content_sealed=fresh.seal_json(asdict(redaction), field="redaction"),
            added_by=actor,
            added_at=timezone.now(),
        )
        record_actor(case=fresh, user=actor, act="redacted")
        _make_anew(fresh)
        facts = {"redaction": row.pk, "places": places.total(), "redactions": kept + 1}
        audit.record(actor=actor, verb="redaction_added", case=fresh, facts=facts, reason=redaction.reason)
    return row


def remove_redaction(*, redaction: Row, actor: User) -> None:
    """Leave it in again. What was left out and why is no longer kept; the package is made anew."""
    raise_if_may_not(actor)
    with transaction.atomic():
        fresh = _ready(redaction.case)
        if not Row.objects.filter(pk=redaction.pk, case=fresh).delete()[0]:
            raise WrongState(_("This was taken back already. Look at the case again."))
        record_actor(case=fresh, user=actor, act="redacted")
        _make_anew(fresh)
        facts = {"redaction": redaction.pk, "redactions": fresh.redactions.count()}
        audit.record(actor=actor, verb="redaction_removed", case=fresh, facts=facts)


def raise_if_may_not(actor: User) -> None:
    """It takes the officer's role, and the right to read: what a text hits tells of the contents."""
    raise_if_not(actor, Role.PRIVACY_OFFICER)
    if not has_right(actor, Right.READ_CONTENTS):
        raise NotAllowed(_("Reading the contents of a case is a right of its own, which you don't have."))


def _ready(case: Case) -> Case:
    fresh = locked(case.pk)
    if fresh.state != State.READY:
        raise WrongState(_("This package isn't ready to be handed over. Look at the case again."))
    return fresh


def _make_anew(case: Case) -> None:
    """The package that is there, or is being made right now, is no longer what is handed over."""
    HandOver.objects.filter(case=case, revoked_at=None).update(revoked_at=timezone.now())
    packaging.renew(case)


@contextmanager
def _answers(case: Case) -> Iterator[list[Answer]]:
    """The answers of the export, whole, as long as its file is open."""
    with storage.seekable(_export(case)) as package:
        yield packaging.answers_of(package, packaging.read_of(case))


def _export(case: Case) -> Document:
    plan = case.current_plan
    if not case.gets_package or plan is None or plan.export is None:
        raise NotReady(_("There is no export to leave anything out of."))
    return plan.export


def _raise_if_unclear(redaction: Redaction) -> None:
    if not redaction.path and not redaction.text:
        raise InvalidInput(_("Choose a field, or give a text that is taken out wherever it stands."), field="path")
    if redaction.text and not SHORTEST_TEXT <= len(redaction.text) <= LONGEST_TEXT:
        raise InvalidInput(
            _("Give a text of %(least)d to %(most)d characters: a shorter one would take out too much.")
            % {"least": SHORTEST_TEXT, "most": LONGEST_TEXT},
            field="text",
        )
