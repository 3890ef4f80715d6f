"""What signs is kept for good; a time-stamp server that is away holds documents up, and never lowers what they are."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings

from dsr import seal, storage
from dsr.evidence import signing
from dsr.evidence.records import Drawn
from dsr.exceptions import NeedsPerson, TryLater
from dsr.models import AuditEntry, Connection, Document, DocumentKind, SigningKey, UsedCertificate, User
from dsr.selectors import issued
from dsr.services import resumption, sealing
from segmetrics_client.sandbox.testing import Sandbox
from tests.authority import Authority, authority
from tests.builders import approve, file_case, prepared, work
from tests.commands.test_evidence import verify

pytestmark = pytest.mark.django_db

NOW = dt.datetime.now(dt.UTC)


@pytest.fixture(scope="module")
def _authority() -> Iterator[Authority]:
    with authority() as made:
        yield made


@pytest.fixture
def tsa(_authority: Authority, settings: Settings) -> Authority:
    _authority.answers, _authority.publishes = "well", True
    _authority.revoked.clear()
    settings.ENV = dataclasses.replace(settings.ENV, seal=_authority.seal, stamping=_authority.stamping)
    return _authority


@pytest.fixture
def paper() -> Drawn:
    from dsr.evidence.drawing import draw_certificate  # noqa: PLC0415
    from tests.evidence.cast import a_certificate  # noqa: PLC0415

    return draw_certificate(a_certificate())


def test_the_whole_path_with_stamps(
    sandbox: Sandbox,
    tsa: Authority,
    connection: Connection,
    officer: User,
    approver: User,
    tmp_path: Path,
    client: Client,
) -> None:
    case = prepared(file_case(officer, connection), officer)
    approve(case, approver)
    tsa.answers = "error"
    work()
    case.refresh_from_db()
    assert (case.state, case.attention) == ("needs_attention", "time_stamp"), "retried, then a person is asked"
    assert not case.documents.filter(kind=DocumentKind.CERTIFICATE).exists(), "nothing with less than was set"
    deletes = len(sandbox.deletes())

    tsa.answers, tsa.publishes = "well", False
    resumption.resume(case=case, actor=officer)
    work()
    case.refresh_from_db()
    assert (case.state, len(sandbox.deletes())) == ("completed", deletes)
    prepared_with, certified_with = (
        AuditEntry.objects.get(verb=verb).facts["signature"] for verb in ("finish_preparing", "certify")
    )
    assert prepared_with["level"] == "B-LT"
    assert (certified_with["level"], certified_with["no_revocation_data_of"]) == ("B-T", "signer")

    pdf = storage.read(case.documents.get(kind=DocumentKind.CERTIFICATE))
    code, said = verify(pdf, tmp_path)
    assert code == 0, said
    assert "sound A time stamp says" in said
    assert "Example Time" in said
    code, said = verify(pdf, tmp_path, "--offline", "--signer", tsa.seal.fingerprint)
    assert code == 0, said
    assert "not checked A time stamp says" in said

    def answer() -> str:
        return client.post("/verify/", {"file": SimpleUploadedFile("x.pdf", pdf)}).content.decode()

    assert "Issued here, and unchanged" in answer()
    Document.objects.filter(kind=DocumentKind.CERTIFICATE).update(sha256="0" * 64)
    assert "Signed here, and unchanged" in answer()


def test_a_stamp_of_an_authority_that_never_stamped_here_is_told_as_that(
    tsa: Authority, paper: Drawn, tmp_path: Path
) -> None:
    """Whoever has a document of ours can put a stamp of their own in, with any time and name."""
    pdf = signing.sign_and_stamp(paper.pdf, seal=tsa.seal, reason="x", stamping=tsa.stamping).pdf
    said = verify(pdf, tmp_path)[1]
    assert "not checked A time stamp says" in said
    assert "Whether that authority is to be trusted can't be known here" in said


def test_a_former_certificate_is_still_known(
    paper: Drawn, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    former, later = (seal.make("Acme Ltd", now=NOW) for _ in range(2))
    settings.ENV = dataclasses.replace(settings.ENV, seal=former)
    pdf = sealing.sealed(paper, about="x").pdf

    settings.ENV = dataclasses.replace(settings.ENV, seal=later)
    sealing.sealed(paper, about="x")

    assert issued.by_file(pdf).verdict == issued.Verdict.SIGNED
    assert issued.fingerprints() == {former.fingerprint, later.fingerprint}
    call_command("evidence", "signer")
    said = capsys.readouterr().out
    assert former.fingerprint in said
    assert later.fingerprint in said
    settings.ENV = dataclasses.replace(settings.ENV, seal=None)
    SigningKey.open()
    assert len(issued.own()) == 3
    assert issued.own()[0].first_used is None, "one that has signed nothing yet stands on top"


def test_each_is_kept_once_with_its_days(paper: Drawn, settings: Settings) -> None:
    used = seal.make("Acme Ltd", now=NOW)
    settings.ENV = dataclasses.replace(settings.ENV, seal=used)
    first = sealing.sealed(paper, about="x")
    second = sealing.sealed(paper, about="x")
    row = UsedCertificate.objects.get()
    assert (row.use, row.fingerprint) == ("signing", used.fingerprint)
    assert row.first_used < row.last_used
    assert first.signature == second.signature == {"level": "B-B"}
    assert first.sha256 == hashlib.sha256(first.pdf).hexdigest()


def test_no_document_is_signed_whose_certificate_could_not_be_kept(
    paper: Drawn, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("no room")

    signed: list[bytes] = []
    monkeypatch.setattr("dsr.models.UsedCertificate.keep", fails)
    monkeypatch.setattr("dsr.evidence.signing.sign", lambda pdf, **_: signed.append(pdf))
    with pytest.raises(RuntimeError):
        sealing.sealed(paper, about="x")
    assert signed == []


def test_a_server_that_is_away_is_asked_again_later(tsa: Authority, paper: Drawn) -> None:
    tsa.answers = "refuses"
    with pytest.raises(TryLater) as later:
        sealing.sealed(paper, about="x")
    assert later.value.code == "time_stamp"


def test_a_revoked_certificate_is_a_persons_question(tsa: Authority, paper: Drawn) -> None:
    tsa.revoked.append(tsa.seal.own_certificate.serial_number)
    with pytest.raises(NeedsPerson) as question:
        sealing.sealed(paper, about="x")
    assert question.value.code == "certificate_ended"
