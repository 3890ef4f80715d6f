"""The certificate is a job of its own: no deletion waits for the papers of others, and no call is made for nothing."""

from __future__ import annotations

import pytest

from dsr.jobs import runner
from dsr.models import Case, Connection, User
from dsr.services import resumption
from segmetrics_client.sandbox.testing import Sandbox
from tests.bench.calls import NECESSARY, named
from tests.builders import approve, file_case, prepared, work
from tests.path.driving import certificates, draw_nothing

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    draw_nothing(monkeypatch)


def erased(case: Case, approver: User) -> None:
    """Approved, and its erasure's job done; the certificate waits."""
    approve(case, approver)
    assert runner.run(case.jobs.get(kind="erase").pk)
    case.refresh_from_db()


def test_all_that_was_approved_is_deleted_before_the_first_paper_is_drawn(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User
) -> None:
    sandbox.add_contact(contact_id="3001", email="pat@example.com", first_name="Pat", last_name="Example")
    cases = [
        prepared(file_case(officer, connection), officer),
        prepared(file_case(officer, connection, emails=["pat@example.com"]), officer, same=("3001",)),
    ]
    for case in cases:
        approve(case, approver)

    def both_are_gone() -> bool:
        return not (sandbox.contact_exists("int9", "1004") or sandbox.contact_exists("int9", "3001"))

    work(until=both_are_gone)
    assert both_are_gone()
    assert [certificates(case) for case in cases] == [0, 0]
    work()
    assert [certificates(case) for case in cases] == [1, 1]


def test_a_connection_that_leads_elsewhere_by_then_is_asked_about_and_certifies_nothing(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User
) -> None:
    case = prepared(file_case(officer, connection), officer)
    erased(case, approver)
    Connection.objects.update(read_url=f"{sandbox.url}/elsewhere")
    work()
    case.refresh_from_db()
    assert (case.state, case.attention, certificates(case)) == ("needs_attention", "approval_void", 0)


def test_taken_up_again_everything_is_looked_up_once_more_before_the_certificate(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = prepared(file_case(officer, connection), officer)
    with monkeypatch.context() as broken:
        broken.setattr("dsr.services.certificates.issue", lambda *_, **__: 1 / 0)
        broken.setattr("dsr.jobs.running.wait_after", lambda *_, **__: None)
        erased(case, approver)
        work()
    case.refresh_from_db()
    assert case.state == "needs_attention"
    sandbox.reset_calls()
    resumption.resume(case=case, actor=officer)
    work()
    case.refresh_from_db()
    assert (case.outcome, certificates(case)) == ("erased", 1)
    assert {"read contact by email", "read contact by id", "control read"} == {named(call) for call in sandbox.calls()}


def test_an_erasure_makes_the_calls_that_the_rules_ask_for_and_no_other(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User
) -> None:
    sandbox.add_invoice(invoice_id="234116", contact_id="1004")
    sandbox.add_invoice(invoice_id="234117", contact_id="1004")
    sandbox.remove("contact", "2087")
    case = prepared(file_case(officer, connection), officer)
    sandbox.reset_calls()
    erased(case, approver)
    work()
    assert [named(call) for call in sandbox.calls()] == [name for name, _why in NECESSARY]
