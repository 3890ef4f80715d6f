"""What a case did, over all its plans, and the certificate's record of it: references only, no name, no free text."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dsr import audit
from dsr.connectors.segmetrics import can_be_looked_up
from dsr.days import controller_day, written
from dsr.evidence import records as paper
from dsr.evidence.masking import mask
from dsr.models import (
    Answer,
    Case,
    Decision,
    ErasedBefore,
    Identifier,
    IdentifierKind,
    LineDecision,
    Lookup,
    ObjectKind,
    Phase,
    Plan,
    PlanLine,
    StepState,
)
from dsr.models.plan import FINISHED
from dsr.selectors.lookups import last_lookups
from dsr.selectors.related import merged_in
from dsr.services import restored
from dsr.services.wording import cited
from dsr.states import Kind, Outcome


@dataclass(frozen=True)
class Done:
    """Over all plans of a case: an earlier one may have been stopped half way, or been followed by another."""

    plans: list[Plan]
    """Those that were begun, the newest last."""
    deleted: list[PlanLine]
    """Every deletion that was carried out, also of what came back later."""
    kept: list[PlanLine]
    left: list[PlanLine]
    """Approved, and not deleted by this case: its plan was stopped before."""
    unsure: list[PlanLine]
    """Attempted, and never seen to take effect."""
    before: list[ErasedBefore]
    """Begun before the database was restored to an earlier state, not deleted (again) since; its contact is gone."""
    answered: list[ErasedBefore]
    """Begun then too, but the contact still answered after the restore, and was kept or ruled out."""

    @property
    def outcome(self) -> Outcome:
        """Erased in part where anything approved or planned was kept, left or is unsure."""
        in_part = self.kept or self.left or self.unsure or self.unseen_before or self.kept_before or self.answered
        return Outcome.ERASED_IN_PART if in_part else Outcome.ERASED

    @property
    def unseen_before(self) -> list[ErasedBefore]:
        """Of those, what can't be seen to be gone: an order can't be read once its contact is away. Where a
        certificate had been issued, it had been seen then."""
        return [row for row in self.before if row.object != ObjectKind.CONTACT and not row.is_certified]

    @property
    def kept_before(self) -> list[list[str]]:
        """What the lost plans kept, as integration, object, id and exemption, where no later plan speaks of it."""
        spoken_of = {_named(line) for line in (*self.deleted, *self.kept)}
        kept = {tuple(row): row for before in self.before for row in before.record.get("kept", [])}
        return [row for key, row in kept.items() if key[:3] not in spoken_of]

    @property
    def hidden(self) -> list[PlanLine]:
        """Deleted in one integration and kept in another under the same id: a read can't tell the two apart."""
        kept = {(line.object, line.object_id): line.integration_id for line in self.kept}
        return [
            line
            for line in self.deleted
            if kept.get((line.object, line.object_id), line.integration_id) != line.integration_id
        ]


def what_was_done(case: Case, *, answering: frozenset[str] = frozenset()) -> Done:
    """Replay the plans in their order; the newest one that names a line has the last word on it.

    `answering` are the contacts that still answer though their deletion was begun before a restore.
    """
    attempted = PlanLine.objects.filter(plan__case=case).exclude(step=StepState.PENDING)
    begun = set(attempted.values_list("plan_id", flat=True))
    counted = Q(plan_id__in=begun) | Q(plan__voided_at=None)
    last_word: dict[tuple[str, str, str], PlanLine] = {}
    lines = PlanLine.objects.filter(counted, plan__case=case).select_related("plan")
    for line in lines.order_by("plan__number", "position"):
        last_word[_named(line)] = line
    to_delete = [line for line in last_word.values() if line.decision == LineDecision.DELETE]
    deleted = list(PlanLine.objects.filter(plan__case=case, step__in=FINISHED).order_by("done_at", "pk"))
    seen = {_named(line) for line in deleted}
    begun_before = [row for row in ErasedBefore.objects.filter(case=case) if _named(row) not in seen]
    before = [
        row
        for row in begun_before
        if row.contact_id not in answering and not _was_there_again(row, last_word.get(_named(row)), begun)
    ]
    answered = [row for row in begun_before if row.contact_id in answering]
    told = {_named(row) for row in (*before, *answered)}
    return Done(
        plans=list(
            Plan.objects.filter(pk__in=begun)
            .order_by("number")
            .select_related("prepared_by", "approval__approver", "export", "evidence")
        ),
        deleted=deleted,
        kept=[line for line in last_word.values() if line.decision == LineDecision.KEEP],
        left=[line for line in to_delete if line.step == StepState.PENDING and _named(line) not in told],
        unsure=[line for line in to_delete if line.step == StepState.ATTEMPTED],
        before=before,
        answered=answered,
    )


def _named(row: ErasedBefore | PlanLine) -> tuple[str, str, str]:
    return row.integration_id, row.object, row.object_id


def _was_there_again(row: ErasedBefore, line: PlanLine | None, begun: set[int]) -> bool:
    """Whether a plan from after the restore speaks of it: then it had come back, and that plan's word counts.

    A line to delete counts once its plan is among those that were `begun`; one of a draft was only proposed.
    """
    if line is None:
        return False
    prepared_at = line.plan.prepared_at
    if line.decision == LineDecision.DELETE:
        return bool(prepared_at and prepared_at > row.begun_at and line.plan_id in begun)
    settled = line.decision in {LineDecision.KEEP, LineDecision.NOT_THEIRS}
    return settled and (prepared_at is None or prepared_at > row.begun_at)


def ruled_out(case: Case) -> tuple[str, ...]:
    """The contacts that were found and are other people's, by id."""
    return tuple(dict.fromkeys(case.candidates.filter(decision="other_person").values_list("contact_id", flat=True)))


def certificate(*, case: Case, done: Done, issued_at: dt.datetime, destroy_on: dt.date) -> paper.CertificateRecord:
    """The record of the certificate, in the active language, which must be the case's.

    A case without an attempted step gets none.
    """
    approved = restored.approved_as(done.plans[-1] if done.plans else None, case)
    sequence, head = audit.head()
    lookups = last_lookups(case, Phase.VERIFY)
    found = found_before(last_lookups(case, Phase.SEARCH))
    doubts, unasked = _doubts(lookups), _unasked(case)
    return paper.CertificateRecord(
        organisation=settings.ENV.organisation,
        organisation_address=settings.ENV.organisation_address,
        is_demo=settings.ENV.is_demo,
        language=case.language,
        time_zone=settings.TIME_ZONE,
        reference=case.reference,
        kind=str(Kind(case.kind).label),
        is_partial=done.outcome == Outcome.ERASED_IN_PART,
        outcome=str(done.outcome.label),
        outcome_sentence=_outcome_sentence(done, is_doubted=bool(doubts), is_unasked=bool(unasked)),
        received_on=case.received_on,
        merged_requests=tuple(row.reference for row in merged_in(case)),
        issued_at=issued_at,
        account_id=case.connection.account_id,
        connection_name=case.connection.shown,
        identifiers=tuple(masked(row, found) for row in lookups if row.identifier),
        deleted=(
            *(_deleted(line) for line in done.deleted),
            *restored.deleted_before(case, done.before, seen_at=issued_at),
        ),
        kept=tuple(
            paper.KeptObject(
                integration_id=line.integration_id,
                integration=line.integration_label,
                object=str(line.get_object_display()),
                object_id=line.object_id,
                exemption=cited(line.exemption),
            )
            for line in done.kept
        )
        + restored.kept_before(case, done.kept_before),
        ruled_out=ruled_out(case),
        lookups_after=tuple(_looked_up(row) for row in lookups if row.identifier),
        inconclusive=(
            *doubts,
            *unasked,
            *_hidden(done),
            *_left(done),
            *_unsure(done),
            *restored.doubts(done.unseen_before),
            *restored.still_answered(case, done.answered),
        ),
        earlier_plans=(*restored.plans_before(case), *(earlier(row) for row in done.plans[:-1])),
        prepared_by_reference=approved.prepared_by,
        approved_by_reference=approved.approved_by,
        approved_at=approved.approved_at,
        plan_fingerprint=approved.fingerprint,
        export_sha256=approved.export,
        export_destroy_on=destroy_on if done.plans else None,
        evidence_sha256=approved.evidence,
        audit_head=paper.AuditHead(sequence=sequence, hash=head),
    )


def _outcome_sentence(done: Done, *, is_doubted: bool, is_unasked: bool) -> str:
    if done.unseen_before:
        text = _("What is listed as deleted was deleted. Not all of it could be looked up again; see below.")
    elif done.left or done.unsure or done.answered:
        text = _("What is listed as deleted was deleted. Not everything that was approved was; see below.")
    elif done.kept or done.kept_before:
        text = _("What is listed as deleted was deleted; what is listed as kept was kept on its exemption.")
    elif is_unasked:
        text = _(
            "Everything that was planned was deleted, and whatever SegMetrics can be asked for was looked up again."
        )
    else:
        text = _("Everything that was planned was deleted, and every known identifier was looked up again.")
    if done.hidden or is_doubted or is_unasked:
        text += " " + _("Not every lookup was conclusive; see below.")
    return text


def _doubts(lookups: list[Lookup]) -> list[str]:
    sentences = {
        Answer.INCONCLUSIVE: _(
            "%(kind)s %(masked)s still leads to contact %(id)s, which was ruled out as another person. SegMetrics "
            "names one contact for an identifier, so this one may hide another."
        ),
        Answer.KEPT: _(
            "%(kind)s %(masked)s still leads to contact %(id)s, which was kept. SegMetrics names one contact for an "
            "identifier, so this one may hide another."
        ),
    }
    return [
        sentences[Answer(row.answer)]
        % {
            "kind": row.identifier.get_kind_display(),
            "masked": mask(row.identifier.kind, row.identifier.value),
            "id": ", ".join(row.answered_by),
        }
        for row in lookups
        if row.identifier and _may_hide_another(row, row.identifier)
    ]


def _may_hide_another(row: Lookup, identifier: Identifier) -> bool:
    """A contact that is kept answers to its own id, which no other has; to its address others may answer too."""
    is_kept = row.answer == Answer.KEPT and identifier.kind == IdentifierKind.EMAIL
    return is_kept or row.answer == Answer.INCONCLUSIVE


def _unasked(case: Case) -> list[str]:
    """Once of each contact, which may stand there several times: as it was seen before and after it changed."""
    rows = case.candidates.filter(decision=Decision.SAME_PERSON).order_by("pk")
    emails = [(row.contact_id, row.summary.get("email")) for row in rows]
    unasked = [contact_id for contact_id, email in emails if email and not can_be_looked_up(email)]
    return [
        _(
            "Contact %(id)s bore an e-mail address that SegMetrics can't be asked for, so it was not looked up. "
            "Another contact may bear it."
        )
        % {"id": contact_id}
        for contact_id in dict.fromkeys(unasked)
    ]


def _hidden(done: Done) -> list[str]:
    return [
        _(
            "%(object)s %(id)s was deleted in %(integration)s and kept in another integration. A read spans the "
            "account, so it can't show that the first is gone; SegMetrics confirmed its deletion."
        )
        % _names(line)
        for line in done.hidden
    ]


def _left(done: Done) -> list[str]:
    return [
        _(
            "%(object)s %(id)s in %(integration)s was approved for deletion, but this case did not delete it: the plan "
            "was stopped before."
        )
        % _names(line)
        for line in done.left
    ]


def _unsure(done: Done) -> list[str]:
    return [
        _("The deletion of %(object)s %(id)s in %(integration)s was attempted, but this case never saw it take effect.")
        % _names(line)
        for line in done.unsure
    ]


def _names(line: PlanLine) -> dict[str, str]:
    return {
        "object": str(line.get_object_display()),
        "id": line.object_id,
        "integration": f"{line.integration_label} ({line.integration_id})",
    }


def earlier(plan: Plan) -> str:
    assert plan.prepared_by  # noqa: S101  (an approved plan has them)
    return _(
        "Plan %(number)d of this case, prepared by %(preparer)s and approved by %(approver)s on %(day)s, was carried "
        "out before this one, whole or in part. Fingerprint %(fingerprint)s."
    ) % {
        "number": plan.number,
        "preparer": plan.prepared_by.staff_reference,
        "approver": plan.approval.approver.staff_reference,
        "day": written(controller_day(plan.approval.approved_at)),
        "fingerprint": plan.fingerprint,
    }


_ANSWERS = {
    Answer.NOTHING: gettext_lazy("nothing answers"),
    Answer.KEPT: gettext_lazy("the contact that was kept answers"),
    Answer.INCONCLUSIVE: gettext_lazy("a contact that was ruled out answers: inconclusive"),
}


def masked(row: Lookup, found: Mapping[int, list[str]]) -> paper.MaskedIdentifier:
    assert row.identifier  # noqa: S101  (the caller selects)
    return paper.MaskedIdentifier(
        kind=str(row.identifier.get_kind_display()),
        masked=mask(row.identifier.kind, row.identifier.value),
        keyed_hash=row.identifier.keyed_hash[:16],
        result=_came_of(row.identifier, found),
    )


def found_before(lookups: list[Lookup]) -> dict[int, list[str]]:
    """Which contacts answered to each identifier in these lookups, by the identifier's key."""
    return {row.identifier_id: row.answered_by for row in lookups if row.identifier_id}


def _came_of(identifier: Identifier, found: Mapping[int, list[str]]) -> str:
    if not identifier.is_given:
        return _("learnt from the confirmed contact")
    answered_by = found.get(identifier.pk)
    if answered_by:
        return _("given in the request; led to contact %(ids)s") % {"ids": ", ".join(answered_by)}
    return _("given in the request; nothing answered")


def _looked_up(row: Lookup) -> paper.LookupAfter:
    assert row.identifier  # noqa: S101  (the caller selects)
    return paper.LookupAfter(
        kind=str(row.identifier.get_kind_display()),
        masked=mask(row.identifier.kind, row.identifier.value),
        looked_up_at=row.at,
        answer=str(_ANSWERS.get(Answer(row.answer), row.get_answer_display())),
    )


_RESULTS = {
    StepState.DONE: gettext_lazy("deleted"),
    StepState.ALREADY_GONE: gettext_lazy("already gone when we came"),
    StepState.GONE: gettext_lazy("gone, after an attempt that wasn't confirmed"),
}


def _deleted(line: PlanLine) -> paper.DeletedObject:
    assert line.done_at  # noqa: S101  (the caller selects finished lines)
    return paper.DeletedObject(
        integration_id=line.integration_id,
        integration=line.integration_label,
        object=str(line.get_object_display()),
        object_id=line.object_id,
        result=str(_RESULTS[StepState(line.step)]),
        attempts=line.attempts,
        attempted_at=line.attempted_at,
        done_at=line.done_at,
    )
