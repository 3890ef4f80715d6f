"""The second person's word: approve exactly this plan, or send it back."""

from __future__ import annotations

import re

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from dsr import queue, storage
from dsr.attention import Attention
from dsr.exceptions import InvalidInput, NeedsPerson, NextSlice, NotReady, StaleView, WrongState
from dsr.models import Approval, Case, JobKind, Plan, Safeguards, User
from dsr.permissions import (
    Role,
    had_a_hand,
    has_role,
    lacks_factor_to_approve,
    raise_if_had_a_hand,
    raise_if_no_factor,
    raise_if_not,
)
from dsr.services import changes, credentials, daily_limit, holds, transition
from dsr.services.planning import account_digest_of, fingerprint_of, make_plan, void_plans
from dsr.services.transition import locked
from dsr.states import Kind, State, Verb

_HELD = frozenset({Kind.ERASURE, Kind.RECTIFICATION})
"""What a legal hold stops: the rest only notes something, and destroys nothing."""
_ASKED = (
    *("case", "fingerprint", "account_digest", "deletes_from", "voided_at", "approver__is_active"),
    *("plan__number", "plan__ground", "plan__voided_at", "plan__weighed_sealed"),
    *(f"plan__{file}__{name}" for file in ("export", "evidence") for name in ("kind", "path", "sha256")),
    *("plan__case__reference", "plan__case__kind", "plan__case__filed_by"),
    *(
        f"plan__case__connection__{name}"
        for name in ("import_url", "read_url", "account_id", "revision", "may_delete", "personal_deletes")
    ),
)
"""What the check of an approval looks at, of six tables with some hundred columns. Any other is read when asked for."""


def words_to_type(plan: Plan) -> list[str]:
    """What the approver types: the contact ids that are deleted or changed, or the reference where no contact is."""
    return plan.contact_ids or [plan.case.reference]


def approve(*, case: Case, actor: User, typed_ids: str, fingerprint: str) -> Approval:
    """Approve the plan with this fingerprint. The caller has just signed in again; the page sees to that.

    Raises `NotAllowed` for whoever had a hand in the case or lacks the second factor, `StaleView` where the plan isn't
    the one that was shown, `InvalidInput` where the ids typed aren't those of the plan, `Held` where a legal hold binds
    the data subject.
    """
    with transaction.atomic():
        fresh = locked(case.pk)
        actor = _locked_person(actor)
        raise_if_not(actor, Role.APPROVER)
        raise_if_had_a_hand(case=fresh, user=actor)
        raise_if_no_factor(actor)
        if is_stopped_by_hold(fresh):
            holds.raise_if_held(fresh)
        plan = fresh.current_plan
        if fresh.state != State.AWAITING_APPROVAL or plan is None:
            raise WrongState(_("This case isn't waiting for an approval any more. Look at it again."))
        if not fingerprint or fingerprint != plan.fingerprint:
            raise StaleView(_("The plan or its files changed since this page was shown. Read it again."))
        if fingerprint != fingerprint_of(plan):
            raise StaleView(_("The plan or the connection changed after it was prepared. Send the case back."))
        raise_if_other_ids(plan, typed_ids)
        if not (plan.export and plan.evidence and _on_disk(plan)):
            raise StaleView(_("The export or the evidence is missing or damaged. Send the case back."))
        if fresh.is_change:
            changes.raise_if_not_granted(plan)
        elif not may_delete(plan):
            raise NotReady(
                _(
                    "This connection has no right to delete. One administrator asks for it under Connections, another "
                    "one grants it; then approve."
                )
            )
        if not has_own_credential(plan, actor):
            raise NotReady(
                _(
                    "This connection deletes in the name of whoever approves, and your own sign-in to SegMetrics is "
                    "missing. Set it up under Preferences; then approve."
                )
            )
        daily_limit.raise_if_reached(actor)
        now = timezone.now()
        approval = Approval.objects.create(
            case=fresh,
            plan=plan,
            approver=actor,
            fingerprint=plan.fingerprint,
            account_digest=account_digest_of(plan),
            approved_at=now,
            deletes_from=now + Safeguards.current().cooling_off,
        )
        work = JobKind.CHANGE if fresh.is_change else JobKind.ERASE
        queue.add(case=fresh, kind=work, asked_by=actor, not_before=approval.deletes_from)
        transition.move(
            fresh,
            verb=Verb.APPROVE,
            target=State.CHANGING if fresh.is_change else State.ERASING,
            actor=actor,
            facts={
                "plan": plan.number,
                "fingerprint": plan.fingerprint,
                "contacts": plan.contact_ids,
                "lines": plan.changes.count() if fresh.is_change else len(plan.to_delete),
                "deletes_from": approval.deletes_from.isoformat(timespec="seconds"),
            },
        )
    case.refresh_from_db()
    return approval


def is_stopped_by_hold(case: Case) -> bool:
    """Whether a legal hold keeps this kind of request from being carried out."""
    return case.kind in _HELD


def raise_if_other_ids(plan: Plan, typed_ids: str) -> None:
    """Raise `InvalidInput` unless these are the words to type."""
    wanted, typed = words_to_type(plan), _words(typed_ids)
    if set(typed) == set(wanted) or typed == _words(" ".join(wanted)):
        return
    if "@" in typed_ids:
        raise InvalidInput(
            _("Type the contact id, not the e-mail address: an address may belong to several contacts."),
            field="typed_ids",
        )
    raise InvalidInput(
        _("This isn't what is to be approved. Type exactly: %(ids)s") % {"ids": " ".join(sorted(wanted))},
        field="typed_ids",
    )


def _words(typed: str) -> list[str]:
    """However parted. An id of another system may hold what parts two of them: then all is typed as it is shown."""
    return [word for word in re.split(r"[\s,;]+", typed) if word]


def _on_disk(plan: Plan) -> bool:
    return all((storage.root() / document.path).is_file() for document in (plan.export, plan.evidence) if document)


def send_back(*, case: Case, actor: User, reason: str) -> None:
    """Return the case to review, with the reason. The plan is void; a copy of it waits for changes."""
    raise_if_not(actor, Role.APPROVER)
    reason = reason.strip()
    if not reason:
        raise InvalidInput(_("Say what has to change."), field="reason")
    with transaction.atomic():
        fresh = locked(case.pk)
        if fresh.state != State.AWAITING_APPROVAL:
            raise WrongState(_("This case isn't waiting for an approval any more. Look at it again."))
        back_to_review(fresh, actor=actor, verb=Verb.SEND_BACK, reason=reason)
    case.refresh_from_db()


def back_to_review(case: Case, *, actor: User, verb: Verb, reason: str = "") -> None:
    """Void the plan, make a copy of it as far as it still fits, and move to review. Inside a transaction."""
    previous = case.plans.order_by("-number").first()
    void_plans(case)
    make_plan(
        case=case,
        actor=previous.prepared_by if previous and previous.prepared_by else actor,
        previous=previous,
    )
    transition.move(case, verb=verb, target=State.REVIEW, actor=actor, reason=reason, attention="", attention_facts={})


def raise_if_account_changed(plan: Plan) -> None:
    """Once everything is deleted only the looking is left, which needs no approval: just the same account.

    A new API key, another integration, or an approver who has left since, doesn't take back what was done; another
    account or address would answer “not found” to what it never held. Raises `NeedsPerson`.
    """
    if Approval.objects.get(plan=plan).account_digest != account_digest_of(plan):
        raise NeedsPerson(Attention.APPROVAL_VOID, why="account")


def raise_if_void(plan: Plan) -> Approval:
    """The job's own check before the irreversible calls: the approval, and both files byte for byte.

    Raises `NeedsPerson` where the approval, its person, the plan, the connection or a file isn't what it was.
    """
    approval = raise_if_not_approved(plan)
    for document in (approval.plan.export, approval.plan.evidence):
        if document is None:
            raise NeedsPerson(Attention.FILES_DAMAGED, document=None)
        document.case = plan.case  # it has the key
        if not storage.is_intact(document):
            raise NeedsPerson(Attention.FILES_DAMAGED, document=document.pk)
    return approval


def raise_if_not_approved(plan: Plan) -> Approval:
    """Whether a second person's approval of exactly this plan holds right now; asked again before every step.

    Raises `NextSlice` until the cooling-off is over: whoever made the job, it waits.
    """
    # All of it as it is now, in one query: this is asked before every step of hundreds of erasures.
    approvals = Approval.objects.select_related("approver", "plan__case__connection", "plan__export", "plan__evidence")
    approval = approvals.only(*_ASKED).filter(plan=plan, voided_at=None).first()
    if approval is None or approval.plan.voided_at:
        raise NeedsPerson(Attention.APPROVAL_VOID, why="voided")
    plan, approver = approval.plan, approval.approver
    if not has_role(approver, Role.APPROVER):
        raise NeedsPerson(Attention.APPROVAL_VOID, why="approver")
    if had_a_hand(case=plan.case, user=approver):
        raise NeedsPerson(Attention.APPROVAL_VOID, why="second_person")
    if lacks_factor_to_approve(approver):
        raise NeedsPerson(Attention.APPROVAL_VOID, why="factor")
    if approval.fingerprint != fingerprint_of(plan, connection=plan.case.connection):
        raise NeedsPerson(Attention.APPROVAL_VOID, why="fingerprint")
    if plan.case.is_change:
        if changes.lacking(plan):
            raise NeedsPerson(Attention.NOT_GRANTED)
    elif not may_delete(plan):
        raise NeedsPerson(Attention.NO_DELETE_RIGHT)
    if not has_own_credential(plan, approver):
        raise NeedsPerson(Attention.NO_OWN_CREDENTIAL)
    wait = (approval.deletes_from - timezone.now()).total_seconds()
    if wait > 0:
        raise NextSlice(delay=wait)
    return approval


def may_delete(plan: Plan) -> bool:
    """Whether the connection has the right to delete. It may be taken away: give a plan that was just read."""
    return plan.case.connection.may_delete


def has_own_credential(plan: Plan, approver: User) -> bool:
    """Whether the approver can sign what they approve, where the connection asks for that; never another's instead.

    Only deletions are asked for; what changes a contact is signed as what is read is.
    """
    if plan.case.is_change:
        return True
    connection = plan.case.connection
    return not connection.personal_deletes or credentials.has_own(connection, approver)


def _locked_person(user: User) -> User:
    """The person as they are now, locked until the end of the transaction; a case's row is locked before it, never
    after. SQLite has one writer at a time anyway. Other rows may go on to refer to the person."""
    return User.objects.select_for_update(no_key=True).get(pk=user.pk)


def void_of(approver: User) -> list[str]:
    """Void what this person approved and that isn't finished; for when they lose the account or the role.

    What still waits for its time is looked at now, and handed to a person. Returns the references of the cases. Inside
    a transaction, after the change that is the cause and before its audit entries.
    """
    # Whoever is approving right now under what is being taken away has either done so, and it is voided here, or reads
    # what is left once this is over.
    _locked_person(approver)
    open_ones = Approval.objects.filter(approver=approver, voided_at=None, case__closed_at=None)
    references = sorted(open_ones.values_list("case__reference", flat=True))
    waiting = open_ones.filter(deletes_from__gt=timezone.now())
    queue.hurry([row.case for row in waiting.select_related("case")])
    open_ones.update(voided_at=timezone.now())
    return references
