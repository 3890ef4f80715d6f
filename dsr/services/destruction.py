"""Purge a case: destroy the personal data in it, for good, and keep what names nobody (Art. 5(1)(e)).

What stays: the case's row with its reference, kind, dates and outcome, its plans' lines and changes with the vendor's
ids and how far each one got, who worked on it and approved it, its certificate or its record of an empty search, and
the audit log.
"""

from __future__ import annotations

from django.db import transaction
from django.db.models import CharField, QuerySet, Value
from django.db.models.functions import Cast, Coalesce, Concat
from django.utils import timezone

from dsr import audit, storage
from dsr.models import (
    OUTLIVING,
    Candidate,
    Case,
    CaseKey,
    Change,
    Document,
    Errand,
    HandOver,
    Identifier,
    Impact,
    Job,
    LegalHold,
    Lookup,
    OutgoingLetter,
    Package,
    Plan,
    PlanLine,
    Reason,
    RecipientNotice,
    Redaction,
)
from dsr.services import holds, noting
from dsr.services.planning import void_plans
from dsr.states import FINAL


def destroy_contents(*, case: Case, why: str, despite_holds: bool = False) -> None:
    """Destroy the contents. Written ahead, so that whoever kills it at any instant only has it go on in the next run.

    The bytes go first: a row that says “destroyed” must never be ahead of them. Raises `OSError` where a file can't be
    removed; the rest then waits for the next run too. Raises `Held` where a legal hold binds the data subject, and
    `LedgerUnfit` where the ledger can't take its line. `despite_holds` is for a restore, which has that line.
    """
    if not despite_holds:
        noting.raise_if_unfit()
    _commit_beginning(case, despite_holds=despite_holds)
    if not despite_holds:
        # Not before: a restore takes the line at its word, and a hold may still have refused the purge.
        noting.before_purging(case)
    for path in _contents(case).values_list("path", flat=True):
        storage.discard(path)
    with transaction.atomic():
        fresh = _locked(case)
        if fresh.purged_at is None:
            counts = _destroy_rows(fresh)
            audit.record(actor=None, verb="case_purged", case=fresh, facts={"why": why, **counts})
    case.forget_key()
    case.refresh_from_db()


def _commit_beginning(case: Case, *, despite_holds: bool) -> None:
    """From here on no hold can be placed on it: a hold comes before the first byte goes, or not at all.

    Its audit entry is what a database from before it lacks, when the ledger has the line that follows.
    """
    with transaction.atomic():
        fresh = _locked(case)
        if fresh.is_purged:
            return
        if not despite_holds:
            holds.raise_if_held(fresh)
        Case.objects.filter(pk=fresh.pk).update(purge_began_at=timezone.now())
        audit.record(actor=None, verb="purge_begun", case=fresh)


def _locked(case: Case) -> Case:
    return Case.objects.select_for_update().get(pk=case.pk)


def _contents(case: Case) -> QuerySet[Document]:
    return Document.objects.filter(case=case).exclude(kind__in=OUTLIVING)


def _destroy_rows(case: Case) -> dict[str, int]:
    """Everything of this case that could tell of a person. Inside the transaction; returns how much there was."""
    now = timezone.now()
    # Without its key all that was sealed is lost, wherever a copy of it may still stand.
    keys, _ = CaseKey.objects.filter(case=case).delete()
    jobs, _ = Job.objects.filter(case=case).delete()
    Errand.objects.filter(case=case).delete()
    Package.objects.filter(document__case=case).delete()
    if case.state not in FINAL:
        void_plans(case)
    lookups, _ = Lookup.objects.filter(case=case).delete()
    identifiers, _ = Identifier.objects.filter(case=case).delete()
    links, _ = HandOver.objects.filter(case=case).delete()
    redactions, _ = Redaction.objects.filter(case=case).delete()
    reasons, _ = Reason.objects.filter(case=case).delete()
    LegalHold.objects.filter(case=case).update(reason_sealed=b"", lift_reason_sealed=b"")
    # Which letter was sent when, and who was told, stays; what it said, and to whom it went, does not.
    letters = OutgoingLetter.objects.filter(case=case)
    written = letters.update(heading_sealed=b"", body_sealed=b"", address_sealed=b"")
    RecipientNotice.objects.filter(case=case).update(answer_sealed=b"", why_not_sealed=b"")
    Impact.objects.filter(plan__case=case).delete()
    lines = PlanLine.objects.filter(plan__case=case)
    counted = lines.update(description_sealed=b"", reason_sealed=b"")
    Plan.objects.filter(case=case).update(weighed_sealed=b"")
    changes = Change.objects.filter(plan__case=case)
    counted += changes.update(value_sealed=b"")
    candidates = Candidate.objects.filter(case=case)
    seen = candidates.count()
    candidates.exclude(pk__in=lines.values("candidate_id")).exclude(pk__in=changes.values("candidate_id")).delete()
    candidates.update(
        # A keyed digest of who somebody is remains personal data; the row's number keeps the rows apart.
        identity_digest=Concat(Value("purged-"), Cast("pk", CharField())),
        holdings_digest="",
        summary_sealed=b"",
        reason_sealed=b"",
        found_by=[],
    )
    documents = _contents(case).filter(destroyed_at=None).update(destroyed_at=now)
    _contents(case).update(name_sealed=b"", files=[])
    Case.objects.filter(pk=case.pk).update(
        subject_name_sealed=b"",
        note_sealed=b"",
        identity_note_sealed=b"",
        attention_facts={},
        report_lookup={},
        # Empty only where a restore purges a case that its backup still has as open.
        closed_at=Coalesce("closed_at", Value(now)),
        purged_at=now,
    )
    return {
        "keys": keys,
        "documents": documents,
        "identifiers": identifiers,
        "contacts": seen,
        "lines": counted,
        "lookups": lookups,
        "links": links,
        "redactions": redactions,
        "reasons": reasons,
        "letters": written,
        "jobs": jobs,
    }
