"""Sign a PDF (PAdES, ETSI EN 319 142) and check such a signature.

The only importer of pyHanko, which takes half a second: import this where it is used.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

from asn1crypto import cms, x509  # type: ignore[import-untyped]
from pyhanko.keys.pemder import load_certs_from_pemder_data, load_private_key_from_pemder_data
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import signers
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.generic_cms import validate_sig_integrity
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from dsr.seal import Seal

FIELD = "Seal"
_LONGEST_SIGNATURE = 128 * 1024
"""In hex digits, several times what we reserve: of a stranger's file no more is read as a structure."""
_BYTE_RANGE = re.compile(rb"/ByteRange\s*\[\s*0\s+(\d{1,12})\s+(\d{1,12})\s+(\d{1,12})\s*\]")


@dataclass(frozen=True)
class Checked:
    """What came of checking a PDF's signature. `problem` is a code, or nothing where all is well."""

    signer: str = ""
    fingerprint: str = ""
    """SHA-256 (hex) of the certificate that signed."""
    signed_at: dt.datetime | None = None
    problem: str = ""

    @property
    def is_sound(self) -> bool:
        """Whether the bytes are the ones that this certificate's key signed."""
        return not self.problem


SOUND = "sound"
UNREADABLE, UNSIGNED, SEVERAL, CHANGED = "unreadable", "unsigned", "several", "changed"


def sign(pdf: bytes, *, seal: Seal, reason: str) -> bytes:
    """The PDF with an invisible signature (PAdES B-B) that allows no later change."""
    own, *above = load_certs_from_pemder_data(seal.certificates)
    store = SimpleCertificateStore()  # type: ignore[no-untyped-call]
    store.register_multiple(above)
    signer = signers.SimpleSigner(
        signing_cert=own,
        signing_key=load_private_key_from_pemder_data(seal.key, passphrase=None),
        cert_registry=store,
    )
    metadata = signers.PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
        reason=reason,
    )
    signed = signers.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)), metadata, signer=signer)
    return bytes(signed.getbuffer())


def check(pdf: bytes, *, trusted: Sequence[bytes] = ()) -> Checked:
    """Check the one signature of a PDF: that it covers all of it, and that nothing changed since.

    `trusted` are certificates (PEM) to trust as they stand; whether an issuing authority is trusted isn't looked up.
    """
    try:
        return _checked(pdf, trusted)
    except Exception:  # a hostile file breaks the reader in any way; all of them mean the same
        return Checked(problem=UNREADABLE)


def _checked(pdf: bytes, trusted: Sequence[bytes]) -> Checked:
    found = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
    if len(found) != 1:
        return Checked(problem=SEVERAL if found else UNSIGNED)
    own = found[0].signer_cert
    # As of its signing: a certificate that has run out since doesn't undo what it signed.
    context = ValidationContext(
        trust_roots=[own, *(row for pem in trusted for row in load_certs_from_pemder_data(pem))],
        allow_fetching=False,
        moment=found[0].self_reported_timestamp,
    )
    status = validate_pdf_signature(found[0], context)
    whole = (
        status.bottom_line
        and status.coverage == SignatureCoverageLevel.ENTIRE_FILE
        and _fills_its_gap(pdf, found[0].byte_range)
    )
    return Checked(
        signer=own.subject.human_friendly,
        fingerprint=own.sha256.hex(),
        signed_at=status.signer_reported_dt,
        problem="" if whole else CHANGED,
    )


def claim_of(pdf: bytes, *, ours: Sequence[bytes]) -> str:
    """What a stranger's file has of us: `SOUND`, `CHANGED`, or nothing where it carries none of our certificates (PEM).

    Unlike `check` it reads no structure but the signature's own, and that up to a size alone, so a hostile file can
    unpack nothing in it: what our key signed is all bytes of the file but the signature's own place, and these are
    compared as they stand.
    """
    own = [next(iter(load_certs_from_pemder_data(pem))) for pem in ours]
    written = pdf.upper()
    found = [row for row in own if row.dump().hex().upper().encode() in written]
    if not found:
        return ""
    return SOUND if any(_signed_all(pdf, row) for row in found) else CHANGED


def _signed_all(pdf: bytes, certificate: x509.Certificate) -> bool:
    ranges = _BYTE_RANGE.findall(pdf)
    if len(ranges) != 1:
        return False
    length, after, rest = (int(part) for part in ranges[0])
    if after - length > _LONGEST_SIGNATURE:
        return False
    try:
        if not _fills_its_gap(pdf, (0, length, after, rest)):
            return False
        content = bytes.fromhex(pdf[length + 1 : after - 1].decode("ascii"))
        [signer] = cms.ContentInfo.load(content)["content"]["signer_infos"]
        # Over all that stands before and after, wherever the range says that it ends: what was added is seen too.
        digest = hashlib.sha256(pdf[:length] + pdf[after:]).digest()
        intact, valid = validate_sig_integrity(signer, certificate, "data", digest)
    except Exception:  # as in `check`
        return False
    return bool(intact and valid)


def _fills_its_gap(pdf: bytes, byte_range: Sequence[int]) -> bool:
    """Whether the one part that a signature doesn't cover, its own place, holds it and nothing else."""
    _start, length, after, _rest = byte_range
    gap = pdf[length:after]
    content = bytes.fromhex(gap[1:-1].decode("ascii"))
    signature: bytes = cms.ContentInfo.load(content).dump()
    return gap == b"<" + signature.ljust(len(content), b"\0").hex().upper().encode() + b">"
