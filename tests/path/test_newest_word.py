"""The newest word on a contact counts: one that looks again as it did before isn't decided by an older word."""

from __future__ import annotations

from typing import Any

import pytest

from dsr.models import Case, Connection, Returned, User
from dsr.services import matching, returns, review, verification
from dsr.services.doings import ruled_out
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import decide_all, file_case, reviewed, save_review, work
from tests.path.driving import carried_out, draw_nothing, searched_again
from tests.services.test_returns import come_back

pytestmark = pytest.mark.django_db
OLD: dict[str, Any] = {
    "contact_id": "3003",
    "email": "t@work.example",
    "first_name": "L",
    "date_created": "2019-01-01 08:00:00",
}


@pytest.fixture
def draws_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    draw_nothing(monkeypatch)


def test_a_contact_that_was_ruled_out_last_is_not_planned_for_deletion_by_an_older_word(
    officer: User, connection: Connection, sandbox: Sandbox
) -> None:
    sandbox.add_contact(contact_id="3003", email="t@work.example", first_name="Tom", date_created="2019-01-01 08:00:00")
    case = file_case(officer, connection, external_ids=["3003"])
    reviewed(case, officer, same=("1004", "3003"))  # a mistake
    sandbox.rename_contact("3003", first_name="Thomas")
    matching.search_again(case=case, actor=officer, reason="3003 is somebody else")
    work()
    case.refresh_from_db()
    decide_all(case, officer, same=("1004",))  # ruled out: the last word of a person on 3003
    sandbox.rename_contact("3003", first_name="Tom")
    matching.search_again(case=case, actor=officer, reason="to be sure")
    work()
    case.refresh_from_db()
    row = case.candidates.get(contact_id="3003", superseded=False)
    assert row.decision != "same_person", "nobody was asked, and it would be deleted"


def test_a_contact_that_was_confirmed_last_is_not_left_out_by_an_older_word(
    officer: User, connection: Connection, sandbox: Sandbox
) -> None:
    sandbox.add_contact(contact_id="3003", email="t@work.example", first_name="L", date_created="2019-01-01 08:00:00")
    case = file_case(officer, connection, external_ids=["3003"])
    reviewed(case, officer, same=("1004",))
    sandbox.rename_contact("3003", first_name="Linda")
    searched_again(case, officer, same=("1004", "3003"))
    sandbox.rename_contact("3003", first_name="L")
    matching.search_again(case=case, actor=officer, reason="to be sure")
    work()
    case.refresh_from_db()
    row = case.candidates.get(contact_id="3003", superseded=False)
    assert row.decision != "other_person", "nobody was asked, and it would stay"


def shown_again(case: Case, officer: User, sandbox: Sandbox) -> Case:
    """3003 was ruled out as it looked; it changed at SegMetrics and is hers, and is to be deleted."""
    reviewed(case, officer, same=("1004",))
    sandbox.rename_contact("3003", first_name="Linda")
    searched_again(case, officer, same=("1004", "3003"))
    review.open_review(case=case, actor=officer)
    save_review(case, officer)
    return case


@pytest.fixture
def erased(officer: User, approver: User, connection: Connection, sandbox: Sandbox, draws_nothing: None) -> Case:
    sandbox.add_contact(**OLD)
    case = shown_again(file_case(officer, connection, external_ids=["3003"]), officer, sandbox)
    carried_out(case, officer, approver)
    assert case.state == "completed", (case.state, case.attention)
    assert not sandbox.contact_exists("int9", "3003")
    return case


def test_a_deleted_contact_that_comes_back_as_it_looked_once_is_not_taken_for_somebody_ruled_out(
    officer: User,
    approver: User,
    connection: Connection,
    sandbox: Sandbox,
    draws_nothing: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sandbox.add_contact(**OLD)
    case = shown_again(file_case(officer, connection, external_ids=["3003"]), officer, sandbox)
    whole = verification.verify

    def verify(*args: Any) -> None:
        monkeypatch.setattr(verification, "verify", whole)
        sandbox.add_contact(**OLD)  # another system imports its old record
        whole(*args)

    monkeypatch.setattr(verification, "verify", verify)
    carried_out(case, officer, approver)
    assert sandbox.contact_exists("int9", "3003")
    assert case.state == "needs_attention", (case.state, case.outcome)


def test_the_certificate_does_not_name_it_as_another_persons_and_as_deleted(erased: Case) -> None:
    assert "3003" not in ruled_out(erased)


def test_its_return_is_told(erased: Case, sandbox: Sandbox) -> None:
    come_back(sandbox, contact_id="3003", email="t@work.example")
    returns.watch_all()
    assert Returned.objects.filter(case=erased, contact_id="3003").exists()
