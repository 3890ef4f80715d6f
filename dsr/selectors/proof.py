"""Everything that can be checked about a document of ours, line by line, and what can't be."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.conf import settings
from django.db import DatabaseError

from dsr import audit, papercode
from dsr.evidence import attached, signing
from dsr.evidence.attached import Attached
from dsr.models import AuditEntry, Document, DocumentKind, ErasedBefore, Report
from dsr.seal import Seal
from dsr.selectors.issued import fingerprints, stamped_here, stored

CERTIFICATE = "dsr-desk/certificate/1"
_WHY = {
    signing.UNREADABLE: "The file can't be read as a signed PDF.",
    signing.UNSIGNED: "The file isn't signed.",
    signing.SEVERAL: "The file has several signatures; ours have one.",
    signing.CHANGED: "The file isn't what was signed: it was changed since.",
}


class Result(StrEnum):
    SOUND = "sound"
    WRONG = "WRONG"
    OPEN = "not checked"


@dataclass(frozen=True)
class Line:
    """One thing that was looked at. Its text quotes no record."""

    result: Result
    text: str


@dataclass(frozen=True)
class Proof:
    lines: Sequence[Line]
    is_ours: bool
    """By our database, or by a certificate that is known as ours."""

    @property
    def holds(self) -> bool:
        """Whether all that could be checked is sound, and the file is ours."""
        return self.is_ours and all(line.result != Result.WRONG for line in self.lines)


def of(pdf: bytes, *, offline: bool, known: Sequence[str] = ()) -> Proof:
    """Check a file. `offline` asks no database; `known` are certificates to take as ours: SHA-256, hex."""
    signed, record = signing.check(pdf), attached.read(pdf)
    lines = [*_signature(signed), _record(record)]
    document: Document | Report | None = None
    own: Seal | None = settings.ENV.seal
    ours = {row.lower().replace(":", "") for row in known} | ({own.fingerprint} if own else set())
    if offline:
        lines.append(Line(Result.OPEN, "Whether our database holds this document, and the audit log's chain: offline."))
    else:
        try:
            ours |= fingerprints()
            document = stored(hashlib.sha256(pdf).hexdigest())
            lines += _against_the_database(document, record)
        except DatabaseError:
            lines.append(Line(Result.OPEN, "The database and the audit log: no database can be reached."))
    is_signer_known = signed.is_sound and signed.fingerprint in ours
    lines.append(_whose(signed, is_known=is_signer_known, is_stored=document is not None, could_know=bool(ours)))
    lines.append(_when(signed, may_ask=not offline))
    lines.append(Line(Result.OPEN, "Whether the document says the truth. It says itself how each thing was found out."))
    return Proof(lines=lines, is_ours=document is not None or is_signer_known)


def _signature(signed: signing.Checked) -> Iterator[Line]:
    if not signed.is_sound:
        yield Line(Result.WRONG, _WHY[signed.problem])
        return
    when = f", {signed.signed_at.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC" if signed.signed_at else ""
    yield Line(Result.SOUND, f"The signature covers every byte, and none was changed since ({signed.signer}{when}).")


def _when(signed: signing.Checked, *, may_ask: bool) -> Line:
    """A stamp is of a certificate that our server has used, or it says a time and a name that anybody can write."""
    stamp = signed.stamp
    if stamp is None or not signed.is_sound:
        return Line(Result.OPEN, "The time of signing: it is our own clock's, no authority confirms it.")
    text = f"A time stamp says {stamp.at.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC, of {stamp.by} (SHA-256 "
    text += f"{stamp.fingerprint})"
    try:
        is_known = may_ask and stamped_here(stamp.fingerprint)
    except DatabaseError:
        is_known = False
    if is_known:
        return Line(Result.SOUND, f"{text}, whose stamps our time-stamp server has given before.")
    return Line(Result.OPEN, f"{text}. Whether that authority is to be trusted can't be known here.")


def _whose(signed: signing.Checked, *, is_known: bool, is_stored: bool, could_know: bool) -> Line:
    if not signed.is_sound:
        return Line(Result.OPEN, "Whose signature it was: it doesn't hold, so nobody's.")
    by = f"The certificate that signed (SHA-256 {signed.fingerprint})" if signed.fingerprint else "The signer"
    if is_known:
        return Line(Result.SOUND, f"{by} is ours.")
    if is_stored:
        return Line(Result.OPEN, f"{by} is none that we use today. The database holds this very file all the same.")
    if could_know:
        return Line(Result.WRONG, f"{by} is none of ours.")
    return Line(Result.OPEN, f"{by}: whose it is can't be known here. Give the fingerprint you know with --signer.")


def _record(record: Attached) -> Line:
    if record.problem:
        return Line(Result.WRONG, record.problem)
    return Line(Result.SOUND, f"The attached record is canonical JSON and fits its schema, {record.schema}.")


def _against_the_database(document: Document | Report | None, record: Attached) -> Iterator[Line]:
    if document is None:
        yield Line(Result.WRONG, "The database holds no document with this SHA-256. A restore may have lost it.")
    else:
        where = f"{document.kind} of {document.reference}, {document.created_at:%Y-%m-%d}"
        yield Line(Result.SOUND, f"The database holds this very file: {where}.")
        if document.destroyed_at:
            yield Line(Result.SOUND, "Our own copy was destroyed when its retention ended; its SHA-256 was kept.")
        if not record.problem:
            yield _agrees(document, record)
    if record.schema == CERTIFICATE:
        yield from _named_documents(record)
    if "audit_head" in record.record:
        yield from _audit_log(record)


def _agrees(document: Document | Report, record: Attached) -> Line:
    place = record.record.get("verify_at") or {"code": ""}
    is_same = (
        record.schema.split("/")[1] == document.kind
        and record.record["reference"] == document.reference
        and place["code"] == papercode.grouped(document.code)
    )
    if not is_same:
        return Line(Result.WRONG, "Kind, reference or code of the record aren't those of the database.")
    return Line(Result.SOUND, "Kind, reference and code of the record are those of the database.")


def _named_documents(record: Attached) -> Iterator[Line]:
    reference = record.record["reference"]
    for kind in (DocumentKind.EVIDENCE, DocumentKind.EXPORT, DocumentKind.PACKAGE):
        name, sha256 = kind.value, record.record.get(f"{kind.value}_sha256")
        if not sha256:
            continue
        if Document.objects.filter(kind=kind, sha256=sha256, case__reference=reference).exists():
            yield Line(Result.SOUND, f"The database knows the {name} that it names, by its SHA-256.")
        elif ErasedBefore.objects.filter(case__reference=reference, **{f"record__{name}": sha256}).exists():
            yield Line(Result.SOUND, f"The {name} that it names was lost by a restore; the ledger knows its SHA-256.")
        else:
            yield Line(Result.WRONG, f"The database knows no {name} with the SHA-256 that it names.")


def _audit_log(record: Attached) -> Iterator[Line]:
    broken = audit.verify()
    if broken:
        yield Line(Result.WRONG, f"The audit log's chain is broken at entry {broken.sequence}: {broken.why}.")
    else:
        yield Line(Result.SOUND, f"The audit log's chain holds: {audit.head()[0]} entries.")
    head = record.record["audit_head"]
    if AuditEntry.objects.filter(sequence=head["sequence"], hash=head["hash"]).exists():
        yield Line(Result.SOUND, f"The audit log holds the entry that it names, {head['sequence']}.")
    else:
        cut = "its end was cut off, an older database was restored, or all of it was written anew"
        yield Line(Result.WRONG, f"The audit log doesn't hold the entry that it names, {head['sequence']}: {cut}.")
