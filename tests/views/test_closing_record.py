"""The record of a closed case on its page: being drawn, failed with a way on, or there to be read and taken away."""

from __future__ import annotations

from typing import Any

import pytest

from dsr.exceptions import NeedsPerson
from dsr.models import Case, Connection, User
from dsr.services import closing, retention
from dsr.states import Kind
from tests.builders import file_case, prepared, reviewed, work
from tests.path.driving import draw_nothing
from tests.views.conftest import SignIn

pytestmark = pytest.mark.django_db


@pytest.fixture
def refused(connection: Connection, officer: User, monkeypatch: pytest.MonkeyPatch) -> Case:
    draw_nothing(monkeypatch)
    case = reviewed(file_case(officer, connection), officer)
    closing.refuse(case=case, actor=officer, ground="excessive", reason="the third time")
    return case


def test_from_being_drawn_to_being_read(
    refused: Case, officer: User, auditor: User, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = f"/cases/{refused.reference}/"
    assert "The worker is drawing the record" in sign_in(officer).get(page).content.decode()

    def fail(*_: Any, **__: Any) -> None:
        raise NeedsPerson("time_stamp")

    with monkeypatch.context() as broken:
        broken.setattr("dsr.services.closing_records.sealed", fail)
        work()
    shown = sign_in(officer).get(page).content.decode()
    assert "could not be drawn. The case is closed all the same" in shown
    assert "DSR_TIMESTAMP_URL" in shown
    assert f"{page}closing-record/" in shown
    assert f"{page}closing-record/" not in sign_in(auditor).get(page).content.decode()

    assert sign_in(officer).post(f"{page}closing-record/").status_code == 302
    work()
    document = refused.documents.get(kind="refusal")
    shown = sign_in(officer).get(page).content.decode()
    assert f"{page}documents/{document.pk}/download/" in shown
    assert sign_in(officer).post(f"{page}closing-record/").status_code == 409


def test_what_holds_no_personal_data_is_on_the_page_after_the_purge_too(
    connection: Connection, officer: User, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw_nothing(monkeypatch)
    case = reviewed(file_case(officer, connection), officer, same=())
    closing.nothing_found(case=case, actor=officer)
    work()
    retention.purge(case=case, ordered_by_ledger=True)
    document = case.documents.get(kind="nothing_found")

    shown = sign_in(officer).get(f"/cases/{case.reference}/").content.decode()

    assert "The record of the search is still available" in shown
    assert f"documents/{document.pk}/download/" in shown
    assert sign_in(officer).get(f"/cases/{case.reference}/documents/{document.pk}/download/").status_code == 200


@pytest.mark.parametrize("kind", [Kind.ACCESS, Kind.PORTABILITY])
def test_the_certificate_of_a_hand_over_is_on_the_page_before_and_after_the_purge(
    connection: Connection,
    officer: User,
    auditor: User,
    sign_in: SignIn,
    monkeypatch: pytest.MonkeyPatch,
    kind: Kind,
) -> None:
    draw_nothing(monkeypatch)
    case = prepared(file_case(officer, connection, kind=kind), officer)
    page = f"/cases/{case.reference}/"
    assert "made once the package is handed over" in sign_in(officer).get(page).content.decode()
    closing.hand_over(case=case, actor=officer, how="by post")
    assert "The worker is drawing the record" in sign_in(officer).get(page).content.decode()
    work()
    document = case.documents.get(kind="certificate")

    for words in ("The certificate says what it held", "The certificate is still available"):
        for user in (officer, auditor):
            browser = sign_in(user)
            shown = browser.get(page).content.decode()
            assert words in shown
            assert "The record of the search" not in shown
            assert shown.count("Download the certificate") == 1
            assert browser.get(f"{page}documents/{document.pk}/download/").status_code == 200
        retention.purge(case=case, ordered_by_ledger=True)
