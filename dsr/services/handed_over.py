"""What a case handed over, and the certificate's record of it: counts and references, nothing that stood in it."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dsr import storage
from dsr.attention import Attention
from dsr.days import controller_day, written
from dsr.evidence import records as paper
from dsr.exceptions import NeedsPerson, Unreadable
from dsr.exports.reading import as_table, opened_entry
from dsr.models import AuditEntry, Case, Document, Phase
from dsr.phrases import article
from dsr.selectors.lookups import last_lookups
from dsr.selectors.related import merged_in
from dsr.services.doings import found_before, masked, ruled_out
from dsr.services.planning import confirmed
from dsr.states import Kind, Outcome


def certificate(case: Case, *, entry: AuditEntry, issued_at: dt.datetime) -> paper.CertificateRecord:
    """The record of the certificate, in the active language, which must be the case's.

    `entry` is that of the hand-over. Raises `NeedsPerson` where the package is damaged.
    """
    plan, package = case.current_plan, Document.objects.get(case=case, pk=entry.facts["document"])
    assert plan and plan.prepared_by and plan.export and plan.evidence  # noqa: S101, PT018  (a package has them)
    lookups = last_lookups(case, Phase.SEARCH)
    found, contacts = found_before(lookups), confirmed(case)
    decided = case.candidates.filter(superseded=False).exclude(decided_by=None).select_related("decided_by")
    deciders = {row.decided_by.staff_reference for row in decided if row.decided_by}
    return paper.CertificateRecord(
        organisation=settings.ENV.organisation,
        organisation_address=settings.ENV.organisation_address,
        is_demo=settings.ENV.is_demo,
        language=case.language,
        time_zone=settings.TIME_ZONE,
        reference=case.reference,
        kind=str(Kind(case.kind).label),
        right=case.kind,
        outcome=str(Outcome.HANDED_OVER.label),
        outcome_sentence=_sentence(case),
        received_on=case.received_on,
        due_on=case.due_on,
        merged_requests=tuple(row.reference for row in merged_in(case)),
        issued_at=issued_at,
        account_id=case.connection.account_id,
        connection_name=case.connection.shown,
        identifiers=tuple(masked(row, found) for row in lookups if row.identifier),
        contacts=tuple(paper.HandedContact(contact_id=row.contact_id, read_at=row.seen_at) for row in contacts),
        ruled_out=ruled_out(case),
        hand_over=paper.HandOver(
            at=dt.datetime.fromisoformat(entry.at),
            by_reference=entry.actor,
            decided_by=tuple(sorted(deciders)),
            way=_way(case, package, entry),
            files=len(package.files),
            size=package.size,
        ),
        held=_held(package),
        left_out=_left_out(case, package),
        prepared_by_reference=plan.prepared_by.staff_reference,
        plan_fingerprint=plan.fingerprint,
        package_sha256=package.sha256,
        export_sha256=plan.export.sha256,
        export_destroy_on=None if plan.export.destroyed_at else plan.export.destroy_on,
        evidence_sha256=plan.evidence.sha256,
        audit_head=paper.AuditHead(sequence=entry.sequence, hash=entry.hash),
    )


def _sentence(case: Case) -> str:
    account = {"account": case.connection.account_id}
    if case.kind == Kind.PORTABILITY:
        return (
            _(
                "The data that the person provided and that was observed of them in SegMetrics account %(account)s was "
                "handed over in machine-readable form, as JSON and CSV."
            )
            % account
        )
    return (
        _(
            "A copy of the data found in SegMetrics account %(account)s was handed over, with the letter that "
            "Art. 15(1) and (2) GDPR ask for."
        )
        % account
    )


def _way(case: Case, package: Document, entry: AuditEntry) -> str:
    """As the audit log knows it: by our own link, or in a way of the officer's. Their words for it stay in the case."""
    before = AuditEntry.objects.filter(
        case=case.reference, facts__sha256=package.sha256, sequence__lt=entry.sequence
    ).order_by("sequence")
    sent = list(before.filter(verb="package_sent"))
    if sent:
        return ngettext(
            "By a link for one person, with a code. Before the hand-over was noted, the package was sent in full by it "
            "once, on %(day)s.",
            "By a link for one person, with a code. Before the hand-over was noted, the package was sent in full by it "
            "%(count)d times, last on %(day)s.",
            len(sent),
        ) % {"count": len(sent), "day": written(controller_day(dt.datetime.fromisoformat(sent[-1].at)))}
    if before.filter(verb="link_made").exists():
        return _(
            "In a way that a privacy officer noted in the request. A link for one person had been made too, but by it "
            "the package was not sent in full before the hand-over was noted."
        )
    return _("In a way that a privacy officer noted in the request, and by no link of this site.")


def _held(package: Document) -> tuple[paper.HeldTable, ...]:
    """The package's tables with their rows; nothing where our copy of it was destroyed before."""
    if package.destroyed_at:
        return ()
    try:
        with storage.seekable(package) as content:
            held = []
            for row in package.files:
                if row["name"].endswith(".csv"):
                    with opened_entry(content, row["name"]) as file:
                        rows = as_table(file, limit=0).total
                    held.append(paper.HeldTable(file=row["name"], what=row["what"], rows=rows))
            return tuple(held)
    except Unreadable:
        raise NeedsPerson(Attention.FILES_DAMAGED, document=package.pk) from None


def _left_out(case: Case, package: Document) -> tuple[paper.LeftOut, ...]:
    """As it was counted when this package was made. The reasons are an officer's words, and stay in the case."""
    made = AuditEntry.objects.filter(case=case.reference, verb="package_made", facts__document=package.pk).last()
    count = made.facts["left_out"] if made else 0
    if not count:
        return ()
    ground = "20(4)" if case.kind == Kind.PORTABILITY else "15(4)"
    words = _("%(article)s: the rights and freedoms of others")
    return (paper.LeftOut(ground=words % {"article": article(ground, regulation=True)}, count=count),)
