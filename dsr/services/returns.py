"""Watch for people who were erased and came back: by a new purchase, an import, or another system that syncs.

What is kept of them is a keyed hash of each address, as long as the case is (a keyed hash is still personal data, so it
ends with the case). The vendor's recent leads are hashed as they pass by and compared; nothing of anybody else is kept.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections import defaultdict

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from dsr import audit
from dsr.connectors.segmetrics import Account, LeadsSeen
from dsr.days import controller_today
from dsr.exceptions import InvalidInput, NeedsPerson, TryLater, WrongState
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
    PlanLine,
    Returned,
    ReturnWatch,
    User,
)
from dsr.permissions import Role, raise_if_not
from dsr.selectors.related import OF_THE_PERSON
from dsr.services import halting, intake, notifying, reasons
from dsr.services.transition import locked
from dsr.states import Kind, Outcome, State

_OVERLAP = dt.timedelta(days=2)
"""Days looked at once more: a lead may show up late."""
_SHARE_OF_TIMEOUT = 0.6
UNCLEAR = "unclear"
"""The problem of a look that failed by a fault of our own."""

logger = logging.getLogger(__name__)


def watch_all() -> None:
    """Look through the recent leads of each account in which somebody was erased, but for those that are stopped.

    Those that weren't looked at for longest come first. Where the time is over, the rest comes at the next run.
    """
    ends = time.monotonic() + settings.ENV.q_timeout * _SHARE_OF_TIMEOUT
    for connection in _due():
        if time.monotonic() > ends:
            return
        if not halting.is_stopped(connection):
            watch(connection, ends=ends)


def watch(connection: Connection, *, ends: float) -> None:
    """Go on through the leads, as far as time (of `time.monotonic`) and pages of the connection allow."""
    wanted = _wanted(connection)
    if not wanted:
        ReturnWatch.objects.filter(connection=connection).update(problem="")
        return
    row = _begun(connection)
    try:
        _go_on(row, wanted, ends=ends)
    except (NeedsPerson, TryLater) as error:
        _note_problem(row, error.code)
    except Exception as error:  # of this connection alone; its text may hold personal data
        logger.error("the watch over connection %s failed: %s", connection.pk, type(error).__name__)
        _note_problem(row, UNCLEAR)


def file_follow_up(*, returned: Returned, actor: User) -> Case:
    """File a new request for erasure of the same person, from what the old case still holds."""
    raise_if_not(actor, Role.PRIVACY_OFFICER)
    _raise_if_settled(returned)
    old = returned.case
    emails, external_ids = _to_look_up(old)

    def settle(case: Case) -> None:
        _settle(returned, actor, follow_up=case)
        facts = {"contact_id": returned.contact_id, "follow_up": case.reference}
        audit.record(actor=actor, verb="follow_up_filed", case=old, facts=facts)

    return intake.file_request(
        actor=actor,
        connection=old.connection,
        kind=Kind.ERASURE,
        subject_name=old.subject_name,
        emails=emails,
        external_ids=external_ids,
        received_on=controller_today(),
        channel=Channel.OTHER,
        language=old.language,
        assigned_to=actor,
        along=settle,
    )


def dismiss(*, returned: Returned, actor: User, reason: str) -> None:
    """Note why nothing has to be done: somebody else has this address now, or the person came back on purpose."""
    raise_if_not(actor, Role.PRIVACY_OFFICER)
    reason = reasons.checked(reason, _("Say in a few words why nothing has to be done."))
    with transaction.atomic():
        case = locked(returned.case_id)
        _raise_if_settled(returned)
        _settle(returned, actor, follow_up=None)
        audit.record(
            actor=actor,
            verb="return_dismissed",
            case=case,
            facts={"contact_id": returned.contact_id},
            reason=reason,
        )


def _due() -> QuerySet[Connection]:
    """Those whose leads weren't looked through to the end today."""
    done = Q(watch__complete_until__gte=controller_today())
    rows = Connection.objects.filter(is_active=True, report_pages__gt=0).exclude(done)
    return rows.order_by(F("watch__looked_at").asc(nulls_first=True), "pk")


def _wanted(connection: Connection) -> dict[str, list[int]]:
    """Keyed hash → the cases whose person had this address."""
    found: dict[str, list[int]] = defaultdict(list)
    rows = Identifier.objects.filter(
        OF_THE_PERSON,
        kind=IdentifierKind.EMAIL,
        case__connection=connection,
        case__kind=Kind.ERASURE,
        case__state=State.COMPLETED,
        case__outcome__in=[Outcome.ERASED, Outcome.ERASED_IN_PART],
        case__purge_began_at=None,
    )
    for keyed_hash, case in rows.values_list("keyed_hash", "case_id"):
        found[keyed_hash].append(case)
    return found


def _to_look_up(case: Case) -> tuple[list[str], list[str]]:
    """Every address of the person, learnt or given, then the ids that were given; as many as one request takes."""
    rows = case.known_identifiers
    emails = [row.value for row in rows.filter(kind=IdentifierKind.EMAIL)]
    # A shop lets addresses in that nobody could file.
    emails = [value for value in emails if _can_be_filed(value)][: intake.MOST_IDENTIFIERS]
    ids = [row.value for row in rows.filter(kind=IdentifierKind.EXTERNAL_ID, learnt_from=None)]
    return emails, ids[: intake.MOST_IDENTIFIERS - len(emails)]


def _can_be_filed(email: str) -> bool:
    try:
        return bool(intake.checked_identifiers([email], []))
    except InvalidInput:
        return False


def _begun(connection: Connection) -> ReturnWatch:
    """The walk under way, or a new one. That it was this connection's turn is saved before anything can go wrong."""
    row, _created = ReturnWatch.objects.get_or_create(connection=connection)
    row.looked_at = timezone.now()
    if row.next_page == 1:
        today = controller_today()
        row.looked_from = _beginning(row, today - dt.timedelta(days=connection.report_days))
        row.looked_until, row.count, row.total = today, 0, None
    row.save(update_fields=["looked_at", "looked_from", "looked_until", "count", "total"])
    return row


def _beginning(row: ReturnWatch, of_a_first_look: dt.date) -> dt.date:
    """Never later than where the last walk ended, or the first one began: however long nothing was looked at, nobody
    who came back meanwhile is passed over."""
    if row.complete_until:
        return row.complete_until - _OVERLAP
    return min(row.looked_from or of_a_first_look, of_a_first_look)


def _go_on(row: ReturnWatch, wanted: dict[str, list[int]], *, ends: float) -> None:
    """Look at page after page, and note of each what it showed. One page is looked at again: of a list that got shorter
    the rest has moved up meanwhile."""
    assert row.looked_from  # noqa: S101  (`_begun` set both)
    assert row.looked_until  # noqa: S101
    first = row.next_page
    with Account(row.connection) as account:
        for number in range(max(first - 1, 1), first + row.connection.report_pages):
            page = account.leads(wanted.keys(), start=row.looked_from, end=row.looked_until, page=number)
            _note(wanted, page)
            _remember(row, number, page)
            if page.is_last or (number >= first and time.monotonic() > ends):
                return


def _remember(row: ReturnWatch, number: int, page: LeadsSeen) -> None:
    if number >= row.next_page:
        row.count += page.count
    row.next_page, row.total, row.problem = number + 1, page.total, ""
    if page.is_last:
        row.next_page, row.complete_until = 1, row.looked_until
    row.save(update_fields=["next_page", "count", "total", "problem", "complete_until"])


def _note_problem(row: ReturnWatch, code: str) -> None:
    ReturnWatch.objects.filter(pk=row.pk).update(problem=code)


def _note(wanted: dict[str, list[int]], page: LeadsSeen) -> None:
    for contact_id, keyed_hash in page.found:
        for case in Case.objects.filter(pk__in=wanted[keyed_hash]).select_related("assigned_to"):
            if not _is_known(case, contact_id):
                _note_one(case, contact_id)


def _is_known(case: Case, contact_id: str) -> bool:
    """Whether the case ruled this contact out, or kept it on purpose.

    What was deleted in one integration and isn't theirs in another comes back as any other.
    """
    lines = PlanLine.objects.filter(plan__case=case, object=ObjectKind.CONTACT, object_id=contact_id)
    last = lines.order_by("-plan__number").values("plan")[:1]
    decisions = set(lines.filter(plan=last).values_list("decision", flat=True))
    return (
        LineDecision.KEEP in decisions
        or decisions == {LineDecision.NOT_THEIRS}
        or case.candidates.filter(contact_id=contact_id, decision=Decision.OTHER_PERSON).exists()
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
