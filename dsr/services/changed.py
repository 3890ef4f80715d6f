"""What a case changed, over all its plans, and the certificate's record of it: names of fields, no values."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dsr import audit
from dsr.evidence import records as paper
from dsr.models import TAG, Case, Change, ChangeAct, ChangeStep, Phase, Plan
from dsr.models.change import CHANGE_FINISHED
from dsr.selectors.lookups import last_lookups
from dsr.selectors.related import merged_in
from dsr.services.doings import earlier, found_before, masked, ruled_out
from dsr.services.wording import ground_in_words
from dsr.states import Kind, Outcome


@dataclass(frozen=True)
class Changed:
    plans: list[Plan]
    """Those that were begun, the newest last."""
    done: list[Change]
    left: list[Change]
    """Approved, and not tried: its plan was stopped before."""
    unsure: list[Change]
    """Tried, and never read back."""

    @property
    def outcome(self) -> Outcome:
        return Outcome.CHANGED_IN_PART if self.left or self.unsure else Outcome.CHANGED


def what_was_changed(case: Case) -> Changed:
    """Replay the plans in their order: what was done stays done; of what was to be done after it the newest word
    counts."""
    attempted = Change.objects.filter(plan__case=case).exclude(step=ChangeStep.PENDING)
    begun = set(attempted.values_list("plan_id", flat=True))
    rows = list(Change.objects.filter(plan_id__in=begun).select_related("plan").order_by("plan__number", "position"))
    done = [row for row in rows if row.step in CHANGE_FINISHED]
    last: dict[tuple[str, ...], Change] = {}
    for row in rows:
        named = _named(row, case)
        if row.step in CHANGE_FINISHED:
            last.pop(named, None)
        else:
            last[named] = row
    return Changed(
        plans=list(
            Plan.objects.filter(pk__in=begun)
            .order_by("number")
            .select_related("prepared_by", "approval__approver", "export", "evidence")
        ),
        done=done,
        left=[row for row in last.values() if row.step == ChangeStep.PENDING],
        unsure=[row for row in last.values() if row.step == ChangeStep.ATTEMPTED],
    )


def _named(row: Change, case: Case) -> tuple[str, ...]:
    row.plan.case = case
    tag = row.value.get("name", "") if row.field == TAG else ""
    return row.integration_id, row.contact_id, row.act, row.field, tag


def certificate(*, case: Case, done: Changed, issued_at: dt.datetime, destroy_on: dt.date) -> paper.CertificateRecord:
    """The record of the certificate, in the active language, which must be the case's."""
    plan = done.plans[-1]
    assert plan.prepared_by and plan.export and plan.evidence  # noqa: S101, PT018  (an approved plan has them)
    sequence, head = audit.head()
    lookups = last_lookups(case, Phase.SEARCH)
    found = found_before(lookups)
    return paper.CertificateRecord(
        organisation=settings.ENV.organisation,
        organisation_address=settings.ENV.organisation_address,
        is_demo=settings.ENV.is_demo,
        language=case.language,
        time_zone=settings.TIME_ZONE,
        reference=case.reference,
        kind=str(Kind(case.kind).label),
        right=case.kind,
        ground=ground_in_words(plan.ground),
        is_partial=done.outcome == Outcome.CHANGED_IN_PART,
        outcome=str(done.outcome.label),
        outcome_sentence=_sentence(case, done),
        received_on=case.received_on,
        merged_requests=tuple(row.reference for row in merged_in(case)),
        issued_at=issued_at,
        account_id=case.connection.account_id,
        connection_name=case.connection.shown,
        identifiers=tuple(masked(row, found) for row in lookups if row.identifier),
        changed=tuple(_changed(rows) for rows in _together(done.done)),
        ruled_out=ruled_out(case),
        inconclusive=(*_left(done.left), *_unsure(done.unsure), *_spanning(case)),
        earlier_plans=tuple(earlier(row) for row in done.plans[:-1]),
        prepared_by_reference=plan.prepared_by.staff_reference,
        approved_by_reference=plan.approval.approver.staff_reference,
        approved_at=plan.approval.approved_at,
        plan_fingerprint=plan.fingerprint,
        export_sha256=plan.export.sha256,
        export_destroy_on=destroy_on,
        evidence_sha256=plan.evidence.sha256,
        audit_head=paper.AuditHead(sequence=sequence, hash=head),
    )


def _sentence(case: Case, done: Changed) -> str:
    account = {"account": case.connection.account_id}
    if done.left or done.unsure:
        return _(
            "What is listed as changed was changed and read again. Not everything that was approved was; see below."
        )
    match case.kind:
        case Kind.RECTIFICATION:
            return _("The fields listed were rectified in SegMetrics account %(account)s, and read again.") % account
        case Kind.RESTRICTION:
            return _("The restriction is noted in SegMetrics account %(account)s, as listed, and read again.") % account
        case _:
            return _("The objection is noted in SegMetrics account %(account)s, as listed, and read again.") % account


def _together(rows: list[Change]) -> list[list[Change]]:
    """Tags of one contact, done by one act, make one line: how many, since their names may tell of the person."""
    groups: dict[tuple[object, ...], list[Change]] = {}
    for row in rows:
        key = (row.integration_id, row.contact_id, row.act, row.field, row.step, row.plan_id)
        groups.setdefault(key, []).append(row)
    return list(groups.values())


def _changed(rows: list[Change]) -> paper.ChangedField:
    row = rows[-1]
    done_at = max(item.done_at for item in rows if item.done_at)
    return paper.ChangedField(
        integration_id=row.integration_id,
        integration=row.integration_label,
        contact_id=row.contact_id,
        what=_what(row.act, row.field_label, len(rows)),
        result=str(ChangeStep(row.step).label),
        attempts=max(item.attempts for item in rows),
        done_at=done_at,
    )


def _what(act: str, field: str, count: int) -> str:
    if act == ChangeAct.REMOVE_TAG:
        return ngettext("%(count)d tag taken off", "%(count)d tags taken off", count) % {"count": count}
    if act == ChangeAct.ADD_TAG:
        return ngettext("%(count)d tag put on", "%(count)d tags put on", count) % {"count": count}
    return _("Field “%(name)s”") % {"name": field}


def _left(rows: list[Change]) -> list[str]:
    return [
        _("%(what)s of contact %(id)s in %(integration)s: approved, but the plan was stopped before.") % names
        for names in _names(rows)
    ]


def _unsure(rows: list[Change]) -> list[str]:
    return [
        _("%(what)s of contact %(id)s in %(integration)s: tried, but this case never saw it take effect.") % names
        for names in _names(rows)
    ]


def _names(rows: list[Change]) -> list[dict[str, str]]:
    counted = Counter(
        (row.integration_label, row.integration_id, row.contact_id, row.act, row.field_label) for row in rows
    )
    return [
        {"what": _what(act, field, count), "id": contact_id, "integration": f"{label} ({integration_id})"}
        for (label, integration_id, contact_id, act, field), count in counted.items()
    ]


def _spanning(case: Case) -> list[str]:
    if case.connection.integrations.count() < 2:
        return []
    return [
        _(
            "The account has several integrations, and a read spans them all: it shows that the contact reads as "
            "changed, not in which integration it was."
        )
    ]
