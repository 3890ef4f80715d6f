"""What an erasure takes out of the attribution figures: worked out on the way, with no call more, never in its way."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from dsr.connectors.attributing import OTHER, Touches
from dsr.exceptions import NotAllowed, NotReady
from dsr.models import AuditEntry, Case, Connection, Errand, ErrandStatus, ExecutedCall, Impact, User
from dsr.selectors.impact import impact_of
from dsr.services import impact, review
from dsr.services.planning import fingerprint_of
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import file_case, prepared, work

pytestmark = pytest.mark.django_db


@pytest.fixture
def sold(sandbox: Sandbox) -> Sandbox:
    """Linda came by an ad and bought thrice: by the ad, by a newsletter, and once before any event."""
    sandbox.reset()
    sandbox.add_contact(
        contact_id="1004",
        email="linda.dare@example.com",
        first_name="Linda",
        last_name="Dare",
        events=[
            {"type": "visit", "date_created": "2021-03-01 10:00:00", "channel": "email"},
            {"type": "visit", "date_created": "2020-01-01 10:00:00", "channel": "paid", "utm_source": "ads"},
            {"type": "visit", "date_created": "2020-06-01 10:00:00"},
        ],
    )
    for invoice_id, amount, day in (("1", 1000, "2020-02-01"), ("2", 2000, "2021-03-02"), ("3", 400, "2019-05-05")):
        sandbox.add_invoice(invoice_id=invoice_id, contact_id="1004", amount=amount, date_created=f"{day} 12:00:00")
    sandbox.add_invoice(
        invoice_id="4", contact_id="1004", amount=777, date_created="2021-04-01 12:00:00", is_refunded=True
    )
    sandbox.reset_calls()
    return sandbox


def kept(case: Case) -> dict[str, Any]:
    return Impact.objects.get(plan__case=case, plan=case.current_plan).figures


def test_revenue_by_the_first_touch_and_by_the_last_before_each_order(
    officer: User, connection: Connection, sold: Sandbox
) -> None:
    case = prepared(file_case(officer, connection), officer)
    found = kept(case)
    assert found["by_first"] == {"paid": 3400}
    assert found["by_last"] == {"paid": 1000, "email": 2000, "": 400}, "before the first event there is no touch"
    assert found["told"] == {"orders": 3, "refunded": 1, "refunded_cents": 777}
    assert found["start"] == "2019-05-05"


def test_an_order_that_stays_is_not_taken_out(officer: User, connection: Connection, sold: Sandbox) -> None:
    stays = review.Choice(decision="keep", exemption="17(3)(b)", reason="tax records")
    case = prepared(file_case(officer, connection), officer, id_2=stays)
    found = kept(case)
    assert found["by_last"] == {"paid": 1000, "": 400}
    assert found["told"]["staying"] == 1


def test_it_costs_no_call_and_no_part_of_what_is_approved(officer: User, connection: Connection, sold: Sandbox) -> None:
    case = prepared(file_case(officer, connection), officer)
    assert "get attribution report" not in ExecutedCall.objects.values_list("action", flat=True)
    plan = case.current_plan
    assert plan
    before = plan.fingerprint
    Impact.objects.all().delete()
    assert fingerprint_of(plan) == before


def test_the_totals_are_read_by_one_call_when_somebody_asks(
    officer: User, approver: User, auditor: User, connection: Connection, sold: Sandbox
) -> None:
    case = prepared(file_case(officer, connection), officer)
    sold.reset_calls()
    with pytest.raises(NotAllowed):
        impact.ask(case=case, actor=auditor)
    impact.ask(case=case, actor=approver)
    work()
    assert [call.method for call in sold.calls()] == ["POST"]
    row = ExecutedCall.objects.get(action="get attribution report")
    assert (row.on_behalf_of, row.case) == (approver, case.reference)
    plan = case.current_plan
    shown = impact_of(plan)
    assert shown
    assert shown.end
    # SegMetrics' report, here the sandbox's, gives all of her orders to her last touch, the refunded one too.
    assert [(row.channel, row.by_last, row.before, row.after) for row in shown.rows] == [
        ("email", "20.00", "41.77", "21.77"),
        ("paid", "10.00", "", ""),
        ("No channel known", "4.00", "", ""),
    ]
    assert not shown.is_reading
    case.refresh_from_db()
    assert case.state == "awaiting_approval"
    assert AuditEntry.objects.filter(verb="totals_asked", actor=approver.staff_reference).count() == 1


@pytest.mark.parametrize("fault", ["wrong_shape", "server_error", "html"])
def test_totals_that_cannot_be_read_are_said_and_stop_nothing(
    fault: str, officer: User, connection: Connection, sold: Sandbox
) -> None:
    case = prepared(file_case(officer, connection), officer)
    impact.ask(case=case, actor=officer)
    sold.fault(fault, times=None)
    work()
    shown = impact_of(case.current_plan)
    assert shown
    assert shown.has_failed
    assert shown.end is None
    case.refresh_from_db()
    assert (case.state, case.attention) == ("awaiting_approval", "")


def test_outside_of_the_grant_no_report_is_read(officer: User, connection: Connection, sold: Sandbox) -> None:
    case = prepared(file_case(officer, connection), officer)
    connection.granted = [action for action in connection.granted if action != "get_attribution_report"]
    connection.save()
    sold.reset_calls()
    impact.ask(case=case, actor=officer)
    work()
    assert sold.calls() == []
    assert Errand.objects.get(kind="impact").status == ErrandStatus.FAILED


def test_with_nothing_to_compare_nothing_is_asked(officer: User, connection: Connection, sandbox: Sandbox) -> None:
    case = file_case(officer, connection)
    with pytest.raises(NotReady):
        impact.ask(case=case, actor=officer)


def test_it_is_sealed(officer: User, connection: Connection, sold: Sandbox) -> None:
    case = prepared(file_case(officer, connection), officer)
    assert "paid" in kept(case)["by_first"]
    assert b"paid" not in bytes(Impact.objects.get().sealed)


def test_many_channels_stay_few() -> None:
    touches, start = Touches(), dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    for number in range(1000):
        touches.add(f"channel {number}", start + dt.timedelta(minutes=number))
    last = [start + dt.timedelta(days=9), start, None]
    assert touches.last_before(last) == [OTHER, "channel 0", ""]
