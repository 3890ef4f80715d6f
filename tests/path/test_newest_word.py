"""The newest word on a contact counts: one that looks again as it did before isn't decided by an older word."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from dsr.models import Case, Connection, Returned, User
from dsr.services import matching, preparation, returns, review, verification
from dsr.services.doings import ruled_out
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import approve, decide_all, file_case, reviewed, save_review, work
from tests.path.driving import draw_nothing

pytestmark = pytest.mark.django_db


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
    matching.search_again(case=case, actor=officer, reason="again")
    work()
    case.refresh_from_db()
    decide_all(case, officer, same=("1004", "3003"))
    sandbox.rename_contact("3003", first_name="L")
    matching.search_again(case=case, actor=officer, reason="to be sure")
    work()
    case.refresh_from_db()
    row = case.candidates.get(contact_id="3003", superseded=False)
    assert row.decision != "other_person", "nobody was asked, and it would stay"


def test_a_deleted_contact_that_comes_back_as_it_looked_once_is_not_taken_for_somebody_ruled_out(
    officer: User, approver: User, connection: Connection, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw_nothing(monkeypatch)
    old: dict[str, Any] = {
        "contact_id": "3003",
        "email": "t@work.example",
        "first_name": "L",
        "date_created": "2019-01-01 08:00:00",
    }
    sandbox.add_contact(**old)
    case = file_case(officer, connection, external_ids=["3003"])
    reviewed(case, officer, same=("1004",))
    sandbox.rename_contact("3003", first_name="Linda")
    matching.search_again(case=case, actor=officer, reason="again")
    work()
    case.refresh_from_db()
    decide_all(case, officer, same=("1004", "3003"))
    review.open_review(case=case, actor=officer)
    save_review(case, officer)
    preparation.request(case=case, actor=officer)
    work()
    case.refresh_from_db()
    approve(case, approver)
    whole = verification.verify

    def verify(*args: Any) -> None:
        monkeypatch.setattr(verification, "verify", whole)
        sandbox.add_contact(**old)  # another system imports its old record
        whole(*args)

    monkeypatch.setattr(verification, "verify", verify)
    work()
    case.refresh_from_db()
    assert sandbox.contact_exists("int9", "3003")
    assert case.state == "needs_attention", (case.state, case.outcome)


@pytest.fixture
def erased(
    officer: User, approver: User, connection: Connection, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> Case:
    """A contact was ruled out, changed at SegMetrics, was then confirmed and deleted."""
    draw_nothing(monkeypatch)
    sandbox.add_contact(
        contact_id="3003", email="l.d@work.example", first_name="L.", date_created="2019-01-01 08:00:00"
    )
    case = file_case(officer, connection, external_ids=["3003"])
    reviewed(case, officer, same=("1004",))  # 3003 is ruled out
    sandbox.rename_contact("3003", first_name="Linda", last_name="Dare")
    matching.search_again(case=case, actor=officer, reason="3003 is her too")
    work()
    case.refresh_from_db()
    decide_all(case, officer, same=("1004", "3003"))
    review.open_review(case=case, actor=officer)
    save_review(case, officer)
    preparation.request(case=case, actor=officer)
    work()
    case.refresh_from_db()
    approve(case, approver)
    work()
    case.refresh_from_db()
    assert case.state == "completed", (case.state, case.attention)
    assert not sandbox.contact_exists("int9", "3003")
    return case


def test_the_certificate_does_not_name_it_as_another_persons_and_as_deleted(erased: Case) -> None:
    assert "3003" not in ruled_out(erased)


def test_its_return_is_told(erased: Case, sandbox: Sandbox) -> None:
    lately = f"{timezone.now():%Y-%m-%d} 08:00:00"
    sandbox.add_contact(contact_id="3003", email="l.d@work.example", date_created=lately, last_updated=lately)
    returns.watch_all()
    assert Returned.objects.filter(case=erased, contact_id="3003").exists()
