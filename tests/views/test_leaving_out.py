"""The page on which an officer leaves another person's data out of a package."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from dsr.models import AuditEntry, Case, Connection, Errand, Redaction, User
from dsr.permissions import Role
from dsr.services import redactions
from dsr.states import Kind
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import file_case, packed, prepared
from tests.views.conftest import SignIn

OTHER = "tom.agent@example.com"


@pytest.fixture
def ready(sandbox: Sandbox, officer: User, connection: Connection) -> Case:
    sandbox.remove("contact", "1004")
    sandbox.add_contact(
        contact_id="1004",
        email="linda.dare@example.com",
        first_name="Linda",
        last_name="Dare",
        custom_fields={"agent": OTHER, "a<b>\u202e": "x"},
    )
    case = packed(prepared(file_case(officer, connection, kind=Kind.ACCESS), officer))
    Errand.objects.all().delete()
    return case


def post(browser: Client, case: Case, then: str, **what: str) -> Any:
    return browser.post(f"/cases/{case.reference}/leave-out/", {"then": then, **what})


def opened(case: Case) -> list[dict[str, Any]]:
    return [row.facts for row in AuditEntry.objects.filter(case=case.reference, verb="document_opened")]


def test_the_fields_of_the_export_can_be_chosen_and_the_look_is_counted(
    ready: Case, officer: User, sign_in: SignIn
) -> None:
    html = sign_in(officer).get(f"/cases/{ready.reference}/leave-out/").content.decode()

    assert '<option value="custom_fields/agent">custom_fields/agent (1)</option>' in html
    assert OTHER not in html, "which field it is tells enough"
    assert "a&lt;b&gt;" in html
    assert "\u202e" not in re.sub(r'value="[^"]*"', "", html)
    assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=|javascript:", html)
    plan = ready.current_plan
    assert plan
    assert plan.export
    assert opened(ready) == [
        {"document": plan.export_id, "kind": "export", "sha256": plan.export.sha256, "entry": "fields"}
    ]


def test_first_it_is_looked_at_and_then_left_out(ready: Case, officer: User, sign_in: SignIn) -> None:
    browser = sign_in(officer)
    browser.get(f"/cases/{ready.reference}/leave-out/")

    looked = post(browser, ready, "look", text=OTHER, reason="data of an employee").content.decode()
    assert "1 place would be left out" in looked
    assert "<code>custom_fields</code>" in looked
    assert not Redaction.objects.exists()

    answer = post(browser, ready, "add", text=OTHER, reason="data of an employee")
    assert answer["Location"] == f"/cases/{ready.reference}/"
    page = browser.get(answer["Location"]).content.decode()
    assert OTHER in page
    assert "data of an employee" in page
    assert "data left out of the package" in page
    assert len(opened(ready)) == 1, "one look for the whole of it"

    row = Redaction.objects.get()
    browser.post(f"/cases/{ready.reference}/leave-out/{row.pk}/take-back/")
    assert not Redaction.objects.exists()
    assert "Nothing is left out" in browser.get(answer["Location"]).content.decode()


@pytest.mark.parametrize(
    "what",
    [
        {"reason": "x"},
        {"text": OTHER},
        {"text": "to", "reason": "x"},
        {"text": "nobody@example.com", "reason": "x"},
        {"path": "no/such/field", "reason": "x"},
    ],
)
@pytest.mark.parametrize("then", ["look", "add"])
def test_what_is_wrong_is_said_beside_the_field(
    ready: Case, officer: User, sign_in: SignIn, what: dict[str, str], then: str
) -> None:
    answer = post(sign_in(officer), ready, then, **what)

    assert answer.status_code == 422
    assert "errorlist" in answer.content.decode()
    assert not Redaction.objects.exists()


def test_the_text_is_shown_only_to_whoever_may_read(
    ready: Case, officer: User, approver: User, auditor: User, sign_in: SignIn
) -> None:
    redactions.add_redaction(case=ready, actor=officer, text=OTHER, reason="data of an employee")
    address = f"/cases/{ready.reference}/"
    for who, sees in ((officer, True), (approver, True), (auditor, False)):
        page = sign_in(who).get(address).content.decode()
        assert (OTHER in page) == sees
        assert "data of an employee" in page
        assert ("leave-out/" in page) == (who == officer)


def test_without_the_right_to_read_there_is_no_way_in(ready: Case, officer: User, sign_in: SignIn) -> None:
    rights = officer.groups.get(name=Role.PRIVACY_OFFICER).permissions
    rights.remove(rights.get(codename="read_contents"))
    browser = sign_in(officer)

    assert "Leave something out" not in browser.get(f"/cases/{ready.reference}/").content.decode()
    assert browser.get(f"/cases/{ready.reference}/leave-out/").status_code == 403
    assert post(browser, ready, "look", text=OTHER, reason="x").status_code == 403
    assert opened(ready) == []


def test_a_post_that_nobody_looked_before_is_a_look_too(ready: Case, officer: User, sign_in: SignIn) -> None:
    post(sign_in(officer), ready, "look", text=OTHER, reason="x")

    assert len(opened(ready)) == 1


def test_with_several_contacts_one_can_be_chosen(
    sandbox: Sandbox, officer: User, connection: Connection, sign_in: SignIn
) -> None:
    case = packed(prepared(file_case(officer, connection, kind=Kind.ACCESS), officer, same=("1004", "2087")))

    html = sign_in(officer).get(f"/cases/{case.reference}/leave-out/").content.decode()

    assert '<option value="2087">Contact 2087</option>' in html


@pytest.mark.parametrize("who", ["approver", "auditor", "administrator"])
def test_nobody_else(ready: Case, officer: User, sign_in: SignIn, who: str, request: pytest.FixtureRequest) -> None:
    row = redactions.add_redaction(case=ready, actor=officer, text=OTHER, reason="x")
    browser = sign_in(request.getfixturevalue(who))

    assert browser.get(f"/cases/{ready.reference}/leave-out/").status_code == 403
    assert post(browser, ready, "add", text=OTHER, reason="x").status_code == 403
    assert browser.post(f"/cases/{ready.reference}/leave-out/{row.pk}/take-back/").status_code == 403
    assert Redaction.objects.count() == 1


def test_where_there_is_no_package_it_leads_back(matching_case: Case, officer: User, sign_in: SignIn) -> None:
    answer = sign_in(officer).get(f"/cases/{matching_case.reference}/leave-out/")

    assert answer["Location"] == f"/cases/{matching_case.reference}/"
