"""Watch for people who were erased and came back: by a new purchase, an import, or another system that syncs.

What is kept of them is a keyed hash of each address, as long as the case is (a keyed hash is still personal data, so it
ends with the case). The vendor's recent leads are hashed as they pass by and compared; nothing of anybody else is kept.
"""

from __future__ import annotations

import datetime as dt
import time
from collections import defaultdict

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from dsr import audit
from dsr.connectors.segmetrics import Account, ReportLook
from dsr.days import controller_today
from dsr.exceptions import NeedsPerson, TryLater, WrongState
from dsr.models import (
    Case,
    Channel,
    Connection,
    Decision,
    Identifier,
    IdentifierKind,
    LineDecision,
    NotificationKind,
    ObjectKind,
    Returned,
    ReturnWatch,
    User,
)
from dsr.permissions import Role, raise_if_not
from dsr.services import halting, intake, notifying, reasons
from dsr.states import Kind, Outcome, State

_OVERLAP = dt.timedelta(days=2)
"""Days looked at once more: a lead may show up late."""
_SHARE_OF_TIMEOUT = 0.6


def watch_all() -> None:
    """Look through the recent leads of each account in which somebody was erased, but for those that are stopped."""
    for connection in Connection.objects.filter(is_active=True).order_by("pk"):
        if not halting.is_stopped(connection):
            watch(connection)


def watch(connection: Connection) -> None:
    """Look through the leads since the last complete look, as far as time and pages of the connection allow."""
    wanted = _wanted(connection)
    if not wanted:
        return
    row, _created = ReturnWatch.objects.get_or_create(connection=connection)
    deadline = time.monotonic() + settings.ENV.q_timeout * _SHARE_OF_TIMEOUT
    today = controller_today()
    start = max(
        (row.complete_until or today - dt.timedelta(days=connection.report_days)) - _OVERLAP,
        today - dt.timedelta(days=connection.report_days),
    )
    row.looked_at, row.looked_from, row.problem = timezone.now(), start, ""
    try:
        with Account(connection) as account:
            look = account.look_for_hashes(set(wanted), start=start, enough=lambda: time.monotonic() > deadline)
    except (NeedsPerson, TryLater) as error:
        row.problem = error.code
        row.save()
        return
    row.count, row.total = look.looked_at, look.total
    if look.complete:
        row.complete_until = look.end
    row.save()
    _note(wanted, look)


def file_follow_up(*, returned: Returned, actor: User) -> Case:
    """File a new request for erasure of the same person, from what the old case still holds."""
    raise_if_not(actor, Role.PRIVACY_OFFICER)
    _raise_if_settled(returned)
    old = returned.case
    given = [(row.kind, row.value) for row in old.identifiers.filter(learnt_from=None)]
    case = intake.file_request(
        actor=actor,
        connection=old.connection,
        kind=Kind.ERASURE,
        subject_name=old.subject_name,
        emails=[value for kind, value in given if kind == IdentifierKind.EMAIL],
        external_ids=[value for kind, value in given if kind == IdentifierKind.EXTERNAL_ID],
        received_on=controller_today(),
        channel=Channel.OTHER,
        language=old.language,
        assigned_to=actor,
    )
    with transaction.atomic():
        _settle(returned, actor, follow_up=case)
        audit.record(
            actor=actor,
            verb="follow_up_filed",
            case=old,
            facts={"contact_id": returned.contact_id, "follow_up": case.reference},
        )
    return case


def dismiss(*, returned: Returned, actor: User, reason: str) -> None:
    """Note why nothing has to be done: somebody else has this address now, or the person came back on purpose."""
    raise_if_not(actor, Role.PRIVACY_OFFICER)
    reason = reasons.checked(reason, _("Say in a few words why nothing has to be done."))
    with transaction.atomic():
        _raise_if_settled(returned)
        _settle(returned, actor, follow_up=None)
        audit.record(
            actor=actor,
            verb="return_dismissed",
            case=returned.case,
            facts={"contact_id": returned.contact_id},
            reason=reason,
        )


def _wanted(connection: Connection) -> dict[str, list[int]]:
    """Keyed hash → the cases whose person had this address."""
    found: dict[str, list[int]] = defaultdict(list)
    rows = Identifier.objects.filter(
        kind=IdentifierKind.EMAIL,
        case__connection=connection,
        case__kind=Kind.ERASURE,
        case__state=State.COMPLETED,
        case__outcome__in=[Outcome.ERASED, Outcome.ERASED_IN_PART],
        case__purge_began_at=None,
    ).exclude(learnt_from__decision=Decision.OTHER_PERSON)
    for keyed_hash, case in rows.values_list("keyed_hash", "case_id"):
        found[keyed_hash].append(case)
    return found


def _note(wanted: dict[str, list[int]], look: ReportLook) -> None:
    for contact_id, keyed_hash in look.contact_ids.items():
        for case in Case.objects.filter(pk__in=wanted.get(keyed_hash, [])).select_related("assigned_to"):
            if not _is_known(case, contact_id):
                _note_one(case, contact_id)


def _is_known(case: Case, contact_id: str) -> bool:
    """Whether the case ruled this contact out, or kept it on purpose."""
    return (
        case.candidates.filter(contact_id=contact_id, decision=Decision.OTHER_PERSON).exists()
        or case.plans.filter(
            lines__object=ObjectKind.CONTACT,
            lines__object_id=contact_id,
            lines__decision__in=[LineDecision.KEEP, LineDecision.NOT_THEIRS],
        ).exists()
    )


def _note_one(case: Case, contact_id: str) -> None:
    with transaction.atomic():
        _row, is_new = Returned.objects.get_or_create(
            case=case, contact_id=contact_id, defaults={"seen_at": timezone.now()}
        )
        if is_new:
            notifying.tell(case, NotificationKind.RETURNED, notifying.carers(case))
            audit.record(actor=None, verb="person_returned", case=case, facts={"contact_id": contact_id})


def _raise_if_settled(returned: Returned) -> None:
    if returned.settled_at:
        raise WrongState(_("This was settled already. Look at the case again."))


def _settle(returned: Returned, actor: User, *, follow_up: Case | None) -> None:
    rows = Returned.objects.filter(pk=returned.pk, settled_at=None)
    if not rows.update(settled_at=timezone.now(), settled_by=actor, follow_up=follow_up):
        raise WrongState(_("Somebody else has settled this meanwhile. Look at the case again."))
