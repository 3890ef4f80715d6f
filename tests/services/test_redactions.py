"""Another person's data is left out with a reason, by an officer who may read, and the package is made anew."""

from __future__ import annotations

from typing import Any

import pytest

from dsr.exceptions import InvalidInput, NotAllowed, RuleBroken, WrongState
from dsr.exports.redaction import Redaction
from dsr.models import AuditEntry, Case, CaseActor, Connection, Errand, HandOver, User
from dsr.models import Redaction as Row
from dsr.permissions import Role
from dsr.selectors.redactions import redactions_of
from dsr.services import closing, handover_links, redactions, resumption
from dsr.states import Kind
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import file_case, packed, prepared

OTHER = "tom.agent@example.com"


@pytest.fixture
def ready(sandbox: Sandbox, officer: User, connection: Connection) -> Case:
    sandbox.remove("contact", "1004")
    sandbox.add_contact(
        contact_id="1004",
        email="linda.dare@example.com",
        first_name="Linda",
        last_name="Dare",
        custom_fields={"agent": OTHER, "shoe_size": "38"},
        events=[
            {"type": "visit", "date_created": "2021-01-01 10:00:00", "referrer": f"https://example.com/?by={OTHER}"}
        ],
    )
    case = packed(prepared(file_case(officer, connection, kind=Kind.ACCESS), officer))
    Errand.objects.all().delete()
    return case


def add(case: Case, actor: User, **what: Any) -> Row:
    return redactions.add_redaction(case=case, actor=actor, **({"reason": "data of an employee"} | what))


def test_what_is_left_out_is_what_the_package_is_made_by(ready: Case, officer: User) -> None:
    add(ready, officer, path="custom_fields/agent")
    add(ready, officer, text=OTHER, contact_id="1004", reason="the same person")

    assert redactions_of(ready) == (
        Redaction(path="custom_fields/agent", reason="data of an employee"),
        Redaction(text=OTHER, contact_id="1004", reason="the same person"),
    )


def test_each_change_makes_the_package_anew_and_ends_the_link(ready: Case, officer: User) -> None:
    made = handover_links.create(case=ready, actor=officer, days=1)
    row = add(ready, officer, text=OTHER)

    errand = Errand.objects.get()
    assert (errand.kind, errand.target, errand.case, errand.status) == ("package", ready.pk, ready, "due")
    assert HandOver.objects.get().revoked_at
    assert handover_links.open_by(token=made.token, code=made.code) is None
    with pytest.raises(RuleBroken, match="isn't made yet"):
        handover_links.create(case=ready, actor=officer, days=1)

    Errand.objects.update(status="done")
    packed(ready)
    handover_links.create(case=ready, actor=officer, days=1)
    redactions.remove_redaction(redaction=row, actor=officer)
    assert redactions_of(ready) == ()
    assert Errand.objects.filter(status="due").count() == 1
    assert not HandOver.objects.filter(revoked_at=None).exists()


def test_a_package_that_could_not_be_made_is_not_handed_over_as_it_was(ready: Case, officer: User) -> None:
    add(ready, officer, text=OTHER)
    Errand.objects.update(status="failed")

    with pytest.raises(RuleBroken, match="isn't made yet"):
        handover_links.create(case=ready, actor=officer, days=1)


def test_one_that_is_being_made_right_now_starts_once_more(ready: Case, officer: User) -> None:
    add(ready, officer, text=OTHER)
    Errand.objects.update(status="running", attempts=2)

    add(ready, officer, path="custom_fields/agent")

    errand = Errand.objects.get()
    assert (errand.status, errand.attempts) == ("due", 0)


def test_the_audit_log_holds_counts_alone(ready: Case, officer: User) -> None:
    row = add(ready, officer, text=OTHER)
    redactions.remove_redaction(redaction=row, actor=officer)

    added, removed = AuditEntry.objects.filter(verb__startswith="redaction_").order_by("sequence")
    assert added.facts == {"redaction": row.pk, "places": 2, "redactions": 1}
    assert removed.facts == {"redaction": row.pk, "redactions": 0}
    assert added.reason_digest
    assert CaseActor.objects.filter(case=ready, user=officer, act="redacted").exists()


def test_nothing_of_it_is_stored_in_the_clear(ready: Case, officer: User) -> None:
    row = add(ready, officer, text=OTHER, reason="an employee called Tom")

    stored = bytes(Row.objects.get().content_sealed)
    for word in (OTHER, "employee", "Tom"):
        assert word.encode() not in stored
    redactions.remove_redaction(redaction=row, actor=officer)
    assert not Row.objects.exists()


@pytest.mark.parametrize(
    ("what", "field"),
    [
        ({}, "path"),
        ({"text": "to"}, "text"),
        ({"text": "x" * 501}, "text"),
        ({"text": "nobody@example.com"}, "text"),
        ({"path": "custom_fields/hat_size"}, "path"),
        ({"text": OTHER, "contact_id": "2087"}, "text"),
        ({"text": OTHER, "reason": "  "}, "reason"),
        ({"text": OTHER, "reason": "x" * 1001}, "reason"),
    ],
)
def test_what_leaves_nothing_out_or_has_no_reason_is_refused(
    ready: Case, officer: User, what: dict[str, str], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        add(ready, officer, **what)

    assert refused.value.field == field
    assert not Row.objects.exists()
    assert not Errand.objects.exists()


def test_how_much_it_would_be_is_counted(ready: Case) -> None:
    found = redactions.preview(case=ready, redaction=Redaction(text=OTHER, reason="x"))

    assert found == {"custom_fields": 1, "events": 1}
    assert redactions.fields(case=ready)["custom_fields/shoe_size"] == 1


def test_nobody_but_an_officer_who_may_read(ready: Case, officer: User, approver: User, auditor: User) -> None:
    row = add(ready, officer, text=OTHER)
    for who in (approver, auditor):
        with pytest.raises(NotAllowed):
            add(ready, who, path="custom_fields/agent")
        with pytest.raises(NotAllowed):
            redactions.remove_redaction(redaction=row, actor=who)
    rights = officer.groups.get(name=Role.PRIVACY_OFFICER).permissions
    rights.remove(rights.get(codename="read_contents"))
    with pytest.raises(NotAllowed, match="right of its own"):
        add(ready, officer, path="custom_fields/agent")
    assert len(redactions_of(ready)) == 1


def test_only_while_the_package_is_ready(ready: Case, officer: User) -> None:
    row = add(ready, officer, text=OTHER)
    resumption.back_to_review(case=ready, actor=officer)
    with pytest.raises(RuleBroken):
        add(ready, officer, path="custom_fields/agent")
    with pytest.raises(WrongState):
        redactions.remove_redaction(redaction=row, actor=officer)
    assert len(redactions_of(ready)) == 1, "the next package leaves it out too"


def test_after_the_hand_over_it_stays_as_it_was_given(ready: Case, officer: User) -> None:
    row = add(ready, officer, text=OTHER)
    packed(ready)
    closing.hand_over(case=ready, actor=officer, how="by post")
    with pytest.raises(WrongState):
        redactions.remove_redaction(redaction=row, actor=officer)


def test_an_erasure_has_nothing_to_leave_out(officer: User, connection: Connection) -> None:
    case = prepared(file_case(officer, connection), officer)
    with pytest.raises(RuleBroken):
        add(case, officer, text="linda")
