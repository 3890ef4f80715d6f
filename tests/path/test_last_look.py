"""Where a deletion was stopped half way or came undone, its case still ends with what is true, and a certificate."""

from __future__ import annotations

import pytest

from dsr import audit
from dsr.models import Case, Connection, User
from dsr.permissions import Role
from dsr.services import closing, connections, resumption, users
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import add_tom, approve, decide_all, file_case, make_user, prepared, work
from tests.path.driving import all_deleted_and_tom_ruled_out, certificates, draw_nothing, drive

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    draw_nothing(monkeypatch)


def test_a_new_search_after_everything_is_deleted_still_ends_with_a_certificate(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User
) -> None:
    case = all_deleted_and_tom_ruled_out(sandbox, connection, officer, approver)
    closing.look_again(case=case, actor=officer)
    work()
    case.refresh_from_db()
    assert case.state == "completed"
    assert case.outcome in {"erased", "erased_in_part"}, "never “nothing found”: something was deleted"
    assert certificates(case) == 1
    assert sandbox.contact_exists("int9", "2087")


def test_the_last_look_is_a_real_one(sandbox: Sandbox, connection: Connection, officer: User, approver: User) -> None:
    """Somebody whom nobody has looked at answers by then."""
    case = all_deleted_and_tom_ruled_out(sandbox, connection, officer, approver)
    sandbox.remove("contact", "2087")
    sandbox.add_contact(contact_id="3001", email="linda.dare@example.com", first_name="Linda", last_name="D.")
    closing.look_again(case=case, actor=officer)
    work()
    case.refresh_from_db()
    assert (case.state, case.attention) == ("needs_attention", "another_contact")
    assert certificates(case) == 0


@pytest.mark.parametrize("gone", [0, 1, 2])
def test_an_approver_who_leaves_in_the_middle(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User, administrator: User, gone: int
) -> None:
    """So many lines are deleted when SegMetrics falls silent and the approver's account is closed."""
    case: Case = prepared(file_case(officer, connection), officer)
    approve(case, approver)
    sandbox.fault("drop_before", method="DELETE", after=gone, times=None)
    work()
    sandbox.clear_faults()
    users.deactivate(actor=administrator, user=approver)
    case.refresh_from_db()
    assert case.attention == "unreachable"
    resumption.resume(case=case, actor=officer)
    before = len(sandbox.deletes())
    work()
    case.refresh_from_db()
    assert (case.state, case.attention) == ("needs_attention", "approval_void")
    assert len(sandbox.deletes()) == before, "not one more under an approval that no longer holds"

    drive(case, officer, make_user("next@example.com", "Next Approver", Role.APPROVER))
    assert (case.state, case.outcome) == ("completed", "erased")
    assert certificates(case) == 1
    assert not sandbox.contact_exists("int9", "1004")
    assert not sandbox.invoice_exists("int9", "234115")
    assert not sandbox.subscription_exists("int9", "7712")
    assert audit.verify() is None


def waiting_for_the_last_look(
    sandbox: Sandbox, connection: Connection, officer: User, second_officer: User, approver: User
) -> Case:
    """Everything approved is deleted; a contact that answered then was ruled out, and the looking goes on."""
    sandbox.remove("contact", "2087")
    case: Case = prepared(file_case(officer, connection), officer)
    add_tom(sandbox)
    approve(case, approver)
    work()
    case.refresh_from_db()
    assert case.attention == "another_contact"
    decide_all(case, second_officer)
    return case


def test_an_integration_added_during_the_last_looks_voids_nothing(
    sandbox: Sandbox,
    connection: Connection,
    officer: User,
    second_officer: User,
    approver: User,
    administrator: User,
) -> None:
    case = waiting_for_the_last_look(sandbox, connection, officer, second_officer, approver)
    rows = [("int9", "The web shop, renamed"), ("int12", "Another shop")]
    connections.save(actor=administrator, connection=Connection.objects.get(), api_key=None, integrations=rows)

    resumption.resume(case=case, actor=officer)
    work()

    case.refresh_from_db()
    assert (case.state, case.outcome, certificates(case)) == ("completed", "erased", 1)


@pytest.mark.parametrize("field", ["account_id", "read_url", "import_url"])
def test_another_account_or_address_during_the_last_looks_does(
    sandbox: Sandbox, connection: Connection, officer: User, second_officer: User, approver: User, field: str
) -> None:
    """The service refuses such an edit while a request is open; this one came another way."""
    case = waiting_for_the_last_look(sandbox, connection, officer, second_officer, approver)
    elsewhere = {"account_id": "other", "read_url": sandbox.import_url, "import_url": sandbox.read_url}
    Connection.objects.update(**{field: elsewhere[field]})

    resumption.resume(case=case, actor=officer)
    work()

    case.refresh_from_db()
    assert (case.state, case.attention, certificates(case)) == ("needs_attention", "approval_void", 0)
