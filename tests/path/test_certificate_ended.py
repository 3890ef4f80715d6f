"""The organisation's signing certificate ends while cases are under way: only the signing waits for a new one."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from pytest_django import Settings

from dsr import seal
from dsr.evidence.records import Drawn
from dsr.models import AuditEntry, Case, Connection, User
from dsr.services import resumption
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import approve, file_case, prepared, work
from tests.path.driving import certificates

pytestmark = pytest.mark.django_db

NOW = dt.datetime.now(dt.UTC)
ENDED = seal.make("Acme Ltd", now=NOW - dt.timedelta(days=3651))
RENEWED = seal.make("Acme Ltd", now=NOW)
PAPER = Drawn(pdf=b"%PDF-1.7 a paper that nobody drew", pages=1, sha256="0" * 64)


@pytest.fixture(autouse=True)
def _drawn_quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dsr.services.preparation.draw_evidence", lambda _, **__: PAPER)
    monkeypatch.setattr("dsr.services.certificates.draw_certificate", lambda _, **__: PAPER)
    monkeypatch.setattr("dsr.evidence.signing.sign", lambda pdf, **_: pdf)


def with_seal(settings: Settings, used: seal.Seal) -> None:
    settings.ENV = dataclasses.replace(settings.ENV, seal=used)


def waits(case: Case) -> bool:
    case.refresh_from_db()
    return (case.state, case.attention) == ("needs_attention", "certificate_ended")


def test_before_the_evidence(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User, settings: Settings
) -> None:
    with_seal(settings, ENDED)
    case = prepared(file_case(officer, connection), officer)
    assert waits(case)
    assert not case.documents.exists(), "nothing half-made is kept"

    with_seal(settings, RENEWED)
    resumption.resume(case=case, actor=officer)
    work()

    case.refresh_from_db()
    assert case.state == "awaiting_approval"


def test_before_the_certificate(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User, settings: Settings
) -> None:
    with_seal(settings, RENEWED)
    case = prepared(file_case(officer, connection), officer)
    approve(case, approver)
    with_seal(settings, ENDED)
    work()
    assert waits(case)
    deleted = len(sandbox.deletes())
    assert deleted == 3

    with_seal(settings, RENEWED)
    resumption.resume(case=case, actor=officer)
    work()

    case.refresh_from_db()
    assert (case.state, case.outcome, certificates(case)) == ("completed", "erased", 1)
    signed_by = [
        entry.facts["signed_by"] for entry in AuditEntry.objects.filter(verb__in=["finish_preparing", "certify"])
    ]
    assert signed_by == [RENEWED.fingerprint] * 2, "another certificate is seen in the audit log"
    assert len(sandbox.deletes()) == deleted, "nothing is deleted twice"
