"""Legal holds and proofs of identity on the case page: in plain words, and to each only what they can do."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from dsr.models import Case, Connection, Document, LegalHold, User
from tests.builders import file_case
from tests.views.conftest import SignIn


def address(case: Case, rest: str = "") -> str:
    return f"/cases/{case.reference}/{rest}"


@pytest.fixture
def browser(officer: User, sign_in: SignIn) -> Client:
    return sign_in(officer)


def read(browser: Client, case: Case) -> str:
    return browser.get(address(case)).content.decode()


def test_from_placing_to_lifting_on_the_page(
    browser: Client, approver: User, second_officer: User, auditor: User, waiting_case: Case, sign_in: SignIn
) -> None:
    assert "Place a legal hold…" in read(browser, waiting_case)
    page = browser.post(address(waiting_case, "hold/"), {"reason": "claim <b>7</b>"}, follow=True).content.decode()
    assert "A legal hold binds this person" in page
    assert "no deletion of theirs is approved or carried out" in page
    assert "claim &lt;b&gt;7&lt;/b&gt;" in page
    hold = LegalHold.objects.get()

    theirs = sign_in(approver).get(address(waiting_case, "approval/")).content.decode()
    assert "so nothing can be approved before it is lifted" in theirs
    assert address(waiting_case, "approve/") not in theirs
    assert address(waiting_case, f"hold/{hold.pk}/ask-to-lift/") not in theirs
    assert "A legal hold binds this person" in read(sign_in(auditor), waiting_case)

    ask = address(waiting_case, f"hold/{hold.pk}/ask-to-lift/")
    answer = browser.post(ask, {"reason": ""})
    assert answer.status_code == 422
    assert f'id="lift-{hold.pk}_reason_error"' in answer.content.decode()
    page = browser.post(ask, {"reason": "the claim was settled"}, follow=True).content.decode()
    assert "A second person has to grant it." in page
    assert address(waiting_case, f"hold/{hold.pk}/lift/") not in page, "not to whoever asked"
    assert browser.post(address(waiting_case, f"hold/{hold.pk}/lift/")).status_code == 409
    assert (
        "so a second person has to grant it"
        in browser.post(address(waiting_case, f"hold/{hold.pk}/lift/")).content.decode()
    )

    for second in (approver, second_officer):
        assert address(waiting_case, f"hold/{hold.pk}/lift/") in read(sign_in(second), waiting_case)
    assert read(sign_in(auditor), waiting_case).count("<form") == 1
    page = sign_in(approver).post(address(waiting_case, f"hold/{hold.pk}/lift/"), follow=True).content.decode()
    assert "The hold is lifted." in page
    assert "A legal hold binds this person" not in page
    for words in ("Legal hold placed", "Lifting of the legal hold asked for", "Legal hold lifted"):
        assert words in page
    assert address(waiting_case, "approval/") in page
    page = sign_in(approver).get(address(waiting_case, "approval/")).content.decode()
    assert address(waiting_case, "approve/") in page


def test_a_hold_of_another_case_is_told_with_the_way_there(
    browser: Client, officer: User, connection: Connection, waiting_case: Case
) -> None:
    other = file_case(officer, connection)
    browser.post(address(waiting_case, "hold/"), {"reason": "claim 7"})
    hold = LegalHold.objects.get()
    page = read(browser, other)
    assert "on another case about the same person" in page
    assert f'href="{address(waiting_case)}#hold"' in page
    assert address(other, f"hold/{hold.pk}/ask-to-lift/") not in page
    assert browser.post(address(other, f"hold/{hold.pk}/ask-to-lift/"), {"reason": "x"}).status_code == 404


def test_an_approval_under_a_hold_is_refused_with_a_sentence(
    browser: Client, approver: User, waiting_case: Case, sign_in: SignIn
) -> None:
    second = sign_in(approver)
    plan = waiting_case.current_plan
    assert plan
    browser.post(address(waiting_case, "hold/"), {"reason": "claim 7"})
    typed = {"typed_ids": "1004", "password": "a long password", "fingerprint": plan.fingerprint}
    answer = second.post(address(waiting_case, "approve/"), typed)
    assert answer.status_code in {409, 422}
    waiting_case.refresh_from_db()
    assert waiting_case.state == "awaiting_approval"


def test_a_proof_is_added_looked_at_and_gone_with_the_decision(browser: Client, matching_case: Case) -> None:
    page = read(browser, matching_case)
    assert "Add a proof that they sent…" in page
    upload = SimpleUploadedFile("linda's passport.txt", b"P<UTODARE<<LINDA", content_type="text/plain")
    page = browser.post(address(matching_case, "identity/proof/"), {"proof": upload}, follow=True).content.decode()
    assert "1 proof is kept until you decide" in page
    proof = Document.objects.get(kind="proof")
    shown = browser.get(address(matching_case, f"documents/{proof.pk}/"))
    assert "P&lt;UTODARE&lt;&lt;LINDA" in shown.content.decode()
    assert "passport" not in shown.content.decode()
    assert "download/" not in shown.content.decode()
    assert browser.get(address(matching_case, f"documents/{proof.pk}/download/")).status_code == 403

    page = browser.post(
        address(matching_case, "identity/confirm/"), {"method": "document", "note": ""}, follow=True
    ).content.decode()
    assert "destroyed once the identity was settled" in page
    assert "Proof of identity destroyed" in page
    assert browser.get(address(matching_case, f"documents/{proof.pk}/")).status_code == 410
    assert browser.get(address(matching_case, f"documents/{proof.pk}/pages/1.png")).status_code == 410


def test_a_file_that_is_no_proof_is_refused_beside_it(browser: Client, matching_case: Case) -> None:
    answer = browser.post(address(matching_case, "identity/proof/"), {"proof": SimpleUploadedFile("x.pdf", b"MZ\x00")})
    assert answer.status_code == 422
    assert 'id="proof_proof_error"' in answer.content.decode()
