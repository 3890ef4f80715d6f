"""The pages of a request that changes contacts, in each state."""

from __future__ import annotations

import re

import pytest

from dsr.models import Case, Change, ChangeStep, Connection, User
from dsr.selectors.since import since_return
from dsr.services import approval, holds, preparation
from dsr.services.destruction import destroy_contents
from dsr.states import Kind
from segmetrics_client import ContactUpdate
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import (
    allow_changes,
    approve,
    changes_prepared,
    file_case,
    make_connection,
    reviewed,
    save_changes,
    work,
)
from tests.path.driving import draw_nothing
from tests.views.conftest import SignIn

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    draw_nothing(monkeypatch)


@pytest.fixture
def connection(db: None, sandbox: Sandbox) -> Connection:
    return allow_changes(make_connection(sandbox))


def test_the_review_of_a_rectification(sign_in: SignIn, connection: Connection, officer: User) -> None:
    case = reviewed(file_case(officer, connection, kind=Kind.RECTIFICATION), officer)
    pk = case.candidates.get(contact_id="1004").pk
    browser = sign_in(officer)
    page = browser.get(f"/cases/{case.reference}/").content.decode()
    assert f'name="first_name-{pk}" value="Linda"' in page
    typed = {f"first_name-{pk}": "Lynda", f"last_name-{pk}": "Dare", f"email-{pk}": "linda.dare@", "then": "prepare"}
    answer = browser.post(f"/cases/{case.reference}/review/changes/", typed)
    assert answer.status_code == 422
    assert "Give a whole e-mail address." in answer.content.decode()
    assert not Change.objects.exists()
    typed |= {f"email-{pk}": "linda.dare@example.com", f"new_name-{pk}": "City", f"new_value-{pk}": "Bonn"}
    answer = browser.post(f"/cases/{case.reference}/review/changes/", typed | {"then": ""})
    assert answer.status_code == 302
    assert [(row.field, *row.in_words) for row in Change.objects.all()] == [
        ("first_name", "Linda", "Lynda"),
        ("custom:City", "–", "Bonn"),
    ]
    page = browser.get(f"/cases/{case.reference}/").content.decode()
    assert f'name="new_value-{pk}" value="Bonn"' in page


def test_a_field_in_which_nobody_typed_is_not_rectified(
    sign_in: SignIn, connection: Connection, officer: User, sandbox: Sandbox
) -> None:
    """A browser takes line breaks out of a field of one line, and the form takes outer spaces off."""
    there = {"address": "1 Long Meadow Lane\nGhent", "size": " 42 "}
    with sandbox.client() as client:
        client.contacts.upsert(ContactUpdate(contact_id="1004", last_name="Dare ", custom_fields=there))
    case = reviewed(file_case(officer, connection, kind=Kind.RECTIFICATION), officer)
    browser = sign_in(officer)
    page = browser.get(f"/cases/{case.reference}/").content.decode().split("review/changes/")[1].split("</form>")[0]
    fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', page))
    assert "1 Long Meadow Lane\nGhent" in fields.values()
    typed = {name: value.replace("\n", "") for name, value in fields.items()}
    typed[f"first_name-{case.candidates.get(contact_id='1004').pk}"] = "Lynda"
    assert browser.post(f"/cases/{case.reference}/review/changes/", typed).status_code == 302
    assert [(row.field, *row.in_words) for row in Change.objects.all()] == [("first_name", "Linda", "Lynda")]


def test_nothing_is_chosen_beforehand_in_an_objection(sign_in: SignIn, connection: Connection, officer: User) -> None:
    case = reviewed(file_case(officer, connection, kind=Kind.OBJECTION), officer)
    browser = sign_in(officer)
    page = browser.get(f"/cases/{case.reference}/").content.decode()
    form = page.split("review/changes/")[1].split("</form>")[0]
    assert "checked" not in form
    assert browser.post(f"/cases/{case.reference}/review/changes/", {"then": "prepare"}).status_code == 422
    # The review of an erasure changes nothing here.
    assert browser.post(f"/cases/{case.reference}/review/save/", {"ground": "17(1)(a)"}).status_code in {409, 422}


def test_a_ground_of_another_right_is_not_offered(sign_in: SignIn, connection: Connection, officer: User) -> None:
    case = reviewed(file_case(officer, connection, kind=Kind.OBJECTION), officer)
    browser = sign_in(officer)
    page = browser.get(f"/cases/{case.reference}/").content.decode()
    assert "Compelling legitimate grounds" in page
    assert "An exemption covers everything" not in page
    answer = browser.post(f"/cases/{case.reference}/refuse/", {"ground": "exempt", "reason": "no"})
    assert answer.status_code == 422


def test_what_changed_since_it_was_sent_back(
    sign_in: SignIn, connection: Connection, officer: User, approver: User
) -> None:
    case = changes_prepared(file_case(officer, connection, kind=Kind.OBJECTION), officer)
    approval.send_back(case=case, actor=approver, reason="Leave the newsletter, and say it otherwise.")
    save_changes(case, officer, add_tags=["No marketing", "no calls"])
    preparation.request(case=case, actor=officer)
    work()
    case.refresh_from_db()
    plan = case.current_plan
    assert plan
    found = since_return(case, plan)
    assert found
    assert [(row.what.split(" of ")[0], row.how.value) for row in found.changes] == [
        ("Tag Newsletter", "removed"),
        ("Tag no calls", "added"),
    ]
    page = sign_in(approver).get(f"/cases/{case.reference}/approval/").content.decode()
    assert "All else that will be changed is as it was." in page


def test_a_field_that_is_to_be_otherwise_since(connection: Connection, officer: User, approver: User) -> None:
    case = changes_prepared(file_case(officer, connection, kind=Kind.RECTIFICATION), officer)
    approval.send_back(case=case, actor=approver, reason="Lynda or Lyndah?")
    save_changes(case, officer, fields={"first_name": "Lyndah"})
    preparation.request(case=case, actor=officer)
    work()
    case.refresh_from_db()
    plan = case.current_plan
    assert plan
    found = since_return(case, plan)
    assert found
    assert [(row.before.words, row.now.words) for row in found.changes] == [("Linda → Lynda", "Linda → Lyndah")]


def test_a_hold_bars_the_approval_of_a_rectification_alone(
    sign_in: SignIn, connection: Connection, officer: User, approver: User
) -> None:
    browser = sign_in(approver)
    for kind, is_barred in ((Kind.OBJECTION, False), (Kind.RECTIFICATION, True)):
        case = changes_prepared(file_case(officer, connection, kind=kind), officer)
        holds.place(case=case, actor=officer, reason="a claim")
        page = browser.get(f"/cases/{case.reference}/approval/").content.decode()
        assert ("nothing can be approved before it is lifted" in page) is is_barred
        assert (f"/cases/{case.reference}/approve/" in page) is not is_barred


def test_what_stops_short_shows_how_far_each_change_got(
    sign_in: SignIn, connection: Connection, officer: User, approver: User
) -> None:
    case = changes_prepared(file_case(officer, connection, kind=Kind.RECTIFICATION), officer)
    approve(case, approver)
    Change.objects.update(step=ChangeStep.ATTEMPTED, attempts=1)
    Case.objects.update(state="needs_attention", attention="not_changed", resume_state="changing")
    page = sign_in(officer).get(f"/cases/{case.reference}/").content.decode()
    assert "Tried, not confirmed" in page
    assert f"/cases/{case.reference}/withdraw/" not in page, "it has begun"
    assert f"/cases/{case.reference}/refuse/" not in page


@pytest.mark.parametrize("kind", [Kind.RECTIFICATION, Kind.RESTRICTION, Kind.OBJECTION])
def test_every_state_has_its_page(
    sign_in: SignIn, connection: Connection, officer: User, approver: User, auditor: User, kind: Kind
) -> None:
    browsers = [sign_in(row) for row in (officer, approver, auditor)]

    def pages() -> list[str]:
        answers = [browser.get(f"/cases/{case.reference}/") for browser in browsers]
        assert [row.status_code for row in answers] == [200] * 3
        return [row.content.decode() for row in answers]

    case = reviewed(file_case(officer, connection, kind=kind), officer)
    pages()
    case = changes_prepared(file_case(officer, connection, kind=kind), officer)
    assert "Approve these changes to contact 1004?" in pages()[1]
    page = browsers[1].get(f"/cases/{case.reference}/approval/").content.decode()
    assert page.count("Approve these changes to contact 1004") == 2, "the heading and the button"
    assert "What will be changed" in page
    assert "delet" not in page.split("<main")[1].casefold().replace("nothing is deleted", "")
    approve(case, approver)
    for page in pages():
        assert "Changing, step by step" in page
    work()
    case.refresh_from_db()
    assert case.state == "completed"
    assert "read again on" in pages()[0]
    destroy_contents(case=case, why="retention")
    for page in pages():
        assert "Newsletter" not in page
        assert "Lynda" not in page
