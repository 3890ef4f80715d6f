"""Sign a PDF (PAdES, ETSI EN 319 142), with a time stamp where there is a server for it, and check such a signature.

The only importer of pyHanko, which takes half a second: import this where it is used.
"""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import hashlib
import io
import re
import ssl
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import aiohttp
import certifi
from asn1crypto import cms, pem, tsp, x509  # type: ignore[import-untyped]
from pyhanko.keys.pemder import load_certs_from_pemder_data, load_private_key_from_pemder_data
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import signers
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.signers.pdf_signer import DSSContentSettings, SigDSSPlacementPreference
from pyhanko.sign.timestamps.api import TimeStamper
from pyhanko.sign.timestamps.common_utils import extract_ts_certs, set_tsp_headers
from pyhanko.sign.validation import EmbeddedPdfSignature, validate_pdf_signature
from pyhanko.sign.validation.generic_cms import (
    extract_tst_data_iter,
    validate_sig_integrity,
    validate_tst_signed_data,
)
from pyhanko.sign.validation.status import SignatureCoverageLevel, TimestampSignatureStatus
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import RevokedError
from pyhanko_certvalidator.fetchers.aiohttp_fetchers import AIOHttpFetcherBackend
from pyhanko_certvalidator.fetchers.api import FetchLimits
from pyhanko_certvalidator.registry import SimpleCertificateStore

from dsr.seal import Seal
from dsr.stamping import Stamping

FIELD = "Seal"
SECONDS = 10
"""The most that the time-stamp server, or one that publishes what was revoked, may take for an answer."""
_LONGEST_STAMP = 64 * 1024
_FURTHEST_CLOCK = dt.timedelta(hours=1)
"""A stamp that is further off says that one of the two clocks is wrong, and not which."""
_FETCHES = FetchLimits(max_requests=20, max_cert_requests=5)
_LONGEST_SIGNATURE = 128 * 1024
"""In hex digits, several times what we reserve: of a stranger's file no more is read as a structure."""
_BYTE_RANGE = re.compile(rb"/ByteRange\s*\[\s*0\s+(\d{1,12})\s+(\d{1,12})\s+(\d{1,12})\s*\]")


class NoStamp(Exception):
    """The time-stamp server gave no stamp that holds: it is away, slow, refuses, or answers with something else."""


class Revoked(Exception):
    """Its authority has revoked the certificate that was to sign."""


class Level(StrEnum):
    """Of PAdES: without a time stamp, with one, and with what shows that no certificate was revoked then."""

    BASIC = "B-B"
    STAMPED = "B-T"
    LONG_TERM = "B-LT"


@dataclass(frozen=True)
class Stamp:
    """A time stamp over a signature: when, and whose."""

    at: dt.datetime
    by: str
    fingerprint: str
    """SHA-256 (hex) of the authority's certificate."""
    certificate: bytes
    """PEM."""


@dataclass(frozen=True)
class Signed:
    """What came of signing. `missing` says whose revocation data could not be had, where that kept it from B-LT."""

    pdf: bytes
    level: Level
    stamp: Stamp | None = None
    missing: str = ""


SIGNERS, AUTHORITYS = "signer", "time_stamp"


@dataclass(frozen=True)
class Checked:
    """What came of checking a PDF's signature. `problem` is a code, or nothing where all is well."""

    signer: str = ""
    fingerprint: str = ""
    """SHA-256 (hex) of the certificate that signed."""
    signed_at: dt.datetime | None = None
    """By the signer's own clock."""
    stamp: Stamp | None = None
    problem: str = ""

    @property
    def is_sound(self) -> bool:
        """Whether the bytes are the ones that this certificate's key signed."""
        return not self.problem


SOUND = "sound"
UNREADABLE, UNSIGNED, SEVERAL, CHANGED = "unreadable", "unsigned", "several", "changed"


def sign(pdf: bytes, *, seal: Seal, reason: str) -> bytes:
    """The PDF with an invisible signature (PAdES B-B) that allows no later change."""
    signed = signers.sign_pdf(
        IncrementalPdfFileWriter(io.BytesIO(pdf)), signers.PdfSignatureMetadata(**_words(reason)), signer=_signer(seal)
    )
    return bytes(signed.getbuffer())


def sign_and_stamp(pdf: bytes, *, seal: Seal, reason: str, stamping: Stamping) -> Signed:
    """The same with a time stamp, and with the revocation data of both certificates where it can be had.

    All of it stands in the one revision that the signature covers. Raises `NoStamp`, and `Revoked` where the signer's
    own certificate was.
    """
    return asyncio.run(_signed_and_stamped(pdf, seal, reason, stamping))


async def _signed_and_stamped(pdf: bytes, seal: Seal, reason: str, stamping: Stamping) -> Signed:
    async with _session() as session:
        signer, stamper = _signer(seal), _Stamper(stamping, session)
        await stamper.async_dummy_response("sha256")  # whose stamps they are is known by a first one
        context, missing = await _with_revocation_data(signer, stamper, session)
        words = _words(reason)
        if not missing:
            words |= {
                "embed_validation_info": True,
                "validation_context": context,
                "signer_key_usage": set(),
                "dss_settings": DSSContentSettings(
                    include_vri=False, placement=SigDSSPlacementPreference.TOGETHER_WITH_SIGNATURE
                ),
            }
        signed = await signers.async_sign_pdf(
            IncrementalPdfFileWriter(io.BytesIO(pdf)),
            signers.PdfSignatureMetadata(**words),
            signer=signer,
            timestamper=stamper,
        )
    level = Level.STAMPED if missing else Level.LONG_TERM
    return Signed(bytes(signed.getbuffer()), level, stamper.last, missing)


def _words(reason: str) -> dict[str, Any]:
    return {
        "field_name": FIELD,
        "md_algorithm": "sha256",
        "subfilter": SigSeedSubFilter.PADES,
        "certify": True,
        "docmdp_permissions": MDPPerm.NO_CHANGES,
        "reason": reason,
    }


def _signer(seal: Seal) -> signers.SimpleSigner:
    own, *above = load_certs_from_pemder_data(seal.certificates)
    store = SimpleCertificateStore()  # type: ignore[no-untyped-call]
    store.register_multiple(above)
    return signers.SimpleSigner(
        signing_cert=own,
        signing_key=load_private_key_from_pemder_data(seal.key, passphrase=None),
        cert_registry=store,
    )


def _session() -> aiohttp.ClientSession:
    """Without a proxy, a cookie or a password file of the machine."""
    trusted = ssl.create_default_context()
    trusted.load_verify_locations(certifi.where())
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=trusted),
        timeout=aiohttp.ClientTimeout(total=SECONDS),
        cookie_jar=aiohttp.DummyCookieJar(),
    )


class _Stamper(TimeStamper):
    """Asks the one server, follows it nowhere else, and takes no stamp that doesn't hold."""

    def __init__(self, stamping: Stamping, session: aiohttp.ClientSession) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._stamping, self._session = stamping, session
        self.anchors = list(load_certs_from_pemder_data(stamping.anchors)) if stamping.anchors else []
        self.last: Stamp | None = None
        self.own: x509.Certificate = None

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        try:
            token = await super().async_timestamp(message_digest, md_algorithm)
            self.last = await self._checked(token, message_digest)
        except Exception as error:  # a server may answer with anything, which breaks its reader in any way
            raise NoStamp(type(error).__name__) from None
        return token

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        headers = set_tsp_headers({})
        if self._stamping.user:
            login = f"{self._stamping.user}:{self._stamping.password}".encode()
            headers["Authorization"] = f"Basic {base64.b64encode(login).decode()}"
        async with self._session.post(
            self._stamping.url, data=req.dump(), headers=headers, allow_redirects=False
        ) as answer:
            if answer.status != 200 or answer.content_type != "application/timestamp-reply":
                raise NoStamp("no stamp")
            content = b""
            async for part in answer.content.iter_chunked(8_192):
                content += part
                if len(content) > _LONGEST_STAMP:
                    raise NoStamp("too long")
        return tsp.TimeStampResp.load(content, strict=True)

    async def _checked(self, token: cms.ContentInfo, digest: bytes) -> Stamp:
        """The stamp, if it is over this digest, of a certificate for stamping, and one that we were told to trust."""
        data, store = token["content"], SimpleCertificateStore()  # type: ignore[no-untyped-call]
        [own] = extract_ts_certs(token, store)
        context = ValidationContext(trust_roots=self.anchors or [own], other_certs=list(store), allow_fetching=False)
        status = TimestampSignatureStatus(
            **await validate_tst_signed_data(data, context, expected_tst_imprint=lambda _algorithm: digest)
        )
        if not (status.intact and status.valid and status.trusted):
            raise NoStamp("unfit")
        if abs(status.timestamp - dt.datetime.now(dt.UTC)) > _FURTHEST_CLOCK:
            raise NoStamp("clock")
        self.own = own
        return _stamp(own, status.timestamp)


def _stamp(certificate: x509.Certificate, at: dt.datetime) -> Stamp:
    return Stamp(
        at=at,
        by=certificate.subject.human_friendly,
        fingerprint=certificate.sha256.hex(),
        certificate=pem.armor("CERTIFICATE", certificate.dump()),
    )


async def _with_revocation_data(
    signer: signers.SimpleSigner, stamper: _Stamper, session: aiohttp.ClientSession
) -> tuple[ValidationContext, str]:
    """Fetch what shows that neither certificate is revoked. Says whose couldn't be had, or nothing.

    A certificate that nobody else issued has none. The topmost certificate at hand is where a path may end: whom to
    trust is the reader's to say.
    """
    own, above = signer.signing_cert, list(signer.cert_registry)
    stampers = list(stamper.cert_registry)
    tops = {SIGNERS: _top(own, above), AUTHORITYS: stamper.anchors or _top(stamper.own, stampers)}
    context = ValidationContext(
        trust_roots=[row for rows in tops.values() for row in rows],
        other_certs=[*above, *stampers],
        allow_fetching=True,
        revocation_mode="require",
        fetchers=AIOHttpFetcherBackend(session, per_request_timeout=SECONDS, limits=_FETCHES).get_fetchers(),
    )
    for whose, leaf in ((SIGNERS, own), (AUTHORITYS, stamper.own)):
        if not tops[whose]:
            return context, whose
        try:
            await CertificateValidator(leaf, validation_context=context).async_validate_path()
        except RevokedError:
            raise (Revoked if whose == SIGNERS else NoStamp)("revoked") from None
        except Exception:  # whatever the net or an authority answers: it couldn't be had
            return context, whose
    return context, ""


def _top(leaf: x509.Certificate, others: Sequence[x509.Certificate]) -> list[x509.Certificate]:
    """The last issuer above it that is at hand; itself where it is its own; nothing where there is none."""
    top = leaf
    for _step in others:
        issuers = [row for row in others if row.subject == top.issuer]
        if not issuers or top.issuer == top.subject:
            break
        top = issuers[0]
    return [top] if top is not leaf or leaf.issuer == leaf.subject else []


def check(pdf: bytes, *, trusted: Sequence[bytes] = ()) -> Checked:
    """Check the one signature of a PDF: that it covers all of it, that nothing changed since, and its time stamp.

    `trusted` are certificates (PEM) to trust as they stand; whether an issuing authority is trusted isn't looked up,
    nor whether the one that stamped it can be: anybody can make a time stamp of their own.
    """
    try:
        return _checked(pdf, trusted)
    except Exception:  # a hostile file breaks the reader in any way; all of them mean the same
        return Checked(problem=UNREADABLE)


def _checked(pdf: bytes, trusted: Sequence[bytes]) -> Checked:
    found = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
    if len(found) != 1:
        return Checked(problem=SEVERAL if found else UNSIGNED)
    own, stamps = found[0].signer_cert, list(_stamps_of(found[0]))
    if len(stamps) > 1:
        return Checked(problem=SEVERAL)
    # As of its signing: a certificate that has run out since doesn't undo what it signed.
    context = ValidationContext(
        trust_roots=[own, *(row for pem in trusted for row in load_certs_from_pemder_data(pem))],
        allow_fetching=False,
        moment=found[0].self_reported_timestamp,
    )
    of_stamp = None
    if stamps:
        roots = list(load_certs_from_pemder_data(stamps[0].certificate))
        of_stamp = ValidationContext(trust_roots=roots, allow_fetching=False, moment=stamps[0].at)
    status = validate_pdf_signature(found[0], context, of_stamp)
    whole = (
        status.bottom_line
        and status.coverage == SignatureCoverageLevel.ENTIRE_FILE
        and _fills_its_gap(pdf, found[0].byte_range)
    )
    return Checked(
        signer=own.subject.human_friendly,
        fingerprint=own.sha256.hex(),
        signed_at=status.signer_reported_dt,
        stamp=stamps[0] if stamps else None,
        problem="" if whole else CHANGED,
    )


def _stamps_of(signature: EmbeddedPdfSignature) -> Iterator[Stamp]:
    for data in extract_tst_data_iter(signature.signer_info, signed=False):
        store = SimpleCertificateStore()  # type: ignore[no-untyped-call]
        [own] = extract_ts_certs({"content": data}, store)
        yield _stamp(own, data["encap_content_info"]["content"].parsed["gen_time"].native)


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
