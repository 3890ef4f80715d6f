"""The records of how a case without a deletion ended: refused, with no data found, or with a package handed over.

They are drawn by the worker beside the case's path, once it is closed, and never move it. A refusal's record holds the
person's name and the reasons, so it ends with the case's key; that of an empty search and the certificate of a
hand-over are masked and stay.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from dsr import audit, papercode, queue, storage
from dsr.evidence import records as paper
from dsr.evidence.drawing import draw_certificate, draw_nothing_found, draw_refusal
from dsr.evidence.masking import mask
from dsr.exceptions import WrongState
from dsr.models import (
    OUTLIVING,
    AuditEntry,
    Case,
    Document,
    DocumentKind,
    ErrandKind,
    Identity,
    Lookup,
    Phase,
    Reason,
    RefusalGround,
)
from dsr.selectors.closing_record import kind_of
from dsr.selectors.lookups import last_lookups
from dsr.selectors.related import merged_in
from dsr.services import handed_over, records, wording
from dsr.services.documents import add_document
from dsr.services.doings import ruled_out
from dsr.services.sealing import sealed, verify_at
from dsr.services.transition import locked
from dsr.states import Kind, Verb


def of(case: Case) -> Document | None:
    """The record, once it is drawn."""
    kind = kind_of(case)
    return case.documents.filter(kind=kind).first() if kind else None


def ask_for(case: Case) -> None:
    """Have the record drawn. Inside the transaction that closes the case."""
    queue.add_errand(kind=ErrandKind.CLOSING_RECORD, target=case.pk, case=case)


def draw(case_id: int) -> None:
    """Draw, sign and keep the record of a closed case. Safe to repeat: a record that is there is left as it is."""
    case = Case.objects.select_related("connection").get(pk=case_id)
    kind = kind_of(case)
    if kind is None or case.is_purged or of(case):
        return
    code = papercode.new()
    with translation.override(case.language):
        drawn = sealed(_drawn(case, kind, code), about=_title(case, kind))
    stored = storage.write(case, drawn.pdf, outlives_the_key=kind in OUTLIVING)
    with storage.discarded_on_error([stored.path]), transaction.atomic():
        fresh = locked(case.pk)
        if of(fresh):  # another run was faster, while this one slept through its lease
            raise WrongState("The record is there already.")
        add_document(fresh, kind, stored, content_type="application/pdf", pages=drawn.pages, code=code)
        audit.record(
            actor=None,
            verb="closing_record_issued",
            case=fresh,
            facts={
                "kind": kind.value,
                "sha256": stored.sha256,
                "signed_by": drawn.signed_by,
                "signature": drawn.signature,
            },
        )


def _title(case: Case, kind: DocumentKind) -> str:
    if kind == DocumentKind.CERTIFICATE:
        return wording.certificate_title(case)
    return wording.refusal_title(case) if kind == DocumentKind.REFUSAL else wording.nothing_found_title(case)


def _drawn(case: Case, kind: DocumentKind, code: str) -> paper.Drawn:
    now, logo, place = timezone.now(), settings.ENV.organisation_logo, verify_at(code)
    if kind == DocumentKind.CERTIFICATE:
        certificate = handed_over.certificate(case, entry=_entry(case, Verb.HAND_OVER), issued_at=now)
        return draw_certificate(dataclasses.replace(certificate, verify_at=place), logo=logo)
    if kind == DocumentKind.REFUSAL:
        return draw_refusal(dataclasses.replace(refusal(case, issued_at=now), verify_at=place), logo=logo)
    return draw_nothing_found(dataclasses.replace(nothing_found(case, issued_at=now), verify_at=place), logo=logo)


def refusal(case: Case, *, issued_at: dt.datetime) -> paper.RefusalRecord:
    """The record of the refusal, in the active language, which must be the case's."""
    entry = _entry(case, Verb.REFUSE)
    reason = Reason.objects.filter(entry=entry).first()
    if reason:
        reason.case = case
    return paper.RefusalRecord(
        **_common(case, entry, issued_at),
        kind=case.kind,
        subject_name=case.subject_name,
        identifiers=records.identifiers_of(case),
        channel=str(case.get_channel_display()),
        letters=records.letters_of(case),
        merged_requests=records.merged_requests_of(case),
        filed_by=records.person(case.filed_by),
        filed_at=case.filed_at,
        due_on=case.due_on,
        due_explanation=case.deadline.explanation,
        identity=_identity(case),
        ground=str(RefusalGround(case.refusal_ground).label) if case.refusal_ground else "",
        reason=reason.text if reason else "",
        authority=_authority(case),
    )


def nothing_found(case: Case, *, issued_at: dt.datetime) -> paper.NothingFoundRecord:
    """The record of the empty search, in the active language: references and masked identifiers only."""
    entry = _entry(case, Verb.CLOSE_NOTHING_FOUND)
    return paper.NothingFoundRecord(
        **_common(case, entry, issued_at),
        merged_requests=tuple(row.reference for row in merged_in(case)),
        kind=str(Kind(case.kind).label),
        account_id=case.connection.account_id,
        connection_name=case.connection.shown,
        searched_for=tuple(_searched_for(row) for row in last_lookups(case, Phase.SEARCH) if row.identifier),
        report_lookup=records.report_sentence(case.report_lookup),
        ruled_out=ruled_out(case),
    )


def _entry(case: Case, verb: Verb) -> AuditEntry:
    """The audit entry of the decision: who took it, and when."""
    entry = AuditEntry.objects.filter(case=case.reference, verb=verb).order_by("-sequence").first()
    assert entry  # noqa: S101  (no case ends so without it)
    return entry


def _common(case: Case, entry: AuditEntry, issued_at: dt.datetime) -> dict[str, Any]:
    return {
        "organisation": settings.ENV.organisation,
        "organisation_address": settings.ENV.organisation_address,
        "is_demo": settings.ENV.is_demo,
        "language": case.language,
        "time_zone": settings.TIME_ZONE,
        "reference": case.reference,
        "received_on": case.received_on,
        "decided_by_reference": _("Privacy officer %(reference)s") % {"reference": entry.actor},
        "decided_at": dt.datetime.fromisoformat(entry.at),
        "issued_at": issued_at,
        "audit_head": paper.AuditHead(sequence=entry.sequence, hash=entry.hash),
    }


def _identity(case: Case) -> paper.IdentityStanding:
    """What an earlier confirmation said counts no more where the identity was found to be unproven since."""
    standing = str(case.get_identity_display())
    if case.identity != Identity.CONFIRMED or case.identity_by is None:
        return paper.IdentityStanding(standing=standing)
    return paper.IdentityStanding(
        standing=standing,
        method=str(case.get_identity_method_display()),
        note=case.identity_note,
        settled_by_reference=case.identity_by.staff_reference,
        settled_at=case.identity_at,
    )


def _authority(case: Case) -> str:
    """Where a complaint can be lodged, as the connection's record says it in the case's language."""
    texts = case.connection.processing_records.filter(language=case.language).values_list("authority", flat=True)
    return texts.first() or ""


def _searched_for(row: Lookup) -> paper.SearchedFor:
    identifier = row.identifier
    assert identifier  # noqa: S101  (the caller selects)
    if row.answered_by:
        answer = _("contact %(ids)s answered") % {"ids": ", ".join(row.answered_by)}
    else:
        answer = _("nothing answered")
    return paper.SearchedFor(
        kind=str(identifier.get_kind_display()),
        masked=mask(identifier.kind, identifier.value),
        keyed_hash=identifier.keyed_hash[:16],
        looked_up_at=row.at,
        answer=answer,
    )
