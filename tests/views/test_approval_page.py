"""The approver's page: all that the decision rests on, the evidence beside it, and one request after the other."""

from __future__ import annotations

import re

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dsr.models import Approval, AuditEntry, Candidate, Case, Connection, User
from dsr.selectors.comparing import Fit, fit_of
from dsr.selectors.since import How, since_return
from dsr.services import approval, identity, matching, notes, preparation, review
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import PASSWORD, file_case, prepared, reviewed, save_review, work
from tests.many import make_many
from tests.views.conftest import SignIn


@pytest.fixture
def browser(approver: User, sign_in: SignIn) -> Client:
    return sign_in(approver)


@pytest.fixture
def three(officer: User, connection: Connection) -> list[Case]:
    return [prepared(file_case(officer, connection), officer) for _ in range(3)]


def page_of(browser: Client, case: Case, query: str = "") -> str:
    return browser.get(f"/cases/{case.reference}/approval/{query}").content.decode()


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def typed(case: Case, **changes: str) -> dict[str, str]:
    plan = case.current_plan
    assert plan
    return {"typed_ids": "1004", "password": PASSWORD, "fingerprint": plan.fingerprint, **changes}


def openings(case: Case) -> int:
    plan = case.current_plan
    assert plan
    return AuditEntry.objects.filter(verb="document_opened", facts__document=plan.evidence_id).count()


def sent_back(case: Case, approver: User, reason: str = "Does the invoice have to go?") -> Case:
    approval.send_back(case=case, actor=approver, reason=reason)
    return case


def prepared_again(case: Case, officer: User, **changes: review.Choice) -> Case:
    save_review(case, officer, **changes)
    preparation.request(case=case, actor=officer)
    work()
    case.refresh_from_db()
    return case


def test_it_shows_who_it_is_and_how_anybody_knows(browser: Client, waiting_case: Case) -> None:
    words = text_of(page_of(browser, waiting_case))

    for said in (
        "Signed letter that fits our records",
        "The request beside contact 1004",
        "Name Linda Dare Linda Dare Equal",
        "E-mail linda.dare@example.com linda.dare@example.com Equal",
        "Why it is the same person: name and order number fit Anna Officer,",
        "Ruled out",
        "2087",
        "different person, shared family address Anna Officer,",
        "(a) The data is no longer needed",
        "Anna Officer prepared it on",
    ):
        assert said in words, said


def test_the_evidence_stands_beside_it_and_its_opening_is_counted_once(browser: Client, waiting_case: Case) -> None:
    plan = waiting_case.plans.get()
    assert openings(waiting_case) == 0
    page = page_of(browser, waiting_case)
    assert openings(waiting_case) == 1, "noted before a picture is asked for"
    pictures = re.findall(r'src="(/cases/[^"]+\.png)"', page)

    assert plan.evidence
    assert len(pictures) == plan.evidence.pages
    assert browser.get(pictures[0]).content.startswith(b"\x89PNG")
    page_of(browser, waiting_case)
    browser.post(f"/cases/{waiting_case.reference}/approve/", typed(waiting_case, password="wrong"))
    assert openings(waiting_case) == 1
    assert "opened by you just now" in browser.get(f"/cases/{waiting_case.reference}/").content.decode()


def test_who_may_not_read_contents_gets_no_page_of_it(browser: Client, approver: User, waiting_case: Case) -> None:
    approver.groups.get().permissions.clear()

    page = page_of(browser, waiting_case)

    assert ".png" not in page
    assert "a right of its own, which you don" in page
    assert openings(waiting_case) == 0


@pytest.mark.parametrize(
    ("requested", "held", "fold_case", "fit"),
    [
        ("Linda Dare", "Linda Dare", True, Fit.EQUAL),
        ("linda  DARE", "Linda Dare", True, Fit.NEARLY),
        ("Lind\u0430 Dare", "Linda Dare", True, Fit.DIFFERENT),  # another alphabet's a
        ("A7", "a7", False, Fit.DIFFERENT),
        ("", "a7", False, Fit.MISSING),
        ("a7", "", False, Fit.MISSING),
    ],
)
def test_two_values_are_compared_as_identifiers_are(requested: str, held: str, fold_case: bool, fit: Fit) -> None:
    assert fit_of(requested, held, fold_case=fold_case) == fit


def test_what_differs_is_said_in_words(officer: User, connection: Connection, browser: Client) -> None:
    case = prepared(
        file_case(
            officer,
            connection,
            subject_name="Belinda Dare",
            emails=["linda.dare@example.com", "other@example.com"],
            external_ids=["1004"],
        ),
        officer,
    )

    words = text_of(page_of(browser, case))

    assert "Name Belinda Dare Linda Dare Different" in words
    assert "E-mail other@example.com linda.dare@example.com Different" in words
    assert "External id 1004 1004 Equal" in words


def test_a_request_that_never_came_back_has_nothing_to_compare(browser: Client, waiting_case: Case) -> None:
    plan = waiting_case.plans.get()

    assert since_return(waiting_case, plan) is None
    assert "What changed since" not in page_of(browser, waiting_case)


def test_what_changed_since_it_was_sent_back(
    browser: Client, officer: User, approver: User, waiting_case: Case
) -> None:
    sent_back(waiting_case, approver)
    notes.add(case=waiting_case, actor=officer, text="The tax office wants it.")
    identity.confirm(case=waiting_case, actor=officer, method="known_facts", note="knew the last order")
    keep = review.Choice(decision="keep", exemption="17(3)(b)", reason="tax records")
    prepared_again(waiting_case, officer, id_234115=keep)

    since = since_return(waiting_case, waiting_case.plans.get(number=2))
    assert since
    assert [(row.what, row.how) for row in since.changes] == [
        ("Invoice 234115 in Webshop (int9)", How.CHANGED),
        ("How the identity was confirmed", How.CHANGED),
    ]
    words = text_of(page_of(browser, waiting_case))
    for said in (
        "What changed since it was sent back",
        "Sent back by Bea Approver",
        "Does the invoice have to go?",
        "Anna Officer wrote on",
        "The tax office wants it.",
        "Delete Keep, on the exemption (b) A legal obligation, such as tax records tax records",
        "Knew facts that only they would know knew the last order",
    ):
        assert said in words, said


def test_that_nothing_changed_is_said_too(browser: Client, officer: User, approver: User, waiting_case: Case) -> None:
    prepared_again(sent_back(waiting_case, approver), officer)

    assert "Nothing of what is deleted or stays, and nothing that was decided" in page_of(browser, waiting_case)


def test_a_contact_decided_otherwise_and_its_new_lines(officer: User, approver: User, waiting_case: Case) -> None:
    sent_back(waiting_case, approver)
    matching.search_again(case=waiting_case, actor=officer)
    work()
    waiting_case.refresh_from_db()
    tom = Candidate.objects.get(case=waiting_case, contact_id="2087")
    matching.decide(case=waiting_case, actor=officer, candidate=tom, decision="same_person", reason="it is her too")
    review.open_review(case=waiting_case, actor=officer)
    prepared_again(waiting_case, officer)
    plan = waiting_case.current_plan
    assert plan

    since = since_return(waiting_case, plan)

    assert since
    assert [(row.what, row.how) for row in since.changes] == [
        ("Contact 2087 in Webshop (int9)", How.ADDED),
        ("Decision on contact 2087", How.CHANGED),
    ]
    assert [row.now.reason for row in since.changes] == ["", "it is her too"]


def test_a_contact_that_looks_otherwise_is_named_with_what_differs(
    officer: User, approver: User, waiting_case: Case, sandbox: Sandbox
) -> None:
    sent_back(waiting_case, approver)
    sandbox.rename_contact("1004", last_name="Dare-Smith")
    matching.search_again(case=waiting_case, actor=officer)
    prepared_again(reviewed(waiting_case, officer), officer)
    plan = waiting_case.current_plan
    assert plan

    since = since_return(waiting_case, plan)

    assert since
    assert [(row.what, row.before.words, row.now.words) for row in since.changes] == [
        ("Name of contact 1004", "Linda Dare", "Linda Dare-Smith")
    ]


def test_a_name_that_looks_like_a_day_of_no_calendar_is_shown_as_it_stands(
    officer: User, approver: User, waiting_case: Case, sandbox: Sandbox, browser: Client
) -> None:
    sent_back(waiting_case, approver)
    sandbox.rename_contact("1004", first_name="2021-02-30", last_name="10:00:00")
    matching.search_again(case=waiting_case, actor=officer)
    prepared_again(reviewed(waiting_case, officer), officer)

    answer = browser.get(f"/cases/{waiting_case.reference}/approval/")

    assert answer.status_code == 200
    assert "2021-02-30 10:00:00" in text_of(answer.content.decode())


def test_it_compares_with_the_last_plan_that_came_back_whatever_lies_between(
    officer: User, approver: User, waiting_case: Case
) -> None:
    keep = review.Choice(decision="keep", exemption="17(3)(b)", reason="tax records")
    prepared_again(sent_back(waiting_case, approver), officer, id_234115=keep)
    prepared_again(sent_back(waiting_case, approver, "and now?"), officer, id_234115=keep)
    plan = waiting_case.current_plan
    assert plan

    since = since_return(waiting_case, plan)

    assert since
    assert (since.returned.text, since.changes) == ("and now?", ())


def test_one_after_the_other(browser: Client, three: list[Case]) -> None:
    first, second, third = three
    start = browser.get("/cases/approvals/")
    assert start["Location"] == f"/cases/{first.reference}/approval/?row=1"
    page = page_of(browser, first, "?row=1")
    assert "1 of 3 that wait for you" in page
    assert f'href="/cases/{second.reference}/approval/?row=1"' in page

    answer = browser.post(f"/cases/{first.reference}/approve/?row=1", typed(first))
    following = browser.get(answer["Location"])
    assert following["Location"] == f"/cases/{second.reference}/approval/?row=1"
    page = page_of(browser, second, "?row=1")
    assert f"{first.reference} is approved" in page
    assert "1 of 2 that wait for you" in page

    answer = browser.post(f"/cases/{second.reference}/send-back/?row=1", {"reason": "whose invoice?"}, follow=True)
    assert answer.redirect_chain[-1][0] == f"/cases/{third.reference}/approval/?row=1"

    page = browser.post(f"/cases/{third.reference}/approve/?row=1", typed(third), follow=True).content.decode()
    assert "Nothing waits for your approval" in page
    assert [row.case for row in Approval.objects.order_by("pk")] == [first, third], "each by its own"


def test_what_was_passed_over_is_told_at_the_end(browser: Client, three: list[Case]) -> None:
    answer = browser.post(f"/cases/{three[2].reference}/approve/?row=1", typed(three[2]), follow=True)

    assert "2 requests that you passed over still wait" in text_of(answer.content.decode())


def test_one_that_somebody_else_decided_on_meanwhile_is_passed_over(
    browser: Client, approver: User, three: list[Case]
) -> None:
    fields = typed(three[1])
    sent_back(three[1], approver)

    for answer in (
        browser.get(f"/cases/{three[1].reference}/approval/?row=1", follow=True),
        browser.post(f"/cases/{three[1].reference}/approve/?row=1", fields, follow=True),
    ):
        assert answer.redirect_chain[-1][0] == f"/cases/{three[2].reference}/approval/?row=1"
        assert f"{three[1].reference} doesn&#x27;t wait for your approval any more" in answer.content.decode()
    assert not Approval.objects.exists()


def test_outside_a_row_it_leads_to_the_case(browser: Client, approver: User, waiting_case: Case) -> None:
    fields = typed(waiting_case)
    sent_back(waiting_case, approver)

    answer = browser.post(f"/cases/{waiting_case.reference}/approve/", fields)

    assert answer.status_code == 409
    assert "isn&#x27;t waiting for an approval any more" in answer.content.decode()
    assert browser.get(f"/cases/{waiting_case.reference}/approval/")["Location"] == f"/cases/{waiting_case.reference}/"


def test_whoever_had_a_hand_in_it_has_no_such_page(
    officer: User, approver: User, waiting_case: Case, sign_in: SignIn
) -> None:
    officer.groups.set([*officer.groups.all(), *approver.groups.all()])

    answer = sign_in(officer).get(f"/cases/{waiting_case.reference}/approval/")

    assert answer["Location"] == f"/cases/{waiting_case.reference}/"
    assert openings(waiting_case) == 0
    assert sign_in(officer).get("/cases/approvals/").status_code == 200, "nothing waits for them"


def test_the_ways_in(browser: Client, three: list[Case]) -> None:
    for address in ("/", "/admin/dsr/case/?state=waiting", "/admin/dsr/case/?state=approval"):
        assert 'href="/cases/approvals/"' in browser.get(address).content.decode(), address
    assert 'href="/cases/approvals/"' not in browser.get("/admin/dsr/case/?state=open").content.decode()


def test_however_many_wait_it_asks_as_often(
    browser: Client, second_officer: User, officer: User, connection: Connection
) -> None:
    case = prepared(file_case(officer, connection), officer)
    address = f"/cases/{case.reference}/approval/?row=1"

    def asked() -> int:
        counts = []
        for _ in range(3):
            with CaptureQueriesContext(database) as captured:
                assert browser.get(address).status_code == 200
            counts.append(len(captured))
        return min(counts)

    make_many(20, connection=connection, filed_by=second_officer)
    few = asked()
    make_many(400, connection=connection, filed_by=second_officer)

    assert asked() == few


def test_reviewing_opens_no_way_round_a_decision_of_each(officer: User, three: list[Case], browser: Client) -> None:
    """The fingerprint of one request approves no other."""
    fields = typed(three[0])

    answer = browser.post(f"/cases/{three[1].reference}/approve/?row=1", fields)

    assert answer.status_code == 409
    assert not Approval.objects.exists()


def test_a_new_request_in_review_is_none_of_it(officer: User, connection: Connection, browser: Client) -> None:
    reviewed(file_case(officer, connection), officer)

    assert "Nothing waits for your approval" in browser.get("/cases/approvals/").content.decode()
