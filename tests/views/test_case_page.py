"""The case page: the one next act, for whom it is there, and what is said when it can't be done."""

from __future__ import annotations

import datetime as dt
import re

import pytest
import time_machine
from django.test import Client

from dsr.models import Candidate, Case, Connection, User
from dsr.services import identity
from dsr.states import Kind
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import approve, decide_all, file_case, give_key, prepared, processing_record, reviewed, work
from tests.services.test_proofs import PASSPORT
from tests.views.conftest import SignIn


@pytest.fixture
def browser(officer: User, sign_in: SignIn) -> Client:
    return sign_in(officer)


def address(case: Case, rest: str = "") -> str:
    return f"/cases/{case.reference}/{rest}"


def test_nothing_is_chosen_for_the_officer(browser: Client, matching_case: Case) -> None:
    page = browser.get(address(matching_case)).content.decode()

    assert page.count('type="radio"') == 4
    assert " checked" not in page.replace("was checked", "")
    assert "disabled>Go on to the review" in page


def test_two_people_with_one_address_can_be_told_apart(browser: Client, matching_case: Case) -> None:
    page = browser.get(address(matching_case)).content.decode()

    for words in ("Linda Dare", "1004", "Tom Dare", "2087", "VIP", "1 order"):
        assert words in page


def test_a_decision_without_a_reason_is_refused_beside_it_and_stays_as_typed(
    browser: Client, matching_case: Case
) -> None:
    linda = Candidate.objects.get(contact_id="1004")

    answer = browser.post(address(matching_case, f"contacts/{linda.pk}/decide/"), {"decision": "same_person"})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert f'id="decide-{linda.pk}_reason_error"' in page
    assert page.count(" checked>") == 1
    linda.refresh_from_db()
    assert linda.decision == ""


def test_another_case_s_contact_cannot_be_decided_on_here(
    browser: Client, matching_case: Case, officer: User, connection: Connection
) -> None:
    other = file_case(officer, connection)
    linda = Candidate.objects.get(case=matching_case, contact_id="1004")

    answer = browser.post(address(other, f"contacts/{linda.pk}/decide/"), {"decision": "same_person", "reason": "x"})

    assert answer.status_code == 404


def test_going_on_too_early_says_what_is_missing(browser: Client, matching_case: Case) -> None:
    answer = browser.post(address(matching_case, "review/open/"))

    assert answer.status_code == 409
    assert "Record first how the identity was confirmed" in answer.content.decode()


def test_an_act_from_an_old_page_is_refused_with_a_sentence(
    browser: Client, officer: User, matching_case: Case
) -> None:
    identity.confirm(case=matching_case, actor=officer, method="account")

    answer = browser.post(address(matching_case, "identity/ask/"))

    assert answer.status_code == 409
    assert "Look at the case again" in answer.content.decode()


def test_a_line_that_stays_needs_its_exemption_beside_it(browser: Client, officer: User, matching_case: Case) -> None:
    reviewed(matching_case, officer)
    plan = matching_case.current_plan
    assert plan
    invoice = plan.lines.get(object="invoice")
    typed = {f"decision-{line.pk}": "delete" for line in plan.lines.all()}
    typed |= {"ground": "17(1)(a)", f"decision-{invoice.pk}": "keep", f"reason-{invoice.pk}": "tax records"}

    answer = browser.post(address(matching_case, "review/save/"), {**typed, "then": "prepare"})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert f'id="id_decision-{invoice.pk}_error"' in page
    assert 'value="tax records"' in page
    matching_case.refresh_from_db()
    assert matching_case.state == "review"


def test_the_review_needs_its_ground(browser: Client, officer: User, matching_case: Case) -> None:
    reviewed(matching_case, officer)

    page = browser.post(address(matching_case, "review/save/"), {"then": "prepare"}).content.decode()

    assert 'id="id_ground_error"' in page


def test_filling_in_saves_nothing(browser: Client, officer: User, connection: Connection) -> None:
    connection.integrations.create(integration_id="int12", label="Courses")
    case = reviewed(file_case(officer, connection), officer)
    plan = case.current_plan
    assert plan

    page = browser.post(address(case, "review/save/"), {"then": "delete-all-of:int9"}).content.decode()

    assert page.count('<option value="delete" selected>') == plan.lines.filter(integration_id="int9").count()
    assert not plan.lines.exclude(decision="").exists()


def test_while_the_worker_works_the_page_asks_again_and_works_without_javascript(
    browser: Client, officer: User, connection: Connection
) -> None:
    case = file_case(officer, connection)

    page = browser.get(address(case)).content.decode()

    assert f'hx-get="{address(case, "progress/")}?state=received' in page
    assert f'<a href="{address(case)}">Load it again</a>' in page


def test_polling_backs_off_and_ends_when_the_worker_is_through(
    browser: Client, officer: User, connection: Connection
) -> None:
    case = file_case(officer, connection)
    first, later = (
        browser.get(address(case, f"progress/?state=received&asked={asked}")).content.decode() for asked in (1, 90)
    )
    assert "delay:1.3s" in first
    assert "delay:15.0s" in later

    work()

    assert browser.get(address(case, "progress/?state=received"))["HX-Refresh"] == "true"


@pytest.mark.parametrize("asked", ["", "-1", "x", "9" * 5000, "²"])
def test_polling_with_nonsense_is_no_error(browser: Client, officer: User, connection: Connection, asked: str) -> None:
    case = file_case(officer, connection)

    assert browser.get(address(case, "progress/"), {"state": "received", "asked": asked}).status_code == 200


def test_whoever_prepared_a_case_finds_no_way_to_approve_it(
    officer: User, approver: User, waiting_case: Case, browser: Client
) -> None:
    officer.groups.set([*officer.groups.all(), *approver.groups.all()])

    page = browser.get(address(waiting_case)).content.decode()

    assert "You worked on this case" in page
    assert "Bea Approver" in page
    assert "/approve/" not in page
    assert 'type="password"' not in page


def test_nobody_eligible_is_said_early(officer: User, waiting_case: Case, browser: Client) -> None:
    assert "Nobody can approve this" in browser.get(address(waiting_case)).content.decode()


def test_a_search_with_no_match_leads_to_no_data_found(browser: Client, officer: User, connection: Connection) -> None:
    case = file_case(officer, connection, emails=["nobody@example.com"])
    work()
    assert "No contact answers" in browser.get(address(case)).content.decode()
    browser.post(address(case, "identity/confirm/"), {"method": "reply", "note": ""})
    browser.post(address(case, "review/open/"))

    page = browser.post(address(case, "nothing-found/"), follow=True).content.decode()

    assert "No data was found in Acme Webshop" in page
    assert "says nothing about other systems" in page


def test_a_refusal_without_reasons_stays_open_with_what_was_chosen(browser: Client, matching_case: Case) -> None:
    answer = browser.post(address(matching_case, "refuse/"), {"ground": "excessive", "reason": ""})

    page = answer.content.decode()
    assert "<details open><summary>Refuse" in page
    assert '<option value="excessive" selected>' in page
    matching_case.refresh_from_db()
    assert matching_case.state == "matching"


def test_an_access_package_is_handed_over(browser: Client, officer: User, connection: Connection) -> None:
    case = file_case(officer, connection, kind=Kind.ACCESS)
    work()
    identity.confirm(case=case, actor=officer, method="account")
    decide_all(case, officer)
    browser.post(address(case, "review/open/"))
    gaps = "isn&#x27;t written in English, or has gaps: Purposes, Kinds of data"
    assert gaps in browser.get(address(case)).content.decode()
    assert gaps in browser.post(address(case, "prepare/")).content.decode()
    processing_record(connection, by=officer)
    browser.post(address(case, "prepare/"))
    work(until=lambda: Case.objects.get().state == "ready")

    page = browser.get(address(case)).content.decode()
    assert "<h2>The package is being made</h2>" in page
    assert f'hx-get="{address(case, "progress/")}?state=ready-package' in page
    assert browser.get(address(case, "progress/?state=ready-package")).status_code == 200
    work()

    assert browser.get(address(case, "progress/?state=ready-package"))["HX-Refresh"] == "true"
    assert "Read the package, then hand it over" in browser.get(address(case)).content.decode()
    assert 'id="hand_over_how_error"' in browser.post(address(case, "hand-over/"), {"how": ""}).content.decode()
    page = browser.post(address(case, "hand-over/"), {"how": "in person"}, follow=True).content.decode()
    assert "Package handed over" in page


def test_the_story_says_who_did_what_and_why(browser: Client, waiting_case: Case) -> None:
    page = browser.get(address(waiting_case)).content.decode()

    for words in ("Request filed", "Contact 2087 ruled out", "different person, shared family address", "Anna Officer"):
        assert words in page


def test_names_with_html_stay_text(browser: Client, officer: User, connection: Connection) -> None:
    case = file_case(officer, connection, subject_name="<script>alert(1)</script>", note="<b>bold</b>")

    page = browser.get(address(case)).content.decode()

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<b>bold" not in page


def test_prepared_twice_in_one_breath_is_one_preparation(browser: Client, officer: User, matching_case: Case) -> None:
    case = prepared(matching_case, officer)

    assert browser.post(address(case, "prepare/")).status_code == 409


def test_what_a_job_left_is_said_with_its_way_on(browser: Client, officer: User, connection: Connection) -> None:
    give_key(connection, "withdrawn")
    case = file_case(officer, connection)
    work()

    page = browser.get(address(case)).content.decode()

    assert "SegMetrics refuses the API key" in page
    assert "Ask an administrator to correct it" in page
    assert address(case, "resume/") in page
    assert address(case, "back-to-review/") not in page


def test_another_contact_after_the_deletion_is_asked_about(
    browser: Client, officer: User, approver: User, waiting_case: Case, sandbox: Sandbox
) -> None:
    approve(waiting_case, approver)
    sandbox.add_contact(contact_id="3001", email="linda.dare@example.com", first_name="Linda", last_name="D.")
    sandbox.prefer_for_email("linda.dare@example.com", "3001")
    work()

    page = browser.get(address(waiting_case)).content.decode()

    assert "Another contact answers to an identifier" in page
    assert "Save decision on 3001" in page
    assert "Save decision on 2087" not in page, "that one was ruled out before"
    assert "disabled>Go on" in page


def test_an_address_in_the_place_of_an_id_is_said_with_what_can_be_done(
    browser: Client, officer: User, connection: Connection, sandbox: Sandbox
) -> None:
    sandbox.add_contact(contact_id="ida@example.com", email="ida.second@example.com", first_name="Ida")
    case = file_case(officer, connection, emails=["ida.second@example.com"])
    work()

    page = browser.get(address(case)).content.decode()

    assert "SegMetrics gave an e-mail address as an id" in page
    assert "Nothing is deleted by address" in page
    for way_on in ("resume/", "search-again/", "refuse/"):
        assert address(case, way_on) in page
    assert "ida@example.com" not in page


def test_the_day_of_the_answer_is_that_of_a_proof_only_where_it_came_after_the_question(
    officer: User, connection: Connection, sign_in: SignIn
) -> None:
    """Asked once more, a proof that didn't suffice is no answer: its day would be refused, or cost the pause."""

    def day_shown() -> str:
        page = sign_in(officer).get(f"/cases/{case.reference}/").content.decode()
        (day,) = set(re.findall(r'name="answered_on" value="([0-9-]+)"', page))
        return str(day)

    with time_machine.travel("2026-11-03 10:00:00+00:00", tick=False):
        case = file_case(officer, connection, received_on=dt.date(2026, 11, 3))
        work()
        identity.ask(case=case, actor=officer)
    with time_machine.travel("2026-11-05 10:00:00+00:00", tick=False):
        identity.add_proof(case=case, actor=officer, proof=PASSPORT)
    with time_machine.travel("2026-11-06 10:00:00+00:00", tick=False):
        assert day_shown() == "2026-11-05"
        identity.note_answer(case=case, actor=officer, answered_on=dt.date(2026, 11, 5))
        identity.ask(case=case, actor=officer)
    with time_machine.travel("2026-11-20 10:00:00+00:00", tick=False):
        assert day_shown() == "2026-11-20"
