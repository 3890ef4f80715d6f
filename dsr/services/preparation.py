"""Prepare: the encrypted export first, then the evidence about everything. Nothing can be approved without both."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import BinaryIO, cast

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from dsr import audit, papercode, queue, storage
from dsr.attention import Attention
from dsr.connectors.segmetrics import Account, Kept, Purpose, Seen
from dsr.evidence.drawing import draw_evidence
from dsr.exceptions import NeedsPerson, NotReady, StaleView, WrongState
from dsr.exports.build import build_package
from dsr.exports.records import ContactExport, Manifest
from dsr.models import Candidate, Case, DocumentKind, Doing, JobKind, Plan, User
from dsr.permissions import Role, raise_if_not, record_actor
from dsr.services import changes, impact, packaging, records, transition, wording
from dsr.services.documents import add_document
from dsr.services.planning import confirmed, fingerprint_of
from dsr.services.review import raise_if_not_reviewed
from dsr.services.sealing import sealed, verify_at
from dsr.services.transition import locked
from dsr.services.working import Run
from dsr.states import State, Verb


def request(*, case: Case, actor: User) -> None:
    """Ask the worker to export the data and to make the evidence."""
    raise_if_not(actor, Role.PRIVACY_OFFICER)
    with transaction.atomic():
        fresh = locked(case.pk)
        plan = fresh.current_plan
        if fresh.state != State.REVIEW or plan is None:
            raise WrongState(_("This case isn't in review. Look at it again."))
        if not confirmed(fresh):
            raise NotReady(_("No contact was confirmed, so there is nothing to prepare."))
        raise_if_not_reviewed(plan)
        packaging.raise_if_gaps(fresh, language=fresh.language)
        plan.prepared_by, plan.prepared_at = actor, timezone.now()
        plan.save(update_fields=["prepared_by", "prepared_at"])
        record_actor(case=fresh, user=actor, act="prepared")
        queue.add(case=fresh, kind=JobKind.PREPARE, asked_by=actor)
        transition.move(fresh, verb=Verb.PREPARE, target=State.PREPARING, actor=actor, facts={"plan": plan.number})
    case.refresh_from_db()


def prepare(run: Run) -> None:
    """The preparation job: read everything anew, export it, draw the evidence, and only then record both."""
    case = run.case
    plan = case.current_plan
    if case.state != State.PREPARING or plan is None or plan.prepared_at is None:
        raise WrongState("The case isn't being prepared.")
    made: list[str] = []
    with storage.discarded_on_error(made):
        with Account(case.connection, Purpose(case=case, on_behalf_of=run.job.asked_by)) as account:
            seen = _read_all(run, plan, account)
            products = account.products()
            run.tell(Doing.EXPORTING, done=len(seen), total=len(seen) + 2)
            export, manifest = write_package(case, seen, products)
        made.append(export.path)
        run.tell(Doing.DRAWING_EVIDENCE, done=len(seen) + 1, total=len(seen) + 2)
        code = papercode.new()
        with translation.override(case.language):
            record = records.evidence(case=case, plan=plan, export=export, manifest=manifest, products=products)
            drawn = sealed(
                draw_evidence(
                    dataclasses.replace(record, verify_at=verify_at(code)), logo=settings.ENV.organisation_logo
                ),
                about=wording.evidence_title(case),
            )
        evidence = storage.write(case, drawn.pdf)
        made.append(evidence.path)
        with transaction.atomic():
            case = locked(case.pk)
            run.finish()
            plan = Plan.objects.select_for_update().get(pk=plan.pk)
            if plan.voided_at:
                raise StaleView("The plan was voided meanwhile.")
            _refresh_candidates(case, seen)
            plan.export = add_document(
                case, DocumentKind.EXPORT, export, content_type="application/zip", files=manifest.files
            )
            plan.evidence = add_document(
                case, DocumentKind.EVIDENCE, evidence, content_type="application/pdf", pages=drawn.pages, code=code
            )
            plan.fingerprint = fingerprint_of(plan)
            if case.is_erasure:
                impact.keep(plan, seen)
            plan.save(update_fields=["export", "evidence", "fingerprint"])
            audit.record(
                actor=None,
                verb="export_finished",
                case=case,
                facts={"files": len(manifest.files), "size": export.size, "sha256": export.sha256},
            )
            if case.gets_package:
                packaging.ask_for(case)
            transition.move(
                case,
                verb=Verb.FINISH_PREPARING,
                target=State.AWAITING_APPROVAL if case.needs_approval else State.READY,
                actor=None,
                facts={
                    "plan": plan.number,
                    "fingerprint": plan.fingerprint,
                    "export": export.sha256,
                    "evidence": evidence.sha256,
                    "signed_by": drawn.signed_by,
                    "signature": drawn.signature,
                },
            )


def _read_all(run: Run, plan: Plan, account: Account) -> list[Kept]:
    candidates = confirmed(run.case)
    seen: list[Kept] = []
    run.tell(Doing.CHECKING_CONNECTION)
    account.control_read()
    for number, candidate in enumerate(candidates, start=1):
        run.tell(Doing.READING, about=candidate.contact_id, done=number - 1, total=len(candidates) + 2)
        contact = account.keep(candidate.contact_id)
        if contact is None:
            account.control_read()
            raise NeedsPerson(Attention.CONTACT_VANISHED, contact_id=candidate.contact_id)
        raise_if_changed(candidate, contact, erasure=plan.case.is_erasure)
        _raise_if_fields_changed(plan, candidate, contact)
        seen.append(contact)
    return seen


def _raise_if_fields_changed(plan: Plan, candidate: Candidate, seen: Seen) -> None:
    planned = list(plan.changes.filter(candidate=candidate))
    candidate.case = plan.case
    for change in planned:
        change.plan = plan
    if planned:
        changes.raise_if_not_as_reviewed(candidate, seen, planned)


def raise_if_changed(candidate: Candidate, seen: Seen, *, erasure: bool = True) -> None:
    """The live contact must be who was confirmed and, for an erasure, hold the orders and subscriptions reviewed."""
    if seen.identity_digest != candidate.identity_digest:
        raise NeedsPerson(Attention.CONTACT_CHANGED, contact_id=candidate.contact_id, what="identity")
    if erasure and seen.holdings_digest != candidate.holdings_digest:
        raise NeedsPerson(Attention.CONTACT_CHANGED, contact_id=candidate.contact_id, what="orders")


def write_package(case: Case, seen: Sequence[Kept], products: Mapping[str, str]) -> tuple[storage.Stored, Manifest]:
    """Write the export package, encrypted, to a new file."""
    with translation.override("en"):  # for the record, whatever the person reads
        header = packaging.header_of(case)
    contacts = [ContactExport(contact_id=row.contact_id, fetched_at=row.fetched_at, raw=row.raw.chunks) for row in seen]
    with storage.writing(case) as pending:
        manifest = build_package(cast("BinaryIO", pending.writer), header=header, contacts=contacts, products=products)
    return pending.stored, manifest


def _refresh_candidates(case: Case, seen: Sequence[Seen]) -> None:
    """Remember what was exported, so that what comes later is noticed right before the first step."""
    for contact in seen:
        Candidate.objects.filter(
            case=case, contact_id=contact.contact_id, identity_digest=contact.identity_digest
        ).update(summary_sealed=case.seal_json(contact.summary, field="candidate"), seen_at=contact.fetched_at)
