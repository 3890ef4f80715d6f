"""Who looks after a case: told in its history, and no right at all."""

from __future__ import annotations

import pytest

from dsr import audit
from dsr.exceptions import InvalidInput, NotAllowed, WrongState
from dsr.models import AuditEntry, Case, Connection, User
from dsr.permissions import had_a_hand
from dsr.selectors.timeline import story_of
from dsr.services import assignment, closing
from tests.builders import file_case, work

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(officer: User, connection: Connection) -> Case:
    filed = file_case(officer, connection)
    work()
    filed.refresh_from_db()
    return filed


def test_it_is_given_handed_over_and_given_back(
    case: Case, officer: User, second_officer: User, administrator: User
) -> None:
    assert case.assigned_to_id is None
    assert assignment.assign(case=case, actor=officer, to=officer)
    assert case.assigned_to == officer
    assert not assignment.assign(case=case, actor=administrator, to=officer), "it is so already"
    assert assignment.assign(case=case, actor=administrator, to=second_officer)
    assert assignment.assign(case=case, actor=second_officer, to=None)
    facts = list(AuditEntry.objects.filter(verb="assigned").order_by("sequence").values_list("facts", flat=True))
    one, other = officer.staff_reference, second_officer.staff_reference
    assert facts == [{"to": one, "before": ""}, {"to": other, "before": one}, {"to": "", "before": other}]
    assert [event.what for event in story_of(case)][:2] == ["Given to nobody", f"Given to {second_officer.full_name}"]
    assert audit.verify() is None


def test_only_to_an_active_officer_and_only_by_officers_and_administrators(
    case: Case, officer: User, approver: User, auditor: User, second_officer: User
) -> None:
    for stranger in (approver, auditor):
        with pytest.raises(InvalidInput, match="active privacy officer"):
            assignment.assign(case=case, actor=officer, to=stranger)
        with pytest.raises(NotAllowed):
            assignment.assign(case=case, actor=stranger, to=officer)
    second_officer.is_active = False
    second_officer.save()
    with pytest.raises(InvalidInput):
        assignment.assign(case=case, actor=officer, to=second_officer)


def test_it_is_no_hand_in_the_case(case: Case, officer: User, second_officer: User) -> None:
    assignment.assign(case=case, actor=second_officer, to=second_officer)
    assert not had_a_hand(case=case, user=second_officer)


def test_a_closed_case_is_given_to_nobody(case: Case, officer: User) -> None:
    closing.withdraw(case=case, actor=officer, reason="she changed her mind")
    with pytest.raises(WrongState):
        assignment.assign(case=case, actor=officer, to=officer)
