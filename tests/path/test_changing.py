"""Rectification, restriction and objection, whole, over real HTTP against the sandbox."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from dsr import audit, storage
from dsr.actions import Action
from dsr.exceptions import Held, InvalidInput, NotAllowed, NotReady, StaleView, WrongState
from dsr.models import Approval, AuditEntry, Case, Change, Connection, Document, Job, Plan, User
from dsr.selectors import holds as in_force
from dsr.services import approval, changes, closing, holds, matching, preparation, resumption, stopping
from dsr.services.destruction import destroy_contents
from dsr.states import Kind
from segmetrics_client import ContactUpdate
from segmetrics_client.sandbox.people import Place
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import (
    allow_changes,
    approve,
    changes_prepared,
    file_case,
    make_connection,
    reviewed,
    save_changes,
    set_levels,
    work,
)
from tests.evidence.reading import attachments_of, words_of

pytestmark = pytest.mark.django_db
CHANGES = [Kind.RECTIFICATION, Kind.RESTRICTION, Kind.OBJECTION]


@pytest.fixture
def connection(db: None, sandbox: Sandbox) -> Connection:
    return allow_changes(make_connection(sandbox, may_delete=False))


def live(sandbox: Sandbox, contact_id: str = "1004") -> dict[str, Any]:
    """The contact as SegMetrics has it."""
    with sandbox.client() as client:
        contact = client.contacts.get(contact_id)
        return {
            "name": contact.full_name,
            "email": contact.email,
            "status": contact.status,
            "custom": dict(contact.custom_fields),
            "tags": sorted(str(tag.name) for tag in client.contacts.tags(contact_id)),
        }


def finished(case: Case) -> Case:
    work()
    case.refresh_from_db()
    return case


@pytest.fixture
def keeps_lower_case(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that keeps addresses in lower case, and takes no custom field."""
    save = Place.save_contact

    def lowered(place: Place, contact_id: str, email: str | None, given: Mapping[str, Any]) -> None:
        save(place, contact_id, email and email.lower(), {**given, "custom_fields": {}})

    monkeypatch.setattr(Place, "save_contact", lowered)


def writes(sandbox: Sandbox) -> list[str]:
    return [call.path.rsplit("/", 1)[-1] for call in sandbox.calls() if call.method == "POST"]


def test_a_rectification(sandbox: Sandbox, connection: Connection, officer: User, approver: User) -> None:
    case = changes_prepared(
        file_case(officer, connection, kind=Kind.RECTIFICATION),
        officer,
        fields={"first_name": "Lynda", "email": "lynda@example.com", "custom:city": "Bonn"},
    )
    assert (case.state, writes(sandbox)) == ("awaiting_approval", [])
    before = live(sandbox)

    approve(case, approver)
    assert case.state == "changing"
    finished(case)

    assert (case.state, case.outcome) == ("completed", "changed")
    assert live(sandbox) == {
        **before,
        "name": "Lynda Dare",
        "email": "lynda@example.com",
        "custom": {**before["custom"], "city": "Bonn"},
    }
    assert writes(sandbox) == ["contact"], "one call, and no tags in it"
    assert audit.verify() is None


@pytest.mark.usefixtures("keeps_lower_case")
def test_an_address_that_is_kept_in_lower_case_is_changed_and_shown_as_it_reads(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User
) -> None:
    case = file_case(officer, connection, kind=Kind.RECTIFICATION)
    changes_prepared(case, officer, fields={"email": "Lynda@Example.com"})
    assert Change.objects.get().in_words == ("linda.dare@example.com", "Lynda@Example.com")
    approve(case, approver)
    finished(case)
    assert (case.state, case.outcome) == ("completed", "changed")
    assert live(sandbox)["email"] == "lynda@example.com"
    assert Change.objects.get().step == "done"
    assert Change.objects.get().in_words == ("linda.dare@example.com", "lynda@example.com"), "the letter tells it too"


@pytest.mark.usefixtures("keeps_lower_case")
def test_how_an_address_reads_voids_no_approval_of_what_is_left(
    connection: Connection, officer: User, approver: User
) -> None:
    case = file_case(officer, connection, kind=Kind.RECTIFICATION)
    changes_prepared(case, officer, fields={"email": "Lynda@Example.com", "custom:city": "Bonn"})
    approve(case, approver)
    finished(case)
    assert (case.state, case.attention) == ("needs_attention", "not_changed")
    assert {row.field: row.step for row in Change.objects.all()} == {"email": "done", "custom:city": "attempted"}
    resumption.resume(case=case, actor=officer)
    finished(case)
    assert case.attention == "not_changed"


def test_in_other_case_an_address_is_no_change_and_everything_else_is(connection: Connection, officer: User) -> None:
    case = reviewed(file_case(officer, connection, kind=Kind.RECTIFICATION), officer)
    save_changes(case, officer, fields={"email": "Linda.Dare@Example.com", "first_name": "LINDA"})
    assert list(Change.objects.values_list("field", flat=True)) == ["first_name"]


@pytest.mark.parametrize(
    ("kind", "ground", "weighed", "status", "tags"),
    [
        (Kind.RESTRICTION, "18(1)(a)", "", "inactive", ["Buyer", "Newsletter", "VIP", "restricted"]),
        (Kind.OBJECTION, "21(2)", "", "active", ["Buyer", "No marketing", "VIP"]),
        (Kind.OBJECTION, "21(1)", "only analytics, nothing overrides", "active", ["Buyer", "No marketing", "VIP"]),
    ],
)
def test_a_restriction_and_an_objection(
    sandbox: Sandbox,
    connection: Connection,
    officer: User,
    approver: User,
    kind: Kind,
    ground: str,
    weighed: str,
    status: str,
    tags: list[str],
) -> None:
    case = changes_prepared(file_case(officer, connection, kind=kind), officer, ground=ground, weighed=weighed)
    approve(case, approver)
    finished(case)
    assert (case.state, case.outcome) == ("completed", "changed")
    assert live(sandbox) == {
        "name": "Linda Dare",
        "email": "linda.dare@example.com",
        "status": status,
        "custom": {},
        "tags": tags,
    }, "what nobody chose is as it was"
    assert not any("tags" in (call.body or {}) for call in sandbox.calls() if call.object == "contact")


@pytest.mark.parametrize("kind", CHANGES)
def test_evidence_shows_before_and_after_and_the_certificate_no_value(
    connection: Connection, officer: User, approver: User, kind: Kind
) -> None:
    Connection.objects.update(environment="staging")
    case = changes_prepared(file_case(officer, connection, kind=kind), officer)
    approve(case, approver)
    finished(case)
    evidence = words_of(storage.read(Document.objects.get(case=case, kind="evidence")))
    certificate = words_of(storage.read(Document.objects.get(case=case, kind="certificate")))
    values = {
        Kind.RECTIFICATION: ("Lynda",),
        Kind.RESTRICTION: ("inactive", "restricted"),
        Kind.OBJECTION: ("Newsletter", "No marketing"),
    }[kind]
    said = {
        Kind.RECTIFICATION: "The fields listed were rectified in SegMetrics account",
        Kind.RESTRICTION: "The restriction is noted in SegMetrics account",
        Kind.OBJECTION: "The objection is noted in SegMetrics account",
    }[kind]
    for value in values:
        assert value in evidence
        assert value not in certificate
    assert said in certificate
    assert "1004" in certificate
    assert "Acme Webshop (staging)" in certificate
    for word in ("Linda", "linda.dare", "deleted was", "erasure"):
        assert word not in certificate
    record = json.loads(
        attachments_of(storage.read(Document.objects.get(case=case, kind="certificate")))["record.json"]
    )
    assert record["right"] == kind
    assert {row["contact_id"] for row in record["changed"]} == {"1004"}


def test_whoever_had_a_hand_in_it_does_not_approve_it(connection: Connection, officer: User) -> None:
    case = changes_prepared(file_case(officer, connection, kind=Kind.RECTIFICATION), officer)
    officer.groups.add(*officer.groups.model.objects.filter(name="Approver"))
    with pytest.raises(NotAllowed):
        approve(case, User.objects.get(pk=officer.pk))


def test_what_was_chosen_after_the_approval_page_was_shown_is_not_approved(
    connection: Connection, officer: User, approver: User
) -> None:
    case = changes_prepared(file_case(officer, connection, kind=Kind.RECTIFICATION), officer)
    row = Change.objects.get()
    row.value_sealed = case.seal_json({"before": "Linda", "after": "Mallory"}, field="change")
    row.save()
    with pytest.raises(StaleView, match="changed after it was prepared"):
        approve(case, approver)


def test_nor_is_it_carried_out_when_it_was_changed_after_the_approval(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User
) -> None:
    case = changes_prepared(file_case(officer, connection, kind=Kind.RECTIFICATION), officer)
    approve(case, approver)
    row = Change.objects.get()
    row.value_sealed = case.seal_json({"before": "Linda", "after": "Mallory"}, field="change")
    row.save()
    finished(case)
    assert (case.state, case.attention) == ("needs_attention", "approval_void")
    assert writes(sandbox) == []


@pytest.mark.parametrize("how", ["name", "custom field of the plan", "status of the plan"])
def test_a_contact_that_changed_voids_the_approval(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User, how: str
) -> None:
    kind = Kind.RESTRICTION if "status" in how else Kind.RECTIFICATION
    chosen = {} if "status" in how else {"fields": {"custom:city": "Bonn"}}
    case = changes_prepared(file_case(officer, connection, kind=kind), officer, **chosen)
    approve(case, approver)
    if how == "name":
        sandbox.rename_contact("1004", first_name="Melinda")
    else:
        update = {"custom_fields": {"city": "Kiel"}} if "custom" in how else {"status": "unsubscribed"}
        with sandbox.client() as client:
            client.contacts.upsert(ContactUpdate.model_construct({"contact_id", *update}, contact_id="1004", **update))
    sandbox.reset_calls()
    finished(case)
    assert (case.state, case.attention) == ("needs_attention", "contact_changed")
    assert writes(sandbox) == []
    with pytest.raises(NotReady):
        resumption.resume(case=case, actor=officer)
    matching.search_again(case=case, actor=officer)
    finished(case)
    assert case.state == "matching"


def test_a_contact_that_is_gone_is_a_question(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User
) -> None:
    case = changes_prepared(file_case(officer, connection, kind=Kind.RECTIFICATION), officer)
    approve(case, approver)
    sandbox.remove("contact", "1004")
    finished(case)
    assert (case.state, case.attention) == ("needs_attention", "contact_vanished")
    assert not sandbox.contact_exists("int9", "1004"), "and no new one was made"


@pytest.mark.parametrize("kind", CHANGES)
def test_an_answer_that_is_lost_is_no_harm(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User, kind: Kind
) -> None:
    case = changes_prepared(file_case(officer, connection, kind=kind), officer)
    approve(case, approver)
    for method in ("POST", "GET"):
        sandbox.fault("drop_after", method=method, path="contact|tags", times=2)
    finished(case)
    assert (case.state, case.outcome) == ("completed", "changed")


def test_a_change_that_does_not_read_back_is_not_called_changed(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User
) -> None:
    case = changes_prepared(file_case(officer, connection, kind=Kind.OBJECTION), officer)
    approve(case, approver)
    sandbox.fault("lying", method="POST", path="tags", times=None)
    for _ in range(5):
        Job.objects.filter(status="due").update(next_at=timezone.now())
        finished(case)
    assert (case.state, case.attention) == ("needs_attention", "not_changed")
    assert not Document.objects.filter(case=case, kind="certificate").exists()
    with pytest.raises(WrongState):
        closing.withdraw(case=case, actor=officer, reason="she called")
    sandbox.clear_faults()
    resumption.resume(case=case, actor=officer)
    finished(case)
    assert (case.state, case.outcome) == ("completed", "changed")


def test_what_was_never_seen_stands_on_the_certificate(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User
) -> None:
    case = changes_prepared(
        file_case(officer, connection, kind=Kind.RESTRICTION),
        officer,
        fields={"status": "inactive"},
        add_tags=["restricted"],
    )
    approve(case, approver)
    sandbox.fault("lying", method="POST", path="tags", times=None)
    for _ in range(5):
        Job.objects.filter(status="due").update(next_at=timezone.now())
        finished(case)
    matching.search_again(case=case, actor=officer)
    finished(case)
    reviewed(case, officer)
    assert Change.objects.filter(plan=case.current_plan).count() == 0, "a new search begins anew"
    closing.look_again(case=case, actor=officer)
    finished(case)
    assert (case.state, case.outcome) == ("completed", "changed_in_part")
    certificate = words_of(storage.read(Document.objects.get(case=case, kind="certificate")))
    assert (
        "1 tag put on of contact 1004 in Webshop (int9): tried, but this case never saw it take effect." in certificate
    )


def test_what_was_seen_once_and_never_again_is_not_called_changed(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User
) -> None:
    """The tag came back, as a connected system writes it, and was taken once more under a second approval."""
    case = changes_prepared(file_case(officer, connection, kind=Kind.OBJECTION), officer)
    approve(case, approver)
    for verb in ("add", "remove"):
        sandbox.fault("lying", method="POST", path=f"tags/{verb}", times=None)
        for _ in range(5):
            Job.objects.filter(status="due").update(next_at=timezone.now())
            finished(case)
        assert (case.state, case.attention) == ("needs_attention", "not_changed")
        sandbox.clear_faults()
        if verb == "add":
            assert "Newsletter" not in live(sandbox)["tags"], "taken, and seen to be"
            with sandbox.client() as client:
                client.tags.add("1004", ["Newsletter"])
        matching.search_again(case=case, actor=officer)
        finished(case)
        reviewed(case, officer)
        if verb == "add":
            save_changes(case, officer, remove_tags=["Newsletter"])
            preparation.request(case=case, actor=officer)
            finished(case)
            approve(case, approver)
    closing.look_again(case=case, actor=officer)
    finished(case)
    assert "Newsletter" in live(sandbox)["tags"]
    certificate = words_of(storage.read(Document.objects.get(case=case, kind="certificate")))
    assert (
        "1 tag taken off of contact 1004 in Webshop (int9): tried, but this case never saw it take effect."
        in certificate
    )


def test_an_address_of_somebody_else_is_never_sent(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User
) -> None:
    sandbox.add_contact(contact_id="3003", email="lynda@example.com", first_name="Other", last_name="Body")
    case = changes_prepared(
        file_case(officer, connection, kind=Kind.RECTIFICATION), officer, fields={"email": "lynda@example.com"}
    )
    approve(case, approver)
    finished(case)
    assert (case.state, case.attention) == ("needs_attention", "address_taken")
    assert writes(sandbox) == []
    assert sandbox.contact_exists("int9", "3003")


@pytest.mark.parametrize("kind", CHANGES)
def test_without_the_grant_nothing_is_prepared_or_approved_or_called(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User, kind: Kind
) -> None:
    case = reviewed(file_case(officer, connection, kind=kind), officer)
    save_changes(case, officer)
    granted = connection.granted
    Connection.objects.update(granted=[Action.SEARCH_CONTACTS, Action.GET_CONTACT])
    with pytest.raises(NotReady, match="grant doesn't name"):
        preparation.request(case=case, actor=officer)
    Connection.objects.update(granted=granted)
    preparation.request(case=case, actor=officer)
    finished(case)
    reads = [name for name in granted if not name.startswith(("upsert", "add", "remove"))]
    Connection.objects.update(granted=reads)
    with pytest.raises(NotReady, match="grant doesn't name"):
        approve(case, approver)
    Connection.objects.update(granted=granted)
    approve(case, approver)
    Connection.objects.update(granted=reads)
    sandbox.reset_calls()
    finished(case)
    assert (case.state, case.attention) == ("needs_attention", "not_granted")
    assert writes(sandbox) == []
    Connection.objects.update(granted=granted)
    resumption.resume(case=case, actor=officer)
    finished(case)
    assert case.state == "completed"


def test_with_several_integrations_nothing_is_implied(
    sandbox: Sandbox, db: None, officer: User, approver: User
) -> None:
    sandbox.add_integration("int2")
    connection = allow_changes(make_connection(sandbox, ("int9", "Webshop"), ("int2", "Academy")))
    case = reviewed(file_case(officer, connection, kind=Kind.RECTIFICATION), officer)
    with pytest.raises(InvalidInput, match="Choose the integration"):
        save_changes(case, officer, integrations=(), fields={"first_name": "Lynda"})
    save_changes(case, officer, integrations=("int9",), fields={"first_name": "Lynda"})
    preparation.request(case=case, actor=officer)
    finished(case)
    approve(case, approver)
    finished(case)
    assert {call.integration for call in sandbox.calls() if call.method == "POST"} == {"int9"}
    assert not sandbox.contact_exists("int2", "1004")
    certificate = words_of(storage.read(Document.objects.get(case=case, kind="certificate")))
    assert "a read spans them all" in certificate


def test_an_objection_to_direct_marketing_is_absolute(connection: Connection, officer: User) -> None:
    case = reviewed(file_case(officer, connection, kind=Kind.OBJECTION), officer)
    with pytest.raises(InvalidInput, match="what was weighed"):
        save_changes(case, officer, ground="21(1)")
    save_changes(case, officer, ground="21(2)", weighed="nothing has to be said here")
    plan = case.current_plan
    assert plan
    assert plan.weighed == ""
    with pytest.raises(InvalidInput, match="absolute"):
        closing.refuse(case=case, actor=officer, ground="compelling", reason="we want to go on")
    save_changes(case, officer, ground="21(1)", weighed="nothing overrides it")
    closing.refuse(case=case, actor=officer, ground="compelling", reason="a claim is pending")
    assert case.state == "refused"


@pytest.mark.parametrize(
    ("kind", "chosen"),
    [
        (Kind.RECTIFICATION, {"add_tags": ["VIP+"]}),
        (Kind.RECTIFICATION, {"fields": {"status": "inactive"}}),
        (Kind.RECTIFICATION, {"fields": {"email": "not an address"}}),
        (Kind.RECTIFICATION, {"fields": {"contact_id": "1005"}}),
        (Kind.RECTIFICATION, {"fields": {"custom:linda@example.com": "x"}}),
        (Kind.RECTIFICATION, {"fields": {"first_name": "L" * 1001}}),
        (Kind.OBJECTION, {"fields": {"first_name": "Lynda"}}),
        (Kind.OBJECTION, {"add_tags": ["123"]}),
        (Kind.OBJECTION, {"add_tags": ["VIP"], "remove_tags": ["VIP"]}),
        (Kind.RESTRICTION, {"fields": {"status": "unsubscribed"}}),
        (Kind.RESTRICTION, {"ground": "21(2)"}),
        (Kind.RESTRICTION, {"integrations": ("elsewhere",), "add_tags": ["restricted"]}),
    ],
)
def test_what_does_not_fit_is_refused(
    connection: Connection, officer: User, kind: Kind, chosen: dict[str, Any]
) -> None:
    case = reviewed(file_case(officer, connection, kind=kind), officer)
    with pytest.raises(InvalidInput):
        save_changes(case, officer, **chosen)
    assert not Change.objects.exists()


def test_nothing_to_change_is_not_prepared(connection: Connection, officer: User) -> None:
    case = reviewed(file_case(officer, connection, kind=Kind.RECTIFICATION), officer)
    save_changes(case, officer, fields={"first_name": "Linda"})
    assert not Change.objects.exists(), "what is there already is no change"
    with pytest.raises(NotReady, match="Nothing would be changed"):
        preparation.request(case=case, actor=officer)


def test_sent_back_with_a_copy_and_stopped_in_the_cooling_off(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User
) -> None:
    case = changes_prepared(file_case(officer, connection, kind=Kind.OBJECTION), officer)
    approval.send_back(case=case, actor=approver, reason="the other tag too")
    plan = case.current_plan
    assert plan
    assert (plan.changes.count(), plan.ground) == (2, "21(2)")
    preparation.request(case=case, actor=officer)
    finished(case)
    set_levels(cooling_off_minutes=30)
    approve(case, approver)
    finished(case)
    assert case.state == "changing"
    stopping.stop(case=case, actor=officer, reason="wait")
    assert (case.state, writes(sandbox)) == ("review", [])
    preparation.request(case=case, actor=officer)
    finished(case)
    approve(case, approver)
    closing.withdraw(case=case, actor=officer, reason="she thought again")
    finished(case)
    assert (case.state, writes(sandbox)) == ("withdrawn", [])


def test_a_hold_stops_a_rectification_and_no_objection(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User
) -> None:
    first = changes_prepared(file_case(officer, connection, kind=Kind.RECTIFICATION), officer)
    other = changes_prepared(file_case(officer, connection, kind=Kind.OBJECTION), officer)
    approve(first, approver)
    holds.place(case=first, actor=officer, reason="a claim")
    assert in_force.binding(other).exists()
    finished(first)
    assert (first.state, first.attention) == ("needs_attention", "legal_hold")
    approve(other, approver)
    finished(other)
    assert other.state == "completed", "an objection destroys nothing"
    assert live(sandbox)["name"] == "Linda Dare"


@pytest.mark.parametrize(
    ("kind", "is_held"), [(Kind.RESTRICTION, False), (Kind.OBJECTION, False), (Kind.RECTIFICATION, True)]
)
def test_a_hold_on_the_case_itself_stops_what_writes_over(
    connection: Connection, officer: User, approver: User, kind: Kind, is_held: bool
) -> None:
    """Also in the database, which refuses the approval whoever asks."""
    case = changes_prepared(file_case(officer, connection, kind=kind), officer)
    holds.place(case=case, actor=officer, reason="a claim")
    plan = case.current_plan
    assert plan
    if not is_held:
        approve(case, approver)
        finished(case)
        assert case.state == "completed"
        return
    with pytest.raises(Held):
        approve(case, approver)
    with pytest.raises(DatabaseError, match="legal hold"), transaction.atomic():
        Approval.objects.create(
            case=case, plan=plan, approver=approver, fingerprint=plan.fingerprint, approved_at=timezone.now()
        )


def test_a_change_needs_no_credential_of_the_approver_s_own(
    connection: Connection, officer: User, approver: User
) -> None:
    """Deletions are signed by whoever approves them; a change as what is read is."""
    Connection.objects.update(personal_deletes=True)
    case = changes_prepared(file_case(officer, connection, kind=Kind.RECTIFICATION), officer)
    approve(case, approver)
    finished(case)
    assert case.state == "completed"


@pytest.mark.parametrize("kind", CHANGES)
def test_nothing_of_it_stands_in_the_clear(
    connection: Connection, officer: User, approver: User, kind: Kind, caplog: pytest.LogCaptureFixture
) -> None:
    case = changes_prepared(
        file_case(officer, connection, kind=kind),
        officer,
        **({"ground": "21(1)", "weighed": "Lynda's letter"} if kind == Kind.OBJECTION else {}),
    )
    approve(case, approver)
    finished(case)
    clear = str([*Change.objects.values_list(), *AuditEntry.objects.values_list(), *Plan.objects.values_list()])
    for word in ("Lynda", "Linda", "Newsletter", "No marketing", "restricted", "Lynda's"):
        assert word not in clear
        assert word not in caplog.text


def test_after_the_purge_no_value_is_left(connection: Connection, officer: User, approver: User) -> None:
    case = changes_prepared(file_case(officer, connection, kind=Kind.OBJECTION), officer)
    approve(case, approver)
    finished(case)
    destroy_contents(case=case, why="retention")
    assert {bytes(row) for row in Change.objects.values_list("value_sealed", flat=True)} == {b""}
    assert Document.objects.get(case=case, kind="certificate").destroyed_at is None


def test_a_field_with_a_list_is_not_written_over(sandbox: Sandbox, connection: Connection, officer: User) -> None:
    sandbox.add_contact(
        contact_id="1004",
        email="linda.dare@example.com",
        first_name="Linda",
        last_name="Dare",
        custom_fields={"plain": "x", "nested": ["a"], "long": "x" * 1_001},
    )
    case = reviewed(file_case(officer, connection, kind=Kind.RECTIFICATION), officer)
    for name in ("nested", "long"):
        with pytest.raises(InvalidInput, match="list or a long text"):
            save_changes(case, officer, fields={f"custom:{name}": "y"})
    save_changes(case, officer, fields={"custom:plain": "y"})
    assert Change.objects.get().in_words == ("x", "y")


def plan_to_approve(case: Case, officer: User) -> Plan:
    preparation.request(case=case, actor=officer)
    work()
    case.refresh_from_db()
    assert case.current_plan
    return case.current_plan


@pytest.mark.parametrize("contact_id", ["cust;17", "cust 17", "a,b"])
def test_what_the_page_asks_to_type_is_taken_also_where_an_id_looks_like_two(
    officer: User, approver: User, connection: Connection, sandbox: Sandbox, contact_id: str
) -> None:
    sandbox.add_contact(contact_id=contact_id, email="q@example.com", date_created="2019-01-01 08:00:00")
    case = file_case(officer, connection, kind=Kind.RECTIFICATION, emails=["q@example.com"])
    reviewed(case, officer, same=(contact_id,))
    save_changes(case, officer, contact_id=contact_id, fields={"first_name": "Queenie"})
    plan = plan_to_approve(case, officer)
    with pytest.raises(InvalidInput):
        approval.approve(case=case, actor=approver, typed_ids=contact_id[:-1], fingerprint=plan.fingerprint)
    approval.approve(case=case, actor=approver, typed_ids=f" {contact_id} ", fingerprint=plan.fingerprint)
    work()
    case.refresh_from_db()
    assert case.state == "completed"


def test_each_id_is_typed_also_where_one_holds_the_other(
    officer: User, approver: User, connection: Connection, sandbox: Sandbox
) -> None:
    ids = {"cust": "q@example.com", "cust 17": "r@example.com"}
    for contact_id, email in ids.items():
        sandbox.add_contact(contact_id=contact_id, email=email, date_created="2019-01-01 08:00:00")
    case = file_case(officer, connection, kind=Kind.RECTIFICATION, emails=list(ids.values()))
    reviewed(case, officer, same=tuple(ids))
    wanted = changes.Wanted(integrations=("int9",), fields={"first_name": "Queenie"})
    changes.save(
        case=case, actor=officer, wanted={row.pk: wanted for row in case.candidates.all()}, ground="", weighed=""
    )
    plan = plan_to_approve(case, officer)
    with pytest.raises(InvalidInput):
        approval.approve(case=case, actor=approver, typed_ids="cust 17", fingerprint=plan.fingerprint)
    shown = ", ".join(approval.words_to_type(plan))
    approval.approve(case=case, actor=approver, typed_ids=shown, fingerprint=plan.fingerprint)
