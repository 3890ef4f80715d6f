"""What a case began to delete before the database was restored to an earlier state, as its certificate tells it.

The ledger knows what was approved and by whom, and that each deletion was about to begin; the record of how it went on
is lost. So it is told as begun then, and as gone only where it was looked up since.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from dsr import audit
from dsr.attention import Attention
from dsr.connectors.segmetrics import Account
from dsr.days import controller_day, written
from dsr.evidence import records as paper
from dsr.exceptions import NeedsPerson
from dsr.models import Approval, Candidate, Case, Decision, Doing, ErasedBefore, ObjectKind, Plan
from dsr.services.matching import note_candidate
from dsr.services.wording import cited
from dsr.services.working import Run


@dataclass(frozen=True)
class Approved:
    """Who prepared and approved what: of the newest plan, or of the lost one."""

    prepared_by: str
    approved_by: str
    approved_at: dt.datetime
    fingerprint: str
    export: str
    evidence: str


def approved_as(plan: Plan | None, case: Case) -> Approved:
    """The plan's own record; without one, that of the newest plan that the ledger knows."""
    if plan:
        assert plan.prepared_by and plan.export and plan.evidence  # noqa: S101, PT018  (an approved plan has them)
        return Approved(
            prepared_by=plan.prepared_by.staff_reference,
            approved_by=plan.approval.approver.staff_reference,
            approved_at=plan.approval.approved_at,
            fingerprint=plan.fingerprint,
            export=plan.export.sha256,
            evidence=plan.evidence.sha256,
        )
    record = ErasedBefore.objects.filter(case=case).order_by("-line")[0].record
    return Approved(
        prepared_by=record["prepared_by"],
        approved_by=record["approved_by"],
        approved_at=dt.datetime.fromisoformat(record["approved_at"]),
        fingerprint=record["fingerprint"],
        export=record["export"],
        evidence=record["evidence"],
    )


def look_again(run: Run, account: Account) -> frozenset[str]:
    """Before a certificate: is each contact whose deletion was begun before the restore gone? Returns those that
    answer.

    Raises `NeedsPerson` where one answers that no plan of the restored case has settled: a person looks at it.
    """
    contacts = sorted(set(run.case.erased_before.values_list("contact_id", flat=True)))
    answering: set[str] = set()
    for contact_id in contacts:
        run.tell(Doing.LOOKING_AFTER_RESTORE, about=contact_id)
        seen = account.read(contact_id, with_stand_ins=True)
        if seen is None:
            continue
        known = Candidate.objects.filter(
            case=run.case, contact_id=contact_id, identity_digest=seen.identity_digest
        ).first()
        if known and (known.decision == Decision.OTHER_PERSON or known.lines.exists()):
            answering.add(contact_id)  # ruled out, or a line of a plan: kept, or looked up with the plan
            continue
        with transaction.atomic():
            note_candidate(case=run.case, seen=seen, found_by=[])
            audit.record(actor=None, verb="lookup_done", case=run.case, facts={"contact_id": contact_id, "found": 1})
        raise NeedsPerson(Attention.ANOTHER_CONTACT, contacts=[contact_id])
    if contacts:
        account.control_read()
    return frozenset(answering)


def deleted_before(case: Case, rows: list[ErasedBefore], *, seen_at: dt.datetime) -> Iterable[paper.DeletedObject]:
    """What is told as deleted: contacts, which were looked up since, and what had been certified."""
    labels = dict(case.connection.integrations.values_list("integration_id", "label"))
    for row in rows:
        if row.object == ObjectKind.CONTACT or row.is_certified:
            yield paper.DeletedObject(
                integration_id=row.integration_id,
                integration=labels.get(row.integration_id, row.integration_id),
                object=str(row.get_object_display()),
                object_id=row.object_id,
                result=_("gone; its deletion was begun before the desk's database was restored"),
                attempted_at=row.begun_at,
                done_at=seen_at,
            )


def kept_before(case: Case, rows: list[list[str]]) -> tuple[paper.KeptObject, ...]:
    """What the lost plans kept."""
    labels = dict(case.connection.integrations.values_list("integration_id", "label"))
    return tuple(
        paper.KeptObject(
            integration_id=integration_id,
            integration=labels.get(integration_id, integration_id),
            object=str(ObjectKind(kind).label),
            object_id=object_id,
            exemption=cited(exemption),
        )
        for integration_id, kind, object_id, exemption in rows
    )


def doubts(rows: list[ErasedBefore]) -> list[str]:
    return [
        _(
            "%(object)s %(id)s in %(integration)s: its deletion was begun before the desk's database was restored. The "
            "contact is gone, and without it SegMetrics shows no such object, so it could not be looked up again."
        )
        % {"object": row.get_object_display(), "id": row.object_id, "integration": row.integration_id}
        for row in rows
    ]


def still_answered(case: Case, rows: list[ErasedBefore]) -> list[str]:
    """Of contacts that answered after the restore and weren't deleted since: nothing is said to be gone."""
    others = set(case.candidates.filter(decision=Decision.OTHER_PERSON).values_list("contact_id", flat=True))
    other = _(
        "%(object)s %(id)s in %(integration)s: its deletion was begun before the desk's database was restored. Contact "
        "%(contact)s still answered after that and was then ruled out as another person, so it isn't listed as deleted."
    )
    kept = _(
        "%(object)s %(id)s in %(integration)s: its deletion was begun before the desk's database was restored. Contact "
        "%(contact)s still answered after that and was then kept, so it isn't listed as deleted."
    )
    return [
        (other if row.contact_id in others else kept)
        % {
            "object": row.get_object_display(),
            "id": row.object_id,
            "integration": row.integration_id,
            "contact": row.contact_id,
        }
        for row in rows
    ]


def plans_before(case: Case) -> list[str]:
    """One sentence for each plan that the restore has lost.

    Not of one that had begun by the time of the backup: the database knows it by its own rows.
    """
    known = {
        (row.fingerprint, row.approved_at.isoformat())
        for row in Approval.objects.filter(case=case).select_related("plan")
        if row.plan.has_started
    }
    lost = {
        row.record["fingerprint"]: row
        for row in ErasedBefore.objects.filter(case=case)
        if (row.record["fingerprint"], row.record["approved_at"]) not in known
    }
    return [
        _(
            "Plan %(number)d of this case, prepared by %(preparer)s and approved by %(approver)s, was begun on "
            "%(day)s. The desk's database was restored to an earlier state after that, so what is known of this plan "
            "is what the ledger holds. Fingerprint %(fingerprint)s."
        )
        % {
            "number": row.record["plan"],
            "preparer": row.record["prepared_by"],
            "approver": row.record["approved_by"],
            "day": written(controller_day(row.begun_at)),
            "fingerprint": fingerprint,
        }
        for fingerprint, row in lost.items()
    ]
