"""Fill the records of the documents from what is stored."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from dsr.days import controller_day, written
from dsr.evidence import records as paper
from dsr.exports.records import Manifest
from dsr.models import (
    Candidate,
    Case,
    Change,
    DocumentKind,
    Ground,
    Identifier,
    ObjectKind,
    Phase,
    Plan,
    PlanLine,
    User,
)
from dsr.phrases import article
from dsr.selectors.lookups import last_lookups
from dsr.selectors.related import merged_in
from dsr.services.wording import cited, ground_in_words, meaning
from dsr.states import Kind
from dsr.storage import Stored


def evidence(
    *, case: Case, plan: Plan, export: Stored, manifest: Manifest, products: Mapping[str, str]
) -> paper.EvidenceRecord:
    """Everything that is known before the approval, in the active language, which must be the case's."""
    assert plan.prepared_by and plan.prepared_at and case.identity_by and case.identity_at  # noqa: S101, PT018
    lines = list(plan.lines.select_related("candidate"))
    for line in lines:
        line.plan = plan
    return paper.EvidenceRecord(
        organisation=settings.ENV.organisation,
        organisation_address=settings.ENV.organisation_address,
        is_demo=settings.ENV.is_demo,
        language=case.language,
        time_zone=settings.TIME_ZONE,
        reference=case.reference,
        kind=case.kind,
        subject_name=case.subject_name,
        identifiers=identifiers_of(case),
        received_on=case.received_on,
        channel=str(case.get_channel_display()),
        letters=letters_of(case),
        merged_requests=merged_requests_of(case),
        filed_by=person(case.filed_by),
        filed_at=case.filed_at,
        due_on=case.due_on,
        due_explanation=case.deadline.explanation,
        identity=paper.Identity(
            method=str(case.get_identity_method_display()),
            note=case.identity_note,
            confirmed_by=person(case.identity_by),
            confirmed_at=case.identity_at,
        ),
        connection=paper.ConnectedAccount(
            name=case.connection.shown,
            account_id=case.connection.account_id,
            read_url=case.connection.read_url,
            import_url=case.connection.import_url,
            integrations=tuple(
                paper.Integration(id=row.integration_id, label=row.label) for row in case.connection.integrations.all()
            ),
        ),
        lookups=_lookups_before(case),
        report_lookup=report_sentence(case.report_lookup),
        matches=tuple(_match(row) for row in of_case(case.candidates.filter(superseded=False), case)),
        ground=_ground(plan),
        asks_for=str(Kind(case.kind).label),
        changes=tuple(_planned_change(row, plan) for row in plan.changes.all()),
        weighed=plan.weighed,
        plan_lines=tuple(_plan_line(line, products) for line in lines),
        export=paper.Export(
            name=f"{case.reference}-export.zip",
            size=export.size,
            sha256=export.sha256,
            files=tuple(paper.ExportFile(name=row.name, size=row.size, sha256=row.sha256) for row in manifest.files),
        ),
        prepared_by=person(plan.prepared_by),
        prepared_at=plan.prepared_at,
    )


def letters_of(case: Case) -> tuple[paper.Letter, ...]:
    """What was uploaded with the request."""
    return tuple(
        paper.Letter(name=row.file_name, sha256=row.sha256, uploaded_on=controller_day(row.created_at))
        for row in case.documents.filter(kind=DocumentKind.LETTER)
    )


def merged_requests_of(case: Case) -> tuple[paper.MergedRequest, ...]:
    """The other requests that this case answers too."""
    return tuple(
        paper.MergedRequest(
            reference=row.reference, received_on=row.received_on, channel=str(row.get_channel_display())
        )
        for row in merged_in(case)
    )


def identifiers_of(case: Case) -> tuple[paper.Identifier, ...]:
    """What the request gave to look the person up by."""
    return tuple(
        paper.Identifier(kind=str(row.get_kind_display()), value=row.value)
        for row in of_case(case.identifiers.filter(learnt_from=None), case)
    )


def _ground(plan: Plan) -> paper.Ground | None:
    if not plan.ground:
        return None
    label = meaning(Ground(plan.ground)) if plan.ground in Ground.values else ground_in_words(plan.ground)
    return paper.Ground(code=article(plan.ground, regulation=True), label=label)


def _planned_change(row: Change, plan: Plan) -> paper.PlannedChange:
    row.plan = plan
    before, after = row.in_words
    return paper.PlannedChange(
        integration_id=row.integration_id,
        integration=row.integration_label,
        contact_id=row.contact_id,
        what=row.field_label,
        before=before,
        after=after,
    )


def of_case(rows: Any, case: Case) -> list[Any]:
    """The rows with this very case on them, so that its key is read once."""
    listed = list(rows)
    for row in listed:
        row.case = case
    return listed


def person(user: User) -> str:
    """As a document that ends with the case's key names a member of staff."""
    return f"{user.full_name} ({user.staff_reference})"


def _lookups_before(case: Case) -> tuple[paper.Lookup, ...]:
    return tuple(
        paper.Lookup(
            kind=str(row.identifier.get_kind_display()),
            value=row.identifier.value,
            looked_up_at=row.at,
            answered_by=tuple(row.answered_by),
        )
        for row in last_lookups(case, Phase.SEARCH)
        if row.identifier
    )


def report_sentence(look: Mapping[str, Any]) -> str:
    """How far the report was looked through: counts and days only."""
    if not look or not look.get("looked_at"):
        return _("The report of leads was not looked through, or showed nobody.")
    facts = {
        "seen": look["looked_at"],
        "total": look["total"],
        "start": written(dt.date.fromisoformat(look["from"])),
        "end": written(dt.date.fromisoformat(look["to"])),
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
        decided_by=person(candidate.decided_by),
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
        description=", ".join(filter(None, [line.description, *(row for row in names if row not in line.description)])),
        decision=str(line.get_decision_display()),
        exemption=cited(line.exemption) if line.exemption else "",
        reason=line.reason,
    )


def _product_names(line: PlanLine, products: Mapping[str, str]) -> list[str]:
    """What an order was for: by the catalogue's name, else by the name that stands on the order itself."""
    if line.object != ObjectKind.INVOICE:
        return []
    orders = {order["id"]: order for order in line.candidate.summary["orders"]}
    items = orders.get(line.object_id, {}).get("products", [])
    return list(dict.fromkeys(name for item in items if (name := products.get(item["id"]) or item["name"])))
