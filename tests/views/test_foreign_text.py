"""What SegMetrics holds of a person is odd at times: no name turns round, hides or imitates what stands beside it on a
page where ids are typed, and no day keeps a page from being shown."""

from __future__ import annotations

import pytest

from dsr.models import Connection, User
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import approve, file_case, prepared, work
from tests.views.conftest import SignIn

END_OF_TIME = "9999-12-31 23:59:59"
pytestmark = pytest.mark.django_db
OVERRIDE = "\u202e"


def test_a_direction_override_is_shown_and_turns_nothing(
    sandbox: Sandbox, connection: Connection, officer: User, sign_in: SignIn
) -> None:
    sandbox.add_contact(contact_id="3010", email="turn@example.com", first_name="Nul", last_name=f"x{OVERRIDE}elpoeP")
    case = file_case(officer, connection, emails=["turn@example.com"], subject_name=f"Turn{OVERRIDE}ed")
    work()
    browser = sign_in(officer)
    for address in (f"/cases/{case.reference}/", "/", "/admin/dsr/case/"):
        page = browser.get(address).content.decode()
        assert OVERRIDE not in page, address
        assert "⟨U+202E⟩" in page, address


@pytest.mark.parametrize("where", ["contact", "invoice", "event"])
def test_a_moment_that_is_after_all_time_in_our_zone_keeps_nobody_from_being_erased(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User, sign_in: SignIn, where: str
) -> None:
    """Some systems write “never” so. It is told in UTC, and where the controller is it would be in the year 10000."""
    usual = {"contact": "2018-09-30 09:59:00", "invoice": "2018-10-03 11:14:32", "event": "2018-09-30 10:00:00"}
    when = usual | {where: END_OF_TIME}
    event = {"type": "visit", "date_created": when["event"], "channel": "paid"}
    sandbox.add_contact(contact_id="3010", email="ever@example.com", date_created=when["contact"], events=[event])
    sandbox.add_invoice(invoice_id="26", contact_id="3010", date_created=when["invoice"])
    case = file_case(officer, connection, emails=["ever@example.com"])
    browser = sign_in(officer)
    work()
    assert browser.get(f"/cases/{case.reference}/").status_code == 200

    prepared(case, officer, same=("3010",))
    assert sign_in(approver).get(f"/cases/{case.reference}/approval/").status_code == 200
    approve(case, approver)
    work()

    case.refresh_from_db()
    assert (case.state, case.outcome) == ("completed", "erased")
    assert browser.get(f"/cases/{case.reference}/").status_code == 200
