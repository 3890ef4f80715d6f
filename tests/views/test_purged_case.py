"""Every page of a purged case works, for each role, and none shows anything of the person."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from dsr.models import Case, Connection, LetterKind, OutgoingLetter, Returned, User
from dsr.services import closing, retention
from dsr.services.letter_values import Said
from dsr.states import Kind
from dsr.uploads import Letter
from tests.builders import approve, file_case, prepared, record_processing, work
from tests.services.letter_cases import send
from tests.views.conftest import SignIn

OF_THE_PERSON = re.compile(r"linda|dare\b|\btom\b|@example\.com|shared family address|order number|called twice", re.I)
OK, GONE, NO = 200, 410, 403


def purge(case: Case) -> Case:
    Case.objects.filter(pk=case.pk).update(purge_on=timezone.localdate())
    assert retention.purge_due() == 1
    return Case.objects.get(pk=case.pk)


@pytest.fixture
def cases(officer: User, approver: User, administrator: User, connection: Connection) -> dict[str, Case]:
    """One of each end, and one that a ledger ordered while its backup still had it open."""
    letter = Letter(name="Linda.txt", content_type="text/plain", content=b"Erase me. Linda", pages=0)
    made = {
        "erased": prepared(file_case(officer, connection, note="called twice", letter=letter), officer),
        "handed over": prepared(file_case(officer, connection, kind=Kind.ACCESS), officer),
        "withdrawn": prepared(file_case(officer, connection), officer),
        "refused": file_case(officer, connection),
        "open": prepared(file_case(officer, connection), officer),
    }
    closing.hand_over(case=made["handed over"], actor=officer, how="Linda called twice for it")
    closing.withdraw(case=made["withdrawn"], actor=officer, reason="Linda called twice")
    work()
    made["refused"].refresh_from_db()
    closing.refuse(case=made["refused"], actor=officer, ground="excessive", reason="Linda called twice")
    retention.purge(case=made["open"], ordered_by_ledger=True)
    approve(made["erased"], approver)
    work()
    made["erased"].refresh_from_db()
    record_processing(connection, administrator)
    send(made["erased"], officer, LetterKind.COMPLETION)
    send(made["refused"], officer, LetterKind.REFUSAL, said=Said(reasons="Linda called twice"), channel="post")
    work()
    assert {row.status for row in OutgoingLetter.objects.all()} == {"sent", "to_post"}
    return {name: case if name == "open" else purge(case) for name, case in made.items()}


def test_each_page_of_a_purged_case_by_each_role(
    cases: dict[str, Case],
    officer: User,
    approver: User,
    auditor: User,
    administrator: User,
    sign_in: SignIn,
) -> None:
    for name, case in cases.items():
        documents = list(case.documents.all())
        pages = [f"/cases/{case.reference}/", f"/cases/{case.reference}/progress/"]
        pages += [f"/cases/{case.reference}/documents/{row.pk}/{end}" for row in documents for end in ("", "download/")]
        pages += [f"/cases/{case.reference}/documents/{row.pk}/pages/1.png" for row in documents]
        pages += [f"/cases/{case.reference}/letters/{end}" for end in ("", "new/refusal/", "new/completion/")]
        pages += [f"/cases/{case.reference}/documents/{row.pk}/entry/?name=manifest.json" for row in documents]
        for user in (officer, approver, auditor, administrator):
            browser = sign_in(user)
            for page in pages:
                answer = browser.get(page)
                where = (name, user.full_name, page, answer.status_code)
                assert answer.status_code in {200, 204, 403, 404, 409, 410}, where
                # The bytes of a picture come by chance, and may spell any name.
                if not answer.streaming and not answer["Content-Type"].startswith("image/"):
                    assert not OF_THE_PERSON.search(answer.content.decode(errors="replace")), where
            if user is administrator:
                continue
            front = browser.get(pages[0])
            assert front.status_code == OK
            assert "The contents of this case were destroyed" in front.content.decode()
            assert "Contents destroyed" in front.content.decode()


def test_lists_dashboard_and_audit_log_work_and_show_nobody(
    cases: dict[str, Case], officer: User, approver: User, auditor: User, administrator: User, sign_in: SignIn
) -> None:
    for user in (officer, approver, auditor, administrator):
        browser = sign_in(user)
        for page in ("/", "/admin/dsr/case/?state=any", "/admin/dsr/case/?state=open", "/admin/dsr/auditentry/"):
            answer = browser.get(page)
            assert answer.status_code in {OK, NO}, page
            assert not OF_THE_PERSON.search(answer.content.decode()), (user.full_name, page)
    everything = sign_in(officer).get("/admin/dsr/case/?state=any").content.decode()
    assert all(case.reference in everything for case in cases.values())
    still_open = sign_in(officer).get("/admin/dsr/case/?state=open").content.decode()
    assert not any(case.reference in still_open for case in cases.values())


def test_the_certificate_of_a_purged_case_is_read_and_downloaded(
    cases: dict[str, Case], officer: User, auditor: User, sign_in: SignIn
) -> None:
    case = cases["erased"]
    certificate = case.documents.get(kind="certificate")
    for user in (officer, auditor):
        browser = sign_in(user)
        page = browser.get(f"/cases/{case.reference}/").content.decode()
        assert "The certificate is still available" in page
        assert f"/cases/{case.reference}/documents/{certificate.pk}/download/" in page
        assert "234115" in page, "the plan's lines stay, with the vendor's ids"
        download = browser.get(f"/cases/{case.reference}/documents/{certificate.pk}/download/")
        assert b"".join(download).startswith(b"%PDF-")


def test_no_act_is_possible_on_a_purged_case(cases: dict[str, Case], officer: User, sign_in: SignIn) -> None:
    browser = sign_in(officer)
    acts = {
        "identity/confirm/": {"method": "reply", "note": ""},
        "search-again/": {},
        "review/open/": {},
        "prepare/": {},
        "withdraw/": {"reason": "x"},
        "resume/": {},
        "back-to-review/": {},
        "hold/": {"reason": "x"},
        "extend/": {"reason": "x"},
        "letters/new/acknowledgement/": {"body": "x"},
    }
    for name, case in cases.items():
        assert browser.get(f"/cases/{case.reference}/").content.decode().count("<form") == 1, name
        for target, typed in acts.items():
            answer = browser.post(f"/cases/{case.reference}/{target}", typed)
            assert answer.status_code == 409, (name, target)
    row = Returned.objects.create(case=cases["erased"], contact_id="5005", seen_at=timezone.now())
    target = reverse("dismiss_return", args=[row.case.reference, row.pk])
    assert browser.post(target, {"reason": "came back on purpose"}).status_code == 409


def test_a_closed_case_says_until_when_it_is_kept_and_why(
    officer: User, connection: Connection, sign_in: SignIn
) -> None:
    case = file_case(officer, connection)
    work()
    browser = sign_in(officer)
    assert "As long as the case is open" in browser.get(f"/cases/{case.reference}/").content.decode()
    case.refresh_from_db()
    closing.withdraw(case=case, actor=officer, reason="by phone")
    case.refresh_from_db()
    page = browser.get(f"/cases/{case.reference}/").content.decode()
    assert case.purge_on
    assert f"The contents are destroyed on {case.purge_on.day} {case.purge_on:%B %Y}" in page
    assert "Until then because the request was taken back" in page
