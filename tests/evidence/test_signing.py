"""Signatures: others find them valid too, and a change of any byte is found."""

from __future__ import annotations

import datetime as dt
import json
import random
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from dsr import seal
from dsr.evidence.drawing import draw_certificate, draw_evidence
from dsr.evidence.signing import CHANGED, SOUND, UNREADABLE, UNSIGNED, check, claim_of, sign
from tests.evidence.cast import a_certificate, an_evidence
from tests.evidence.reading import attachments_of

SEAL = seal.make("Example Ltd", now=dt.datetime.now(dt.UTC))


@pytest.fixture(scope="module")
def drawn() -> bytes:
    return draw_certificate(a_certificate()).pdf


@pytest.fixture(scope="module")
def signed(drawn: bytes) -> bytes:
    return sign(drawn, seal=SEAL, reason="Certificate DSR-2026-0001")


def test_a_signed_document_says_who_signed_it_and_when(signed: bytes) -> None:
    found = check(signed)
    assert found.is_sound
    assert found.fingerprint == SEAL.fingerprint
    assert "Example Ltd" in found.signer
    assert found.signed_at
    assert abs(found.signed_at - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=30)


def test_one_changed_byte_is_found(signed: bytes) -> None:
    """Of all that the signature covers. Its envelope holds a few bytes that mean nothing; the digest covers them."""
    gap = signed.index(b"/Contents <") + len(b"/Contents "), signed.index(b">", signed.index(b"/Contents <"))
    chance = random.Random(4711)
    covered = [at for at in range(len(signed)) if not gap[0] < at < gap[1]]
    for at in chance.sample(covered, 150):
        changed = bytearray(signed)
        changed[at] ^= 1 << chance.randrange(8)
        assert not check(bytes(changed)).is_sound, at


def test_nothing_hides_in_the_place_of_the_signature(signed: bytes) -> None:
    end = signed.index(b"00000000>")
    assert check(signed[:end] + b"41414141>" + signed[end + 9 :]).problem == CHANGED


@pytest.mark.parametrize("tail", [b" ", b"\n%%EOF\n"])
def test_nor_can_anything_be_added(signed: bytes, tail: bytes) -> None:
    assert not check(signed + tail).is_sound


def test_a_second_signature_over_a_changed_document_does_not_pass(signed: bytes) -> None:
    other = seal.make("Forger", now=dt.datetime.now(dt.UTC))
    with pytest.raises(Exception, match=r".+"):
        sign(signed, seal=other, reason="again")


def test_what_is_none_is_told(drawn: bytes) -> None:
    assert check(drawn).problem == UNSIGNED
    for content in (b"", b"%PDF-1.7", b"\xff" * 2_000, drawn[:5_000]):
        assert check(content).problem in {UNREADABLE, UNSIGNED}


def test_the_record_is_attached_whole() -> None:
    for pdf, schema in (
        (draw_certificate(a_certificate()).pdf, "dsr-desk/certificate/1"),
        (draw_evidence(an_evidence()).pdf, "dsr-desk/evidence/1"),
    ):
        record = json.loads(attachments_of(sign(pdf, seal=SEAL, reason="x"))["record.json"])
        assert record["schema"] == schema
        assert record["reference"] == a_certificate().reference


@pytest.mark.skipif(not shutil.which("pdfsig"), reason="needs pdfsig, of Debian's poppler-utils")
def test_poppler_agrees(signed: bytes, tmp_path: Path) -> None:
    (tmp_path / "signed.pdf").write_bytes(signed)
    said = subprocess.run(["pdfsig", tmp_path / "signed.pdf"], capture_output=True, text=True, check=False).stdout
    assert "Signature is Valid" in said
    assert "Total document signed" in said
    assert "ETSI.CAdES.detached" in said


@pytest.mark.skipif(not shutil.which("qpdf"), reason="needs Debian's qpdf")
def test_qpdf_finds_nothing_wrong(signed: bytes, tmp_path: Path) -> None:
    (tmp_path / "signed.pdf").write_bytes(signed)
    subprocess.run(["qpdf", "--check", tmp_path / "signed.pdf"], check=True, capture_output=True)


def in_parts(signed: bytes) -> tuple[bytes, bytes]:
    """By the PDF standard alone: the bytes that are signed, and the CMS over them (DER, without its padding)."""
    found = re.search(rb"/ByteRange \[(\d+) (\d+) (\d+) (\d+)", signed)
    assert found
    start, length, after, rest = (int(part) for part in found.groups())
    assert (start, after + rest) == (0, len(signed))
    padded = bytes.fromhex(signed[length + 1 : after - 1].decode())
    assert padded[:2] == b"\x30\x82", "a DER sequence with a length of two bytes"
    return signed[:length] + signed[after:], padded[: 4 + int.from_bytes(padded[2:4])]


def openssl(covered: bytes, signature: bytes, trusted: bytes, place: Path) -> subprocess.CompletedProcess[str]:
    """Ask OpenSSL's own command whether this is a signature over these bytes by this certificate."""
    names = {"covered": covered, "signature.der": signature, "trusted.pem": trusted}
    for name, content in names.items():
        (place / name).write_bytes(content)
    words = ["-inform", "DER", "-in", "signature.der", "-content", "covered", "-CAfile", "trusted.pem"]
    command = ["openssl", "cms", "-verify", "-binary", *words, "-purpose", "any", "-partial_chain", "-out", "out"]
    return subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)


@pytest.mark.skipif(not shutil.which("openssl"), reason="needs OpenSSL's command")
def test_openssl_agrees(signed: bytes, tmp_path: Path) -> None:
    covered, signature = in_parts(signed)

    done = openssl(covered, signature, SEAL.certificates, tmp_path)

    assert done.returncode == 0, done.stderr
    assert "CMS Verification successful" in done.stderr
    assert (tmp_path / "out").read_bytes() == covered


@pytest.mark.skipif(not shutil.which("openssl"), reason="needs OpenSSL's command")
def test_openssl_finds_a_changed_byte_and_another_signer(signed: bytes, tmp_path: Path) -> None:
    covered, signature = in_parts(signed)
    changed = covered[:99] + bytes([covered[99] ^ 1]) + covered[100:]
    other = seal.make("Example Ltd", now=dt.datetime.now(dt.UTC))

    assert openssl(changed, signature, SEAL.certificates, tmp_path).returncode != 0
    assert openssl(covered, signature, other.certificates, tmp_path).returncode != 0


def test_the_bytes_alone_say_the_same_as_the_whole_reader(signed: bytes, drawn: bytes) -> None:
    """What the public page relies on, which reads no structure of a stranger's file."""
    ours, other = [SEAL.certificates], [seal.make("Example Ltd", now=dt.datetime.now(dt.UTC)).certificates]
    assert claim_of(signed, ours=ours) == claim_of(signed, ours=other + ours) == SOUND
    assert claim_of(signed, ours=other) == claim_of(signed, ours=[]) == claim_of(drawn, ours=ours) == ""
    gap = signed.index(b"/Contents <") + len(b"/Contents "), signed.index(b">", signed.index(b"/Contents <"))
    chance = random.Random(4711)
    covered = [at for at in range(len(signed)) if not gap[0] < at < gap[1]]
    for at in chance.sample(covered, 300):
        changed = bytearray(signed)
        changed[at] ^= 1 << chance.randrange(8)
        assert claim_of(bytes(changed), ours=ours) == CHANGED, at
    end = signed.index(b"00000000>")
    for more in (signed + b" ", signed + signed, signed[:end] + b"41414141>" + signed[end + 9 :]):
        assert claim_of(more, ours=ours) == CHANGED
