"""Search SegMetrics for a case's identifiers, and let a person say which contact is the data subject."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Exists, Max, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from dsr import audit, crypto, queue
from dsr.attention import Attention
from dsr.connectors.segmetrics import Account, Purpose, Seen
from dsr.exceptions import InvalidInput, NotAllowed, NotReady, TryLater, WrongState
from dsr.models import (
    Answer,
    Candidate,
    Case,
    Decision,
    Doing,
    Identifier,
    IdentifierKind,
    JobKind,
    Lookup,
    Phase,
    PlanLine,
    StepState,
    User,
)
from dsr.permissions import Role, has_approved, raise_if_not, record_actor
from dsr.services import reasons, transition
from dsr.services.planning import has_begun, void_plans
from dsr.services.seen import raise_if_unseen
from dsr.services.transition import locked
from dsr.services.working import Run
from dsr.states import State, Verb

DECIDED = "candidate_decided"
"""The verb of a decision's audit entry."""
_LONGEST_REASON = 2_000
_BEGUN = Exists(PlanLine.objects.filter(candidate=OuterRef("pk")).exclude(step=StepState.PENDING))
"""Candidates of whom something was attempted to be deleted."""


def search(run: Run) -> None:
    """The search job: look every identifier up, page through the report, read whole whoever was found."""
    case = run.case
    identifiers = list(case.known_identifiers)
    answers: list[tuple[Identifier, str | None]] = []
    found_by: dict[str, list[int | str]] = {}
    begun = has_begun(case)
    with Account(case.connection, Purpose(case=case, on_behalf_of=run.job.asked_by)) as account:
        run.tell(Doing.CHECKING_CONNECTION)
        account.control_read()
        for number, identifier in enumerate(identifiers, start=1):
            run.tell(Doing.LOOKING_UP, done=number, total=len(identifiers))
            contact_id = account.look_up(identifier.kind, identifier.value)
            answers.append((identifier, contact_id))
            if contact_id:
                found_by.setdefault(contact_id, []).append(identifier.pk)
        run.tell(Doing.LOOKING_THROUGH)
        by_email = {crypto.normalise(row.value): row for row in identifiers if row.kind == IdentifierKind.EMAIL}
        report = account.look_through_report(set(by_email), enough=lambda: run.is_out_of_time)
        for contact_id in report.contact_ids:
            found_by.setdefault(contact_id, []).append("report")
        # What was found before is looked at again: it may have changed, or no identifier may lead to it any more.
        for contact_id in case.candidates.filter(erased_at=None).values_list("contact_id", flat=True):
            found_by.setdefault(contact_id, [])
        seen: list[Seen] = []
        for number, contact_id in enumerate(found_by, start=1):
            run.tell(Doing.READING, about=contact_id, done=number, total=len(found_by))
            contact = account.read(contact_id, with_stand_ins=begun)
            if contact:
                seen.append(contact)
            elif any(contact_id == answer for _identifier, answer in answers):
                # An identifier leads to a contact that isn't there: gone a moment ago, or nothing to conclude from.
                raise TryLater(Attention.UNREADABLE_ANSWER)
    with transaction.atomic():
        case = locked(case.pk)
        run.finish()
        _record_lookups(case, answers)
        for contact in seen:
            note_candidate(case=case, seen=contact, found_by=found_by[contact.contact_id])
        _supersede(case, {contact.contact_id: contact.identity_digest for contact in seen})
        transition.move(
            case,
            verb=Verb.FINISH_SEARCH,
            target=State.MATCHING,
            actor=None,
            facts={
                "identifiers": len(identifiers),
                "contacts": [contact.contact_id for contact in seen],
                "report_looked_at": report.looked_at,
            },
            attention="",
            attention_facts={},
            report_lookup={
                "from": report.start.isoformat(),
                "to": report.end.isoformat(),
                "looked_at": report.looked_at,
                "total": report.total,
                "complete": report.complete,
            },
        )


def note_candidate(*, case: Case, seen: Seen, found_by: list[int | str]) -> Candidate:
    """Write down a contact as it was seen. One with the same identity keeps its decision; nothing is decided here."""
    candidate, created = Candidate.objects.get_or_create(
        case=case,
        contact_id=seen.contact_id,
        identity_digest=seen.identity_digest,
        defaults={
            "holdings_digest": seen.holdings_digest,
            "summary_sealed": case.seal_json(seen.summary, field="candidate"),
            "found_by": found_by,
            "seen_at": seen.fetched_at,
        },
    )
    if not created:
        is_back = candidate.superseded and Candidate.objects.filter(_BEGUN, pk=candidate.pk).exists()
        if candidate.erased_at or is_back:
            # It came back (a connected system may import it again): a person has to look at it anew.
            candidate.erased_at, candidate.decision = None, Decision.UNDECIDED
        candidate.holdings_digest = seen.holdings_digest
        candidate.summary_sealed = case.seal_json(seen.summary, field="candidate")
        candidate.found_by = [*candidate.found_by, *(by for by in found_by if by not in candidate.found_by)]
        candidate.seen_at, candidate.superseded = seen.fetched_at, False
        candidate.save()
    return candidate


def _record_lookups(case: Case, answers: list[tuple[Identifier, str | None]]) -> None:
    last = case.lookups.filter(phase=Phase.SEARCH).aggregate(last=Max("round"))["last"] or 0
    Lookup.objects.bulk_create(
        Lookup(
            case=case,
            phase=Phase.SEARCH,
            round=last + 1,
            identifier=identifier,
            answer=Answer.FOUND if contact_id else Answer.NOTHING,
            answered_by=[contact_id] if contact_id else [],
            at=timezone.now(),
        )
        for identifier, contact_id in answers
    )


def _supersede(case: Case, seen: dict[str, str]) -> None:
    """A candidate that no longer looks like this, or is no longer there, can't be confirmed as it was."""
    for candidate in case.candidates.filter(superseded=False, erased_at=None):
        if seen.get(candidate.contact_id) != candidate.identity_digest:
            Candidate.objects.filter(pk=candidate.pk).update(superseded=True)


def standing(candidate: Candidate) -> dict[str, str]:
    """What was decided on a contact, for the mark of a form."""
    return {"decision": candidate.decision, "reason": candidate.reason}


def decide(
    *, case: Case, actor: User, candidate: Candidate, decision: str, reason: str, seen: str | None = None
) -> None:
    """Say whether a contact is the data subject, with the reason. Can be changed until the review is opened.

    `seen` is the mark of the form (`services.seen`).
    """
    raise_if_not(actor, Role.PRIVACY_OFFICER)
    if decision not in {Decision.SAME_PERSON, Decision.OTHER_PERSON}:
        raise InvalidInput(_("Say whether this is the same person or another one."), field="decision")
    reason = reasons.checked(
        reason, _("Give the reason in a few words; it stands in the evidence."), longest=_LONGEST_REASON
    )
    with transaction.atomic():
        fresh = locked(case.pk)
        if not _can_decide(fresh):
            raise WrongState(_("The matches can't be decided on now. Look at the case again."))
        if has_approved(case=fresh, user=actor):
            raise NotAllowed(_("You approved this deletion, so somebody else has to decide on its matches."))
        row = Candidate.objects.select_for_update().filter(case=fresh, pk=candidate.pk).first()
        if row is None or row.superseded or row.erased_at:
            raise WrongState(_("This contact has changed since. Look at the case again."))
        if fresh.state == State.NEEDS_ATTENTION and row.decision:
            raise WrongState(_("This contact was decided on before. Search again to change it."))
        row.case = fresh
        wanted = {"decision": decision, "reason": reason}
        raise_if_unseen(
            seen, now=standing(row), wanted=wanted, verbs=[DECIDED], case=fresh, about={"contact_id": row.contact_id}
        )
        row.decision, row.reason_sealed = decision, fresh.seal(reason, field="candidate_reason")
        row.decided_by, row.decided_at = actor, timezone.now()
        row.save(update_fields=["decision", "reason_sealed", "decided_by", "decided_at"])
        _take_back_older_words(row)
        record_actor(case=fresh, user=actor, act="decided")
        audit.record(
            actor=actor,
            verb=DECIDED,
            case=fresh,
            facts={"contact_id": row.contact_id, "decision": decision},
            reason=reason,
        )


def _take_back_older_words(row: Candidate) -> None:
    """What was decided otherwise on the contact as it once looked counts no more: should it look so again, a person is
    asked, and what was learnt from it is nobody's. The audit log keeps who said what.

    What was begun to be deleted stays the person's: then somebody else has the same id, in another integration.
    """
    older = Candidate.objects.filter(case=row.case, contact_id=row.contact_id, superseded=True)
    older.exclude(_BEGUN).exclude(decision=row.decision).update(decision=Decision.UNDECIDED)


def _can_decide(case: Case) -> bool:
    return case.state == State.MATCHING or (
        case.state == State.NEEDS_ATTENTION and case.attention == Attention.ANOTHER_CONTACT
    )


def search_again(*, case: Case, actor: User, reason: str = "") -> None:
    """Put a new search on the queue. Plans and approvals made so far are void."""
    raise_if_not(actor, Role.PRIVACY_OFFICER)
    with transaction.atomic():
        fresh = locked(case.pk)
        begin_search(fresh, actor=actor)
        transition.move(
            fresh,
            verb=Verb.SEARCH_AGAIN,
            target=State.RECEIVED,
            actor=actor,
            reason=reason.strip(),
            attention="",
            attention_facts={},
        )
    case.refresh_from_db()


def begin_search(case: Case, *, actor: User) -> None:
    """Take off what runs, void what was planned, and put a search on the queue. Inside a transaction."""
    queue.stop_live(case)  # jobs before approvals, as `void_of` takes them
    void_plans(case)
    queue.add(case=case, kind=JobKind.SEARCH, asked_by=actor)


def raise_if_undecided(case: Case) -> None:
    """Every contact that is there now must have been decided on."""
    undecided = case.candidates.filter(superseded=False, erased_at=None, decision=Decision.UNDECIDED).count()
    if undecided:
        raise NotReady(
            _("%(count)d contacts are not decided on yet. Say for each whether it is this person.")
            % {"count": undecided}
        )
