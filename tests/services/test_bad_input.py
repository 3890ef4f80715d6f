"""What people type, and what SegMetrics answers, that can't be taken: a sentence beside the field, and nothing lost."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from dsr import audit
from dsr.exceptions import InvalidInput, NotReady, RuleBroken
from dsr.models import AuditEntry, Case, Connection, Document, Identifier, User
from dsr.services import closing, connections, identity, intake, matching, preparation, resumption, review
from dsr.services.review import Choice
from dsr.uploads import Letter
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import approve, file_case, give_key, make_connection, prepared, reviewed, save_review, work
from tests.path.driving import carried_out, draw_nothing, drive

pytestmark = pytest.mark.django_db

REFUSED: dict[str, tuple[dict[str, Any], str, str]] = {
    "no name": ({"subject_name": " \t "}, "subject_name", "name"),
    "a name without end": ({"subject_name": "x" * 401}, "subject_name", "400"),
    "a NUL in the name": ({"subject_name": "Linda\x00Dare"}, "subject_name", "character"),
    "no identifier": ({"emails": [" ", ""], "external_ids": [""]}, "emails", "at least one"),
    "no address": ({"emails": ["linda at example.com"]}, "emails", "not an e-mail"),
    "two addresses in one line": ({"emails": ["a@example.com b@example.com"]}, "emails", "each line"),
    "two at signs": ({"emails": ["a@b@example.com"]}, "emails", "not an e-mail"),
    "a NUL in an address": ({"emails": ["a\x00@example.com"]}, "emails", "not an e-mail"),
    "an address for an id": ({"external_ids": ["linda.dare@example.com"]}, "external_ids", "not an e-mail"),
    "an id that climbs": ({"external_ids": [".."]}, "external_ids", "can't be an id"),
    "an id of dots": ({"external_ids": ["..."]}, "external_ids", "can't be an id"),
    "an id of lines": ({"external_ids": ["1\n2"]}, "external_ids", "can't be an id"),
    "an endless id": ({"external_ids": ["1" * 201]}, "external_ids", "can't be an id"),
    "tomorrow": ({"received_on": dt.date.max}, "received_on", "future"),
    "before the Regulation": ({"received_on": dt.date(2018, 5, 24)}, "received_on", "2018"),
    "another channel": ({"channel": "telepathy"}, "channel", "list"),
    "another kind": ({"kind": "forgiveness"}, "kind", "list"),
    "a novel": ({"note": "x" * 10_001}, "note", "long"),
    "a crowd": ({"emails": [f"a{number}@example.com" for number in range(200)]}, "emails", "more than"),
}


@pytest.fixture(autouse=True)
def _no_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    draw_nothing(monkeypatch)


@pytest.mark.parametrize("what", REFUSED)
def test_a_request_that_can_not_be_filed_leaves_nothing(connection: Connection, officer: User, what: str) -> None:
    fields, field, said = REFUSED[what]
    with pytest.raises(InvalidInput, match=said) as refused:
        file_case(officer, connection, **fields)
    assert refused.value.field == field
    assert not Case.objects.exists()
    assert not AuditEntry.objects.exists()


def test_tomorrow_is_the_future_and_today_is_not(connection: Connection, officer: User) -> None:
    today = timezone.localdate()
    with pytest.raises(InvalidInput, match="future"):
        file_case(officer, connection, received_on=today + dt.timedelta(days=1))
    assert file_case(officer, connection, received_on=today).received_on == today


def test_what_looks_odd_and_is_right_is_taken(connection: Connection, officer: User) -> None:
    case = file_case(
        officer,
        connection,
        subject_name="  Zoë   O'Neill-Ångström 👩‍👩‍👧 " + "x" * 300,
        emails=["Linda.Dare@Example.com", "linda.dare@example.com", "jörg+50%/#@bücher.example", "o'neill@example.com"],
        external_ids=["A-1", "a-1", " A-1 ", "42/7%"],
    )
    assert case.subject_name.startswith("Zoë O'Neill-Ångström")
    values = [row.value for row in Identifier.objects.filter(case=case)]
    assert values == [
        "Linda.Dare@Example.com",
        "jörg+50%/#@bücher.example",
        "o'neill@example.com",
        "A-1",
        "a-1",
        "42/7%",
    ]
    work()
    case.refresh_from_db()
    assert case.state == "matching"


def test_a_failed_filing_leaves_no_file_behind(
    connection: Connection, officer: User, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: object) -> None:
        raise OSError

    monkeypatch.setattr(audit, "record", fail)
    letter = Letter(name="a.txt", content_type="text/plain", content=b"delete me", pages=0)
    with pytest.raises(OSError):  # noqa: PT011
        file_case(officer, connection, letter=letter)
    assert not Case.objects.exists()
    assert [path for path in settings.ENV.data_dir.rglob("*") if path.is_file()] == []


def test_an_unknown_id_finds_nobody_and_does_not_fail(sandbox: Sandbox, connection: Connection, officer: User) -> None:
    case = file_case(officer, connection, emails=[], external_ids=["no-such-id"])
    work()
    case.refresh_from_db()
    assert case.state == "matching"
    assert case.candidates.count() == 0


def test_identity_needs_a_method_and_another_way_its_words(connection: Connection, officer: User) -> None:
    case = file_case(officer, connection)
    for method, note, field in (("", "", "method"), ("passport copy", "", "method"), ("other", " ", "note")):
        with pytest.raises(InvalidInput) as refused:
            identity.confirm(case=case, actor=officer, method=method, note=note)
        assert refused.value.field == field
    case.refresh_from_db()
    assert case.identity == "unconfirmed"


def test_a_line_stays_only_on_an_exemption_with_a_reason(connection: Connection, officer: User) -> None:
    case = reviewed(file_case(officer, connection), officer)
    for choice in (
        Choice(decision="keep"),
        Choice(decision="keep", exemption="17(3)(z)", reason="x"),
        Choice(decision="keep", exemption="17(3)(b)"),
        Choice(decision="not_theirs"),
        Choice(decision="shred"),
    ):
        with pytest.raises(InvalidInput) as refused:
            save_review(case, officer, id_234115=choice)
        assert str(refused.value.field).startswith("line-")
    plan = case.current_plan
    assert plan
    assert plan.ground == "", "nothing of a refused form is kept"
    with pytest.raises(NotReady, match="ground"):
        preparation.request(case=case, actor=officer)


def test_a_form_of_other_lines_is_refused(connection: Connection, officer: User) -> None:
    case = reviewed(file_case(officer, connection), officer)
    plan = case.current_plan
    assert plan
    lines = {line.pk: Choice(decision="delete") for line in plan.lines.all()}
    for choices in (dict(list(lines.items())[1:]), lines | {10**6: Choice(decision="delete")}, {}):
        with pytest.raises(RuleBroken):
            review.save(case=case, actor=officer, ground="17(1)(a)", choices=choices)


def test_keeping_everything_is_no_erasure(connection: Connection, officer: User) -> None:
    keep = Choice(decision="keep", exemption="17(3)(e)", reason="a claim")
    case = reviewed(file_case(officer, connection), officer)
    save_review(case, officer, id_234115=keep, id_7712=keep, id_1004=keep)
    with pytest.raises(NotReady, match="Nothing would be deleted"):
        preparation.request(case=case, actor=officer)


def test_a_ground_is_one_of_the_law(connection: Connection, officer: User) -> None:
    case = reviewed(file_case(officer, connection), officer)
    plan = case.current_plan
    assert plan
    with pytest.raises(InvalidInput) as refused:
        review.save(case=case, actor=officer, ground="17(1)(g)", choices={})
    assert refused.value.field == "ground"


@pytest.mark.parametrize("object_id", ["26/../27", "..", "26?x=1"])
def test_an_order_with_an_id_that_no_call_should_carry_is_never_deleted_blindly(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User, object_id: str
) -> None:
    sandbox.add_invoice(invoice_id=object_id, contact_id="1004", amount=100)
    case = file_case(officer, connection)
    with pytest.raises(NotReady, match="can't safely stand in a delete call"):
        prepared(case, officer)
    case.refresh_from_db()
    assert case.state == "review"

    keep = Choice(decision="keep", exemption="17(3)(b)", reason="can't be deleted by call")
    plan = case.current_plan
    assert plan
    choices = {line.pk: keep if line.object_id == object_id else Choice(decision="delete") for line in plan.lines.all()}
    review.save(case=case, actor=officer, ground="17(1)(a)", choices=choices)
    carried_out(case, officer, approver)
    assert (case.state, case.outcome) == ("completed", "erased_in_part")
    assert {call.object_id for call in sandbox.deletes()} == {"234115", "7712", "1004"}


@pytest.mark.parametrize("object_id", ["x" * 400, "26\n27", " "])
def test_an_id_that_can_not_be_stored_calls_a_person(
    sandbox: Sandbox, connection: Connection, officer: User, object_id: str
) -> None:
    sandbox.add_invoice(invoice_id=object_id, contact_id="1004", amount=100)
    case = file_case(officer, connection)
    work()
    case.refresh_from_db()
    assert (case.state, case.attention) == ("needs_attention", "unreadable_answer")


HOSTILE = [
    "<script>alert(1)</script><img src=x onerror=alert(2)>",
    '=HYPERLINK("http://evil.example","click")',
    "Linda\x00\x07\x1b[2J\u202eDare\ud7ff",
    "x" * 300,
    "{{ 7*7 }}{% load x %}%(name)s %s",
    "'; DROP TABLE dsr_case; --",
    "مرحبا Ünïcödé 👩‍👩‍👧",
]


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_name_changes_nothing_on_the_way(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User, name: str
) -> None:
    sandbox.rename_contact("1004", first_name=name, last_name=name)
    case = file_case(officer, connection, subject_name=name.replace("\x00", ""))
    assert drive(case, officer, approver) == []
    assert (case.state, case.outcome) == ("completed", "erased")
    linda = case.candidates.get(contact_id="1004")
    assert linda.summary["name"].startswith(name[:5].strip())
    for entry in AuditEntry.objects.all():
        assert name not in f"{entry.facts}"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"read_url": "http://api.segmetrics.io"}, "read_url"),
        ({"read_url": "https://10.0.0.1/"}, "read_url"),
        ({"import_url": "https://169.254.169.254/latest"}, "import_url"),
        ({"import_url": "https://[::1]/"}, "import_url"),
        ({"read_url": "https://localhost"}, "read_url"),
        ({"read_url": "ftp://api.segmetrics.io"}, "read_url"),
        ({"read_url": "https:///"}, "read_url"),
    ],
)
def test_a_connection_points_outside_or_is_refused(
    connection: Connection, administrator: User, settings: Settings, change: dict[str, str], field: str
) -> None:
    settings.ENV = dataclasses.replace(settings.ENV, allow_loopback=False)
    connection.read_url = connection.import_url = "https://93.184.216.34"
    for name, value in change.items():
        setattr(connection, name, value)
    with pytest.raises(InvalidInput) as refused:
        connections.save(actor=administrator, connection=connection, api_key=None, integrations=[("int9", "Shop")])
    assert refused.value.field == field
    assert Connection.objects.get().revision == 1


def test_a_connection_is_tested_with_words(sandbox: Sandbox, connection: Connection, administrator: User) -> None:
    assert "Reading works" in connections.test(connection=connection, actor=administrator)
    give_key(connection, "wrong")
    with pytest.raises(RuleBroken, match="API key"):
        connections.test(connection=connection, actor=administrator)
    give_key(connection, sandbox.api_key)
    connection.account_id = "nobody"
    with pytest.raises(RuleBroken, match="account"):
        connections.test(connection=connection, actor=administrator)
    sandbox.fault("drop_before", times=None)
    connection.account_id = "acme1"
    with pytest.raises(RuleBroken, match="doesn't answer"):
        connections.test(connection=connection, actor=administrator)


@pytest.mark.parametrize("state", ["received", "review", "awaiting_approval"])
def test_a_wrong_key_is_put_right_by_an_administrator_and_the_case_ends_as_ever(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User, administrator: User, state: str
) -> None:
    case = file_case(officer, connection)

    def save_key(key: str) -> None:
        fresh = Connection.objects.get()
        rows = [(row.integration_id, row.label) for row in fresh.integrations.all()]
        connections.save(actor=administrator, connection=fresh, api_key=key, integrations=rows)

    def withdraw_key() -> None:
        give_key(Connection.objects.get(), "withdrawn-key")

    called_for = drive(case, officer, approver, before={state: withdraw_key}, mended=lambda: save_key(sandbox.api_key))
    # A connection that is edited voids what was approved under it: a person reviews, and the approver approves, anew.
    assert called_for == ["key_refused"] + (["approval_void"] if state == "awaiting_approval" else [])
    assert (case.state, case.outcome) == ("completed", "erased")
    assert Document.objects.filter(case=case, kind="certificate").count() == 1


@pytest.mark.parametrize(("deleted", "told"), [(1, 3), (2, 3), (3, 1)])
def test_a_key_that_is_renewed_in_the_middle_of_a_deletion(
    sandbox: Sandbox,
    connection: Connection,
    officer: User,
    approver: User,
    administrator: User,
    deleted: int,
    told: int,
) -> None:
    """So many lines are gone when SegMetrics refuses the key; the administrator enters a new one."""
    case = file_case(officer, connection)

    def renew() -> None:
        if case.attention == "key_refused":
            assert len(sandbox.deletes()) >= deleted
            sandbox.clear_faults()
            fresh = Connection.objects.get()
            rows = [(row.integration_id, row.label) for row in fresh.integrations.all()]
            connections.save(actor=administrator, connection=fresh, api_key=sandbox.api_key, integrations=rows)

    def refuse_key() -> None:
        where: dict[str, Any] = {"method": "DELETE", "after": deleted} if deleted < 3 else {"path": "/contact/linda"}
        sandbox.fault("status", status=401, times=None, **where)

    called_for = drive(case, officer, approver, before={"awaiting_approval": refuse_key}, mended=renew)

    assert called_for[0] == "key_refused"
    assert len(called_for) == told, called_for
    assert (case.state, case.outcome) == ("completed", "erased")
    assert Document.objects.filter(case=case, kind="certificate").count() == 1
    assert not sandbox.contact_exists("int9", "1004")
    assert not sandbox.invoice_exists("int9", "234115")
    assert sandbox.contact_exists("int9", "2087")


def test_once_all_is_deleted_another_account_does_not_vouch_for_it(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User
) -> None:
    """A wrong account answers “not found” to everything, and its control read works."""
    case = prepared(file_case(officer, connection), officer)
    approve(case, approver)
    sandbox.fault("status", status=401, path="/contact/linda", times=None)
    work()
    case.refresh_from_db()
    assert case.attention == "key_refused"
    sandbox.clear_faults()
    Connection.objects.update(account_id="acme2")
    resumption.resume(case=case, actor=officer)
    work()
    case.refresh_from_db()
    assert (case.state, case.attention) == ("needs_attention", "approval_void")
    assert not Document.objects.filter(case=case, kind="certificate").exists()


def test_a_connection_out_of_use_takes_no_request(sandbox: Sandbox, officer: User) -> None:
    idle = make_connection(sandbox, is_active=False)
    with pytest.raises(InvalidInput) as refused:
        file_case(officer, idle)
    assert refused.value.field == "connection"


def test_reasons_have_an_end(connection: Connection, officer: User) -> None:
    case = file_case(officer, connection)
    work()
    with pytest.raises(InvalidInput, match="too long"):
        closing.withdraw(case=case, actor=officer, reason="x" * 4_001)
    with pytest.raises(InvalidInput, match="too long"):
        matching.decide(
            case=case,
            actor=officer,
            candidate=case.candidates.all()[0],
            decision="same_person",
            reason="x" * 2_001,
        )


def test_the_reference_does_not_betray_the_person(connection: Connection, officer: User) -> None:
    case = file_case(officer, connection)
    assert case.reference == f"DSR-{timezone.localdate().year}-{case.pk:06d}"
    assert intake.legal_deadline(case.received_on).due_on == case.due_on


ADDRESSES = ["ida@example.com", "ida\uff20example.com", "ida%40example.com"]


@pytest.mark.parametrize("object_id", ADDRESSES)
@pytest.mark.parametrize("kind", ["contact", "order", "subscription"])
def test_an_address_in_the_place_of_an_id_goes_to_a_person_and_stays_nowhere(
    sandbox: Sandbox, connection: Connection, officer: User, object_id: str, kind: str
) -> None:
    """Ids outlive the purge, on the certificate and in the audit log."""
    contact_id = object_id if kind == "contact" else "5001"
    sandbox.add_contact(contact_id=contact_id, email="ida.second@example.com", first_name="Ida")
    if kind == "order":
        sandbox.add_invoice(invoice_id=object_id, contact_id=contact_id, amount=100)
    if kind == "subscription":
        sandbox.add_subscription(subscription_id=object_id, contact_id=contact_id)
    case = file_case(officer, connection, emails=["ida.second@example.com"])

    work()

    case.refresh_from_db()
    assert (case.state, case.attention) == ("needs_attention", "address_as_id")
    assert case.attention_facts.get("contact_id") == (None if kind == "contact" else "5001")
    assert not case.candidates.exists(), "so it can't be confirmed, nor planned"
    assert not any("ida" in str(entry.facts) for entry in AuditEntry.objects.all())


def test_once_it_has_an_id_of_its_own_the_search_goes_on(
    sandbox: Sandbox, connection: Connection, officer: User
) -> None:
    sandbox.add_contact(contact_id="ida@example.com", email="ida.second@example.com", first_name="Ida")
    case = file_case(officer, connection, emails=["ida.second@example.com"])
    work()
    sandbox.remove("contact", "ida@example.com")
    sandbox.add_contact(contact_id="5001", email="ida.second@example.com", first_name="Ida")

    resumption.resume(case=case, actor=officer)
    work()

    case.refresh_from_db()
    assert case.state == "matching"
    assert case.candidates.get().contact_id == "5001"


def test_or_the_request_is_refused_by_hand(sandbox: Sandbox, connection: Connection, officer: User) -> None:
    sandbox.add_contact(contact_id="ida@example.com", email="ida.second@example.com", first_name="Ida")
    case = file_case(officer, connection, emails=["ida.second@example.com"])
    work()

    closing.refuse(case=case, actor=officer, ground="identity", reason="SegMetrics can't tell her apart.")

    assert case.state == "refused"
