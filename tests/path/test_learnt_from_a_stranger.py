"""A contact was taken for the person, changed at SegMetrics, and was then ruled out: nothing learnt from it counts."""

from __future__ import annotations

import pytest

from dsr.models import Case, Connection, Recipient, RecipientNotice, Returned, User
from dsr.selectors.letters import kind_to_recipients
from dsr.selectors.related import related_to
from dsr.services import letters, recipients, returns, review
from dsr.views.letters import _addresses
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import file_case, processing_record, reviewed, save_review
from tests.path.driving import carried_out, draw_nothing, searched_again
from tests.services.test_returns import come_back

pytestmark = pytest.mark.django_db
STRANGER = "tom@private.example"


@pytest.fixture
def erased(
    officer: User, approver: User, connection: Connection, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> Case:
    draw_nothing(monkeypatch)
    Recipient.objects.create(connection=connection, name="Mailing House", language="en", email="x@mail.example")
    processing_record(connection, by=officer)
    sandbox.add_contact(contact_id="3003", email=STRANGER, first_name="Thomas", date_created="2019-01-01 08:00:00")
    case = file_case(officer, connection, external_ids=["3003"])
    reviewed(case, officer, same=("1004", "3003"))  # a mistake
    assert case.known_identifiers.count() > 2
    sandbox.rename_contact("3003", last_name="Other")
    searched_again(case, officer, same=("1004",))
    review.open_review(case=case, actor=officer)
    save_review(case, officer)
    carried_out(case, officer, approver)
    assert case.state == "completed", (case.state, case.attention)
    assert sandbox.contact_exists("int9", "3003")
    return case


def test_a_strangers_address_is_no_identifier_of_the_person(erased: Case) -> None:
    assert STRANGER not in [row.value for row in erased.known_identifiers]


def test_and_recipients_are_not_asked_to_erase_the_stranger(erased: Case) -> None:
    notice = RecipientNotice.objects.get(case=erased)
    text = recipients.draft(notice=notice)
    rendered = letters.rendered(
        case=erased,
        kind=kind_to_recipients(erased),
        heading=text.heading,
        body=text.body,
        said=recipients.said_of(notice),
    )
    assert STRANGER not in rendered.body


def test_and_a_letter_to_the_person_is_not_offered_for_the_strangers_address(erased: Case) -> None:
    assert STRANGER not in _addresses(erased, None).values()


def test_and_the_strangers_own_request_is_not_shown_as_the_same_persons(
    erased: Case, officer: User, connection: Connection
) -> None:
    other = file_case(officer, connection, emails=[STRANGER], subject_name="Thomas Other")
    assert erased not in list(related_to(other))


def test_and_the_follow_up_names_no_stranger(erased: Case, officer: User, sandbox: Sandbox) -> None:
    come_back(sandbox, contact_id="7007", email="linda.dare@example.com")
    returns.watch_all()
    row = Returned.objects.get(case=erased, contact_id="7007")
    case = returns.file_follow_up(returned=row, actor=officer)
    assert STRANGER not in [row.value for row in case.identifiers.all()]


def test_and_a_strangers_other_contact_is_no_return(erased: Case, sandbox: Sandbox) -> None:
    come_back(sandbox, contact_id="8008", email=STRANGER)
    returns.watch_all()
    assert not Returned.objects.filter(case=erased, contact_id="8008").exists()
