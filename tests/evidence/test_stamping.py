"""Time stamps over real HTTP: others find them valid, each wrong answer is refused, and no level is claimed in vain."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from asn1crypto import cms  # type: ignore[import-untyped]

from dsr import seal, stamping
from dsr.evidence import signing
from dsr.evidence.drawing import draw_certificate
from dsr.evidence.signing import CHANGED, SOUND, Level, NoStamp, Revoked, Signed, check, claim_of, sign_and_stamp
from dsr.stamping import Stamping
from tests.authority import PEM, WRONG_ANSWERS, Authority, authority
from tests.evidence.cast import a_certificate
from tests.evidence.test_signing import in_parts, openssl

OWN = seal.make("Example Ltd", now=dt.datetime.now(dt.UTC))


@pytest.fixture(scope="module")
def _authority() -> Iterator[Authority]:
    with authority() as made:
        yield made


@pytest.fixture
def tsa(_authority: Authority) -> Authority:
    _authority.answers, _authority.publishes = "well", True
    _authority.revoked.clear()
    _authority.asked.clear()
    return _authority


@pytest.fixture(scope="module")
def drawn() -> bytes:
    return draw_certificate(a_certificate()).pdf


@pytest.fixture(scope="module")
def signed(drawn: bytes, _authority: Authority) -> Signed:
    _authority.answers, _authority.publishes = "well", True
    _authority.revoked.clear()
    return sign_and_stamp(drawn, seal=_authority.seal, reason="x", stamping=_authority.stamping)


def stamp(drawn: bytes, tsa: Authority, *, by: seal.Seal = OWN, at: Stamping | None = None) -> Signed:
    return sign_and_stamp(drawn, seal=by, reason="x", stamping=at or tsa.stamping)


def test_it_says_when_and_whose(signed: Signed, tsa: Authority) -> None:
    found = check(signed.pdf)
    assert found.is_sound
    assert found.fingerprint == tsa.seal.fingerprint
    assert found.stamp
    assert found.stamp == signed.stamp
    assert "Example Time" in found.stamp.by
    assert abs(found.stamp.at - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=30)


def test_with_revocation_data_for_both_it_is_for_the_long_term(signed: Signed, tsa: Authority) -> None:
    """In the revision that is signed: the signature covers every byte of the file, and nothing came after it."""
    assert (signed.level, signed.missing) == (Level.LONG_TERM, "")
    assert b"/DSS" in signed.pdf
    assert b"/CRLs" in signed.pdf
    assert signed.pdf.count(b"%%EOF") == 2, "the drawing, and the signature with all that belongs to it"
    assert claim_of(signed.pdf, ours=[tsa.seal.certificates]) == SOUND


def test_a_key_of_our_own_making_has_nobody_who_could_revoke_it(drawn: bytes, tsa: Authority) -> None:
    made = stamp(drawn, tsa)
    assert made.level == Level.LONG_TERM
    assert check(made.pdf).is_sound


@pytest.mark.parametrize("by", ["own", "issued"])
def test_without_revocation_data_it_is_stamped_and_says_why_not_more(drawn: bytes, tsa: Authority, by: str) -> None:
    tsa.publishes = False
    made = stamp(drawn, tsa, by=OWN if by == "own" else tsa.seal)
    assert made.level == Level.STAMPED
    assert made.missing == ("time_stamp" if by == "own" else "signer")
    assert b"/DSS" not in made.pdf
    found = check(made.pdf)
    assert found.is_sound
    assert found.stamp


def test_a_certificate_without_its_issuer_is_not_taken_for_its_own(drawn: bytes, tsa: Authority) -> None:
    alone = seal.Seal(key=tsa.seal.key, certificates=tsa.seal.own_certificate.public_bytes(PEM))
    made = stamp(drawn, tsa, by=alone)
    assert (made.level, made.missing) == (Level.STAMPED, "signer")


def test_a_revoked_certificate_signs_nothing(drawn: bytes, tsa: Authority) -> None:
    tsa.revoked.append(tsa.seal.own_certificate.serial_number)
    with pytest.raises(Revoked):
        stamp(drawn, tsa, by=tsa.seal)


@pytest.mark.parametrize("answers", WRONG_ANSWERS)
def test_a_wrong_answer_is_no_stamp(
    drawn: bytes, tsa: Authority, answers: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if answers == "slow":
        monkeypatch.setattr(signing, "SECONDS", 1)
    tsa.answers = answers
    with pytest.raises(NoStamp) as error:
        stamp(drawn, tsa)
    assert len(tsa.asked) == 1, "once, and nowhere else"
    assert answers != "endless" or str(error.value) == "NoStamp", "it is cut off, and not read to its end"


def test_a_server_that_is_down_is_no_stamp(drawn: bytes) -> None:
    with authority() as gone:
        pass
    with pytest.raises(NoStamp):
        stamp(drawn, gone)


def test_stamps_of_somebody_else_are_refused(drawn: bytes, tsa: Authority) -> None:
    """Whoever stands on the way to the server can answer with a time-stamp authority of their own."""
    with authority() as other:
        with pytest.raises(NoStamp):
            stamp(drawn, tsa, at=Stamping(url=f"{other.address}/tsr", anchors=tsa.stamping.anchors))
        assert stamp(drawn, tsa, at=Stamping(url=f"{other.address}/tsr")).stamp, "where none are named, any will do"


def test_user_and_password_go_to_the_server_alone(drawn: bytes, tsa: Authority) -> None:
    address = tsa.address.replace("://", "://anna:s%C3%A9same%3A@") + "/tsr"
    told = stamping.load(address, tsa.stamping.anchors)
    assert "same" not in repr(told)
    stamp(drawn, tsa, at=told)
    assert set(tsa.asked) == {"Basic YW5uYTpzw6lzYW1lOg=="}


def test_a_stamp_that_was_put_in_later_over_something_else_is_found(drawn: bytes, tsa: Authority) -> None:
    """Stamps are not part of what is signed: one that is cut out of another document must not pass."""
    one, two = stamp(drawn, tsa).pdf, stamp(drawn, tsa).pdf
    mine, other = (cms.ContentInfo.load(in_parts(pdf)[1]) for pdf in (one, two))
    mine["content"]["signer_infos"][0]["unsigned_attrs"] = other["content"]["signer_infos"][0]["unsigned_attrs"]
    start = one.index(b"/Contents <") + len(b"/Contents <")
    end = one.index(b">", start)
    forged = one[:start] + mine.dump(force=True).hex().upper().ljust(end - start, "0").encode() + one[end:]

    assert check(one).is_sound
    assert check(forged).problem == CHANGED


def stamp_in(pdf: bytes) -> bytes:
    [signer] = cms.ContentInfo.load(in_parts(pdf)[1])["content"]["signer_infos"]
    return bytes(signer["unsigned_attrs"][0]["values"][0].dump())


@pytest.mark.skipif(not shutil.which("pdfsig"), reason="needs pdfsig, of Debian's poppler-utils")
def test_poppler_agrees(signed: Signed, tmp_path: Path) -> None:
    (tmp_path / "signed.pdf").write_bytes(signed.pdf)
    said = subprocess.run(["pdfsig", tmp_path / "signed.pdf"], capture_output=True, text=True, check=False).stdout
    assert "Signature is Valid" in said
    assert "Total document signed" in said


@pytest.mark.skipif(not shutil.which("qpdf"), reason="needs Debian's qpdf")
def test_qpdf_finds_nothing_wrong(signed: Signed, tmp_path: Path) -> None:
    (tmp_path / "signed.pdf").write_bytes(signed.pdf)
    subprocess.run(["qpdf", "--check", tmp_path / "signed.pdf"], check=True, capture_output=True)


@pytest.mark.skipif(not shutil.which("openssl"), reason="needs OpenSSL's command")
def test_openssl_agrees_on_signature_and_stamp(signed: Signed, tsa: Authority, tmp_path: Path) -> None:
    covered, signature = in_parts(signed.pdf)
    done = openssl(covered, signature, tsa.root.public_bytes(PEM), tmp_path)
    assert done.returncode == 0, done.stderr

    [signer] = cms.ContentInfo.load(signature)["content"]["signer_infos"]
    (tmp_path / "stamp.der").write_bytes(stamp_in(signed.pdf))
    (tmp_path / "over").write_bytes(signer["signature"].native)
    (tmp_path / "root.pem").write_bytes(tsa.root.public_bytes(PEM))
    words = ["-in", "stamp.der", "-token_in", "-data", "over", "-CAfile", "root.pem"]
    command = ["openssl", "ts", "-verify", *words]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    assert "Verification: OK" in said.stdout + said.stderr
