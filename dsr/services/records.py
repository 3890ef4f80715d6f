"""Fill the records of the documents from what is stored."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db.models import Max
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dsr import audit
from dsr.evidence import records as paper
from dsr.evidence.masking import mask
from dsr.exports.records import Manifest
from dsr.models import (
    Answer,
    Candidate,
    Case,
    DocumentKind,
    Exemption,
    Ground,
    Identifier,
    LineDecision,
    Lookup,
    ObjectKind,
    Phase,
    Plan,
    PlanLine,
    StepState,
    User,
)
from dsr.models.plan import FINISHED
from dsr.states import Kind, Outcome
from dsr.storage import Stored


def evidence(
    *, case: Case, plan: Plan, export: Stored, manifest: Manifest, products: Mapping[str, str]
) -> paper.EvidenceRecord:
    """Everything that is known before the approval."""
    assert plan.prepared_by and plan.prepared_at and case.identity_by and case.identity_at  # noqa: S101, PT018
    lines = [] if not case.is_erasure else list(plan.lines.select_related("candidate"))
    for line in lines:
        line.plan = plan
    return paper.EvidenceRecord(
        organisation=settings.ENV.organisation,
        is_demo=settings.ENV.is_demo,
        time_zone=settings.TIME_ZONE,
        reference=case.reference,
        kind=case.kind,
        subject_name=case.subject_name,
        identifiers=tuple(
            paper.Identifier(kind=str(row.get_kind_display()), value=row.value)
            for row in _of(case.identifiers.filter(from_contact=False), case)
        ),
        received_on=case.received_on,
        channel=str(case.get_channel_display()),
        letters=tuple(
            paper.Letter(name=row.file_name, sha256=row.sha256, uploaded_on=row.created_at.date())
            for row in case.documents.filter(kind=DocumentKind.LETTER)
        ),
        filed_by=_person(case.filed_by),
        filed_at=case.filed_at,
        due_on=case.due_on,
        due_explanation=case.due_explanation,
        identity=paper.Identity(
            method=str(case.get_identity_method_display()),
            note=case.identity_note,
            confirmed_by=_person(case.identity_by),
            confirmed_at=case.identity_at,
        ),
        connection=paper.ConnectedAccount(
            name=case.connection.name,
            account_id=case.connection.account_id,
            read_url=case.connection.read_url,
            import_url=case.connection.import_url,
            integrations=tuple(
                paper.Integration(id=row.integration_id, label=row.label) for row in case.connection.integrations.all()
            ),
        ),
        lookups=_lookups_before(case),
        report_lookup=_report_sentence(case.report_lookup),
        matches=tuple(_match(row) for row in _of(case.candidates.filter(superseded=False), case)),
        ground=paper.Ground(code=plan.ground, label=str(Ground(plan.ground).label)) if plan.ground else None,
        plan_lines=tuple(_plan_line(line, products) for line in lines),
        export=paper.Export(
            name=f"{case.reference}-export.zip",
            size=export.size,
            sha256=export.sha256,
            files=tuple(paper.ExportFile(name=row.name, size=row.size, sha256=row.sha256) for row in manifest.files),
        ),
        prepared_by=_person(plan.prepared_by),
        prepared_at=plan.prepared_at,
    )


def _of(rows: Any, case: Case) -> list[Any]:
    """The rows with this very case on them, so that its key is read once."""
    listed = list(rows)
    for row in listed:
        row.case = case
    return listed


def _person(user: User) -> str:
    return f"{user.full_name} ({user.staff_reference})"


def _lookups_before(case: Case) -> tuple[paper.Lookup, ...]:
    rows = case.lookups.filter(phase=Phase.SEARCH)
    last = rows.aggregate(last=Max("round"))["last"]
    found = []
    for row in rows.filter(round=last).select_related("identifier"):
        if row.identifier is None:
            continue
        row.identifier.case = case
        found.append(
            paper.Lookup(
                kind=str(row.identifier.get_kind_display()),
                value=row.identifier.value,
                looked_up_at=row.at,
                answered_by=tuple(row.answered_by),
            )
        )
    return tuple(found)


def _report_sentence(look: Mapping[str, Any]) -> str:
    if not look or not look.get("looked_at"):
        return _("The report of leads was not looked through, or showed nobody.")
    facts = {
        "seen": look["looked_at"],
        "total": look["total"],
        "start": date_format(dt.date.fromisoformat(look["from"]), "j F Y"),
        "end": date_format(dt.date.fromisoformat(look["to"]), "j F Y"),
    }
    if look.get("complete"):
        return (
            _("The report of leads from %(start)s to %(end)s was looked through for the same e-mail: all %(seen)s.")
            % facts
        )
    return (
        _(
            "The report of leads from %(start)s to %(end)s was looked through for the same e-mail: %(seen)s "
            "of %(total)s. The rest was not looked at."
        )
        % facts
    )


def _moment(text: str) -> dt.datetime | str | None:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return text or None
    return moment if moment.tzinfo else text


def _match(candidate: Candidate) -> paper.Match:
    summary = candidate.summary
    assert candidate.decided_by and candidate.decided_at  # noqa: S101, PT018  (the review opens only then)
    return paper.Match(
        contact_id=candidate.contact_id,
        name=summary["name"],
        email=summary["email"],
        status=summary["status"],
        created=_moment(summary["created"]),
        tags=tuple(summary["tags"]),
        lead_source=summary["lead_source"],
        orders=summary["order_count"],
        last_activity=_moment(summary["last_activity"]),
        found_by=found_by_text(candidate),
        decision=str(candidate.get_decision_display()),
        reason=candidate.reason,
        decided_by=_person(candidate.decided_by),
        decided_at=candidate.decided_at,
    )


def found_by_text(candidate: Candidate) -> str:
    """Which identifiers led to the contact, by kind."""
    kinds = Identifier.objects.filter(pk__in=[by for by in candidate.found_by if isinstance(by, int)])
    labels = list(dict.fromkeys(str(row.get_kind_display()) for row in kinds))
    if "report" in candidate.found_by:
        labels.append(_("report of leads"))
    return ", ".join(labels)


def _plan_line(line: PlanLine, products: Mapping[str, str]) -> paper.PlanLine:
    line.candidate.case = line.plan.case
    names = _product_names(line, products)
    return paper.PlanLine(
        integration_id=line.integration_id,
        integration=line.integration_label,
        object=str(line.get_object_display()),
        object_id=line.object_id,
        description=", ".join(filter(None, [line.description, *names])),
        decision=str(line.get_decision_display()),
        exemption=str(Exemption(line.exemption).label) if line.exemption else "",
        reason=line.reason,
    )


def _product_names(line: PlanLine, products: Mapping[str, str]) -> list[str]:
    """What an order was for: by the catalogue's name, else by the name that stands on the order itself."""
    if line.object != ObjectKind.INVOICE:
        return []
    orders = {order["id"]: order for order in line.candidate.summary["orders"]}
    items = orders.get(line.object_id, {}).get("products", [])
    return list(dict.fromkeys(name for item in items if (name := products.get(item["id"]) or item["name"])))


def certificate(
    *, case: Case, plan: Plan, outcome: Outcome, issued_at: dt.datetime, destroy_on: dt.date
) -> paper.CertificateRecord:
    """What was done, by reference: no name, no address, no free text."""
    assert plan.prepared_by and plan.export and plan.evidence  # noqa: S101, PT018  (an approved plan has them)
    sequence, head = audit.head()
    last = case.lookups.filter(phase=Phase.VERIFY).aggregate(last=Max("round"))["last"]
    lookups = list(case.lookups.filter(phase=Phase.VERIFY, round=last).select_related("identifier"))
    for row in lookups:
        if row.identifier:
            row.identifier.case = case
    kept = plan.lines.filter(decision=LineDecision.KEEP)
    found = _found_before(case)
    # An earlier plan of the case may have been stopped half way: what it deleted is part of what was done.
    done = PlanLine.objects.filter(plan__case=case, step__in=FINISHED).order_by("done_at", "pk")
    return paper.CertificateRecord(
        organisation=settings.ENV.organisation,
        is_demo=settings.ENV.is_demo,
        time_zone=settings.TIME_ZONE,
        reference=case.reference,
        kind=str(Kind(case.kind).label),
        outcome=str(outcome.label),
        outcome_sentence=_outcome_sentence(outcome, lookups),
        received_on=case.received_on,
        issued_at=issued_at,
        account_id=case.connection.account_id,
        connection_name=case.connection.name,
        identifiers=tuple(_masked(row, found) for row in lookups if row.identifier),
        deleted=tuple(_deleted(line) for line in done),
        kept=tuple(
            paper.KeptObject(
                integration_id=line.integration_id,
                integration=line.integration_label,
                object=str(line.get_object_display()),
                object_id=line.object_id,
                exemption=str(Exemption(line.exemption).label),
            )
            for line in kept
        ),
        ruled_out=tuple(
            dict.fromkeys(case.candidates.filter(decision="other_person").values_list("contact_id", flat=True))
        ),
        lookups_after=tuple(_looked_up(row) for row in lookups if row.identifier),
        inconclusive=tuple(
            _(
                "%(kind)s %(masked)s still leads to contact %(id)s, which was ruled out as another person. SegMetrics "
                "names one contact for an identifier, so this one may hide another."
            )
            % {
                "kind": row.identifier.get_kind_display(),
                "masked": mask(row.identifier.kind, row.identifier.value),
                "id": ", ".join(row.answered_by),
            }
            for row in lookups
            if row.identifier and row.answer == Answer.INCONCLUSIVE
        ),
        prepared_by_reference=plan.prepared_by.staff_reference,
        approved_by_reference=plan.approval.approver.staff_reference,
        approved_at=plan.approval.approved_at,
        plan_fingerprint=plan.fingerprint,
        export_sha256=plan.export.sha256,
        export_destroy_on=destroy_on,
        evidence_sha256=plan.evidence.sha256,
        audit_head=paper.AuditHead(sequence=sequence, hash=head),
    )


def _outcome_sentence(outcome: Outcome, lookups: list[Lookup]) -> str:
    doubtful = any(row.answer == Answer.INCONCLUSIVE for row in lookups)
    if outcome == Outcome.ERASED_IN_PART:
        text = _("Everything listed as deleted was deleted; what is listed as kept was kept on its exemption.")
    else:
        text = _("Everything that was planned was deleted, and every known identifier was looked up again.")
    if doubtful:
        text += " " + _("Not every lookup was conclusive; see below.")
    return text


_ANSWERS = {
    Answer.NOTHING: gettext_lazy("nothing answers"),
    Answer.KEPT: gettext_lazy("the contact that was kept answers"),
    Answer.INCONCLUSIVE: gettext_lazy("a contact that was ruled out answers: inconclusive"),
}


def _masked(row: Lookup, found: Mapping[int, list[str]]) -> paper.MaskedIdentifier:
    assert row.identifier  # noqa: S101  (the caller selects)
    return paper.MaskedIdentifier(
        kind=str(row.identifier.get_kind_display()),
        masked=mask(row.identifier.kind, row.identifier.value),
        keyed_hash=row.identifier.keyed_hash[:16],
        result=_came_of(row.identifier, found),
    )


def _found_before(case: Case) -> dict[int, list[str]]:
    """Which contacts answered to each identifier when the case was last searched, by the identifier's key."""
    rows = case.lookups.filter(phase=Phase.SEARCH)
    last = rows.aggregate(last=Max("round"))["last"]
    return {row.identifier_id: row.answered_by for row in rows.filter(round=last) if row.identifier_id}


def _came_of(identifier: Identifier, found: Mapping[int, list[str]]) -> str:
    if identifier.from_contact:
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


def _deleted(line: PlanLine) -> paper.DeletedObject:
    assert line.done_at  # noqa: S101  (the caller selects finished lines)
    return paper.DeletedObject(
        integration_id=line.integration_id,
        integration=line.integration_label,
        object=str(line.get_object_display()),
        object_id=line.object_id,
        result=_("deleted") if line.step == StepState.DONE else _("already gone when we came"),
        attempts=line.attempts,
        attempted_at=line.attempted_at,
        done_at=line.done_at,
    )
