"""What this installation says about a document to whoever holds it: whether it was issued here. Nothing personal.

Only what we sign is known by it: nobody learns here whether a letter or an export is kept.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from enum import StrEnum

from django.conf import settings
from django.utils.translation import gettext as _

from dsr import papercode
from dsr.days import controller_day
from dsr.models import CertificateUse, Document, DocumentKind, Plan, Report, SigningKey, UsedCertificate
from dsr.seal import Seal, fingerprint_of

_HOW_IT_ENDED = (DocumentKind.REFUSAL, DocumentKind.NOTHING_FOUND)
"""Nothing that is told here may tell one from the other."""
KINDS = (DocumentKind.EVIDENCE, DocumentKind.CERTIFICATE, *_HOW_IT_ENDED)


@dataclass(frozen=True)
class Issued:
    """A document that was issued here. The reference tells one paper from another, and stands on it anyway."""

    kind: str
    """A value of `DocumentKind` or `ReportKind`."""
    label: str
    reference: str
    code: str
    """As it is printed; empty for one from before there were codes."""
    issued_on: dt.date
    sha256: str
    is_superseded: bool
    """Evidence of a plan that no longer holds: it was taken back, or another one replaced it."""
    destroyed_on: dt.date | None
    """Since when our own copy is gone; its row, with the digest, stays. Never told of a record of how a request ended:
    after the purge that of a refusal is gone and that of an empty search isn't, so the day would tell which it was."""


class Verdict(StrEnum):
    """What a file turned out to be."""

    ISSUED = "issued"
    SIGNED = "signed"
    """Signed by a key of ours and unchanged, but in no record of ours: one that a restore lost, for instance."""
    CHANGED = "changed"
    """It carries our certificate, but isn't what was signed."""
    FOREIGN = "foreign"


@dataclass(frozen=True)
class Finding:
    verdict: Verdict
    sha256: str
    issued: Issued | None = None


def by_code(code: str) -> Issued | None:
    """The document with this code, as `papercode.read` gives it."""
    if not code:
        return None
    document = Document.objects.select_related("case").filter(kind__in=KINDS, code=code).first()
    found = document or Report.objects.filter(code=code).first()
    return _issued(found) if found else None


def by_file(content: bytes) -> Finding:
    """What this file is. It is read as bytes alone: nothing in it is unpacked, drawn or kept."""
    sha256 = hashlib.sha256(content).hexdigest()
    document = stored(sha256)
    if document:
        return Finding(Verdict.ISSUED, sha256, _issued(document))
    # pyHanko takes half a second to import; most web processes are never given a file.
    from dsr.evidence import signing  # noqa: PLC0415

    claim = signing.claim_of(content, ours=own_certificates())
    verdict = {signing.SOUND: Verdict.SIGNED, signing.CHANGED: Verdict.CHANGED}.get(claim, Verdict.FOREIGN)
    return Finding(verdict, sha256)


def stored(sha256: str) -> Document | Report | None:
    """The document or report of ours with this digest."""
    document = Document.objects.select_related("case").filter(kind__in=KINDS, sha256=sha256).first()
    return document or Report.objects.filter(sha256=sha256).first()


def own_certificates() -> list[bytes]:
    """Every certificate (PEM) by which this installation signs or ever signed: the organisation's, and its own."""
    own: Seal | None = settings.ENV.seal
    made = SigningKey.objects.values_list("certificate", flat=True)
    used = UsedCertificate.objects.filter(use=CertificateUse.SIGNING).values_list("certificates", flat=True)
    every = [*([own.certificates] if own else []), *(row.encode() for row in (*made, *used))]
    return list({fingerprint_of(row): row for row in every}.values())


@dataclass(frozen=True)
class Own:
    """A certificate of ours, with the days on which it first and last signed; none where it hasn't yet."""

    fingerprint: str
    """SHA-256, hex."""
    first_used: dt.date | None = None
    last_used: dt.date | None = None


def own() -> list[Own]:
    """Every certificate of ours, the one that signed last on top."""
    used = {row.fingerprint: row for row in UsedCertificate.objects.filter(use=CertificateUse.SIGNING)}
    found = []
    for fingerprint in fingerprints():
        row = used.get(fingerprint)
        days = (controller_day(row.first_used), controller_day(row.last_used)) if row else ()
        found.append(Own(fingerprint, *days))
    return sorted(found, key=lambda row: (row.last_used or dt.date.max, row.fingerprint), reverse=True)


def fingerprints() -> set[str]:
    """Of these certificates: SHA-256, hex."""
    return {fingerprint_of(row) for row in own_certificates()}


def stamped_here(fingerprint: str) -> bool:
    """Whether our time-stamp server ever gave stamps of the certificate with this SHA-256 (hex)."""
    return UsedCertificate.objects.filter(use=CertificateUse.TIME_STAMP, fingerprint=fingerprint).exists()


def _label(document: Document | Report) -> str:
    """What it is, without telling the world how the request ended."""
    if document.kind in _HOW_IT_ENDED:
        return _("Record of how a request ended")
    return str(document.get_kind_display())


def _issued(document: Document | Report) -> Issued:
    is_evidence = document.kind == DocumentKind.EVIDENCE
    gone_at = None if document.kind in _HOW_IT_ENDED else document.destroyed_at
    assert document.created_at  # noqa: S101  (a report without a file has neither code nor digest)
    return Issued(
        kind=document.kind,
        label=_label(document),
        reference=document.reference,
        code=papercode.grouped(document.code),
        issued_on=controller_day(document.created_at),
        sha256=document.sha256,
        is_superseded=is_evidence and not Plan.objects.filter(evidence=document.pk, voided_at=None).exists(),
        destroyed_on=controller_day(gone_at) if gone_at else None,
    )
