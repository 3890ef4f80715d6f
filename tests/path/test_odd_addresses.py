"""Addresses as contacts really bear them: in another spelling, shared with a kept contact, or none to ask for."""

from __future__ import annotations

import unicodedata

import pytest

from dsr import storage
from dsr.evidence.records import Drawn
from dsr.models import Case, Connection, Document, User
from dsr.selectors.related import related_to
from dsr.services import intake, preparation, review
from dsr.services.letter_values import Said, values_of
from dsr.services.review import Choice
from dsr.views.letters import _addresses
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import approve, file_case, prepared, reviewed, save_review, work
from tests.evidence.reading import text_of
from tests.path.driving import searched_again

pytestmark = pytest.mark.django_db
GIVEN = "jörg@example.com"


def carried_out(case: Case, approver: User) -> Case:
    approve(case, approver)
    work()
    case.refresh_from_db()
    return case


def certificate_of(case: Case) -> str:
    assert case.state == "completed", (case.state, case.attention)
    pdf = storage.read(Document.objects.get(case=case, kind="certificate"))
    return " ".join(text_of(Drawn(pdf=pdf, pages=0, sha256="")).split())


@pytest.mark.parametrize("borne", [unicodedata.normalize("NFD", GIVEN), f"{GIVEN} ", "jörg\uff20example.com"])
def test_whoever_bears_the_address_as_the_deleted_contact_spelled_it_is_not_overlooked(
    officer: User, approver: User, connection: Connection, sandbox: Sandbox, borne: str
) -> None:
    for number in ("9101", "9102"):
        sandbox.add_contact(contact_id=number, email=borne, first_name="Jörg", date_created="2019-01-01 08:00:00")
    case = prepared(file_case(officer, connection, emails=[GIVEN], external_ids=["9101"]), officer, same=("9101",))
    carried_out(case, approver)
    assert sandbox.contact_exists("int9", "9102")
    assert (case.state, case.attention) == ("needs_attention", "another_contact")


@pytest.mark.parametrize("borne", ["Linda.D@Example.com", "linda.d@example.com "])
def test_each_spelling_is_looked_up_once(officer: User, connection: Connection, sandbox: Sandbox, borne: str) -> None:
    sandbox.add_contact(contact_id="9101", email=borne, first_name="L", date_created="2019-01-01 08:00:00")
    case = file_case(officer, connection, emails=["linda.d@example.com"], external_ids=["9101"])
    prepared(case, officer, same=("9101",))
    addresses = [row.value for row in case.known_identifiers.filter(kind="email")]
    assert addresses == ["linda.d@example.com", borne]


def test_the_id_that_the_confirmed_contact_bears_is_looked_up_where_the_request_spelled_it_otherwise(
    officer: User, connection: Connection, sandbox: Sandbox
) -> None:
    sandbox.add_contact(contact_id="9101", email=GIVEN, date_created="2019-01-01 08:00:00")
    wide = "\uff19\uff11\uff10\uff11"
    case = prepared(file_case(officer, connection, emails=[GIVEN], external_ids=[wide]), officer, same=("9101",))
    assert [row.value for row in case.known_identifiers.filter(kind="external_id")] == [wide, "9101"]


def test_an_address_is_found_by_its_hash_though_the_contact_that_it_was_first_learnt_from_was_ruled_out(
    officer: User, connection: Connection, sandbox: Sandbox
) -> None:
    sandbox.add_contact(contact_id="9101", email="Linda.D@Example.com", date_created="2019-01-01 08:00:00")
    sandbox.add_contact(contact_id="9102", email="linda.d@example.com", date_created="2019-01-01 08:00:00")
    case = file_case(officer, connection, emails=[], external_ids=["9101", "9102"])
    reviewed(case, officer, same=("9101",))  # a mistake, mended once both look otherwise
    for number in ("9101", "9102"):
        sandbox.rename_contact(number, last_name="Other")
    searched_again(case, officer, same=("9102",))
    review.open_review(case=case, actor=officer)
    assert "linda.d@example.com" in [row.value for row in case.known_identifiers]
    assert case in related_to(file_case(officer, connection, emails=["linda.d@example.com"])), "the watch asks so too"


def test_what_is_given_later_stands_as_given_beside_what_the_contact_bears(
    officer: User, connection: Connection, sandbox: Sandbox
) -> None:
    sandbox.add_contact(contact_id="9101", email="Linda.D@Example.com", date_created="2019-01-01 08:00:00")
    case = reviewed(file_case(officer, connection, emails=[], external_ids=["9101"]), officer, same=("9101",))
    intake.add_identifier(case=case, kind="email", value="linda.d@example.com")  # as a merge does
    searched_again(case, officer, same=("9101",))
    review.open_review(case=case, actor=officer)
    addresses = [(row.value, row.is_given) for row in case.known_identifiers.filter(kind="email")]
    assert addresses == [("linda.d@example.com", True), ("Linda.D@Example.com", False)]


def test_letters_name_and_offer_an_address_once_however_many_spellings_are_looked_up(
    officer: User, connection: Connection, sandbox: Sandbox
) -> None:
    sandbox.add_contact(contact_id="9101", email="Linda.D@Example.com", date_created="2019-01-01 08:00:00")
    case = file_case(officer, connection, emails=["linda.d@example.com"], external_ids=["9101"])
    reviewed(case, officer, same=("9101",))
    assert case.known_identifiers.filter(kind="email").count() == 2
    assert list(_addresses(case, None).values()) == ["linda.d@example.com"]
    told = values_of(case, "en", Said())["identifiers"]().splitlines()
    assert told == ["– Linda Dare", "– E-mail: linda.d@example.com", "– External id: 9101"]


@pytest.mark.parametrize("email", ["...", " ", "x" * 1001])
def test_a_contact_whose_address_can_not_be_asked_for_is_erased_and_the_certificate_says_so(
    officer: User, approver: User, connection: Connection, sandbox: Sandbox, email: str
) -> None:
    sandbox.add_contact(contact_id="9001", email=email, first_name="Odd", date_created="2019-01-01 08:00:00")
    case = prepared(file_case(officer, connection, emails=[], external_ids=["9001"]), officer, same=("9001",))
    said = certificate_of(carried_out(case, approver))
    assert "Contact 9001 bore an e-mail address that SegMetrics can't be asked for" in said
    assert "Not every lookup was conclusive" in said
    assert "every known identifier was looked up" not in said
    assert "whatever SegMetrics can be asked for was looked up again" in said


def test_and_once_of_a_contact_that_changed_on_the_way(
    officer: User, approver: User, connection: Connection, sandbox: Sandbox
) -> None:
    sandbox.add_contact(contact_id="9001", email="...", first_name="Odd", date_created="2019-01-01 08:00:00")
    case = reviewed(file_case(officer, connection, emails=[], external_ids=["9001"]), officer, same=("9001",))
    sandbox.rename_contact("9001", last_name="Name")
    searched_again(case, officer, same=("9001",))
    review.open_review(case=case, actor=officer)
    save_review(case, officer)
    preparation.request(case=case, actor=officer)
    work()
    case.refresh_from_db()
    said = certificate_of(carried_out(case, approver))
    assert said.count("Contact 9001 bore an e-mail address") == 1


def test_a_kept_contact_may_hide_another_with_its_address_and_the_certificate_says_so(
    officer: User, approver: User, connection: Connection, sandbox: Sandbox
) -> None:
    for number in ("5001", "5002"):
        sandbox.add_contact(contact_id=number, email="m@example.com", date_created="2019-01-01 08:00:00")
    sandbox.add_invoice(invoice_id="77", contact_id="5001", amount=4500)
    sandbox.prefer_for_email("m@example.com", "5001")
    case = file_case(officer, connection, emails=["m@example.com"])
    prepared(case, officer, same=("5001",), id_5001=Choice("keep", exemption="17(3)(b)", reason="tax law"))
    said = certificate_of(carried_out(case, approver))
    assert "still leads to contact 5001, which was kept" in said
    assert said.count("so this one may hide another") == 1, "its own id hides nobody"
