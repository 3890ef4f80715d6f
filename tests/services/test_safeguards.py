"""Weakening a safeguard takes two administrators; making it stricter takes one. Held by service and database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.utils import timezone

from dsr.exceptions import InvalidInput, NotAllowed, NotReady, StaleView, WrongState
from dsr.models import AuditEntry, ChangeKind, Connection, SafeguardChange, Safeguards, User
from dsr.permissions import Role, roles_of
from dsr.services import connections, safeguards, strengthening, users
from dsr.services.effects import EFFECTS
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import ask_more, grant_all, make_user, set_levels
from tests.factors import give_app

pytestmark = pytest.mark.django_db

WEEK = dt.timedelta(days=7)


@pytest.fixture(autouse=True)
def _strict(db: None) -> None:
    set_levels(cooling_off_minutes=60, approvals_per_day=20, mfa_roles=list(Role.values))


@pytest.fixture
def nora(db: None) -> User:
    return make_user("nora@example.com", "Nora New")


def as_they_are() -> tuple[Any, ...]:
    """Everything that a change could weaken."""
    return (
        Safeguards.objects.values().get(),
        [(user.pk, user.is_active, sorted(user.groups.values_list("name", flat=True))) for user in User.objects.all()],
        list(Connection.objects.values_list("pk", "may_delete")),
        list(Authenticator.objects.values_list("pk", "user")),
    )


Asked = Callable[[User, User, Connection], SafeguardChange]


def _shorter(actor: User, nora: User, connection: Connection) -> SafeguardChange:
    [change] = strengthening.save(
        actor=actor, cooling_off_minutes=5, approvals_per_day=20, mfa_roles=Role.values, reason="a busy month"
    )
    return change


def _more(actor: User, nora: User, connection: Connection) -> SafeguardChange:
    [change] = strengthening.save(
        actor=actor, cooling_off_minutes=60, approvals_per_day=21, mfa_roles=Role.values, reason="a busy month"
    )
    return change


def _no_second_factor(actor: User, nora: User, connection: Connection) -> SafeguardChange:
    [change] = strengthening.save(
        actor=actor, cooling_off_minutes=60, approvals_per_day=20, mfa_roles=["Approver"], reason="lost the phones"
    )
    return change


def _role(actor: User, nora: User, connection: Connection) -> SafeguardChange:
    change = users.set_roles(actor=actor, user=nora, roles=[Role.APPROVER], reason="new here")
    assert change
    return change


def _invited(actor: User, nora: User, connection: Connection) -> SafeguardChange:
    user = users.invite(actor=actor, email="n@example.com", full_name="N", roles=[Role.ADMINISTRATOR], reason="new")
    return SafeguardChange.objects.get(subject=user)


def _opened(actor: User, nora: User, connection: Connection) -> SafeguardChange:
    closed = make_user("closed@example.com", "Closed", Role.APPROVER, is_active=False)
    change = users.reactivate(actor=actor, user=closed, reason="back again")
    assert change
    return change


def _let_delete(actor: User, nora: User, connection: Connection) -> SafeguardChange:
    Connection.objects.update(may_delete=False)
    return connections.ask_to_delete(actor=actor, connection=connection, reason="tested it")


def _lost(actor: User, nora: User, connection: Connection) -> SafeguardChange:
    give_app(nora)
    return safeguards.ask(actor=actor, kind=ChangeKind.MFA_RESET, subject=nora, reason="lost the phone, called back")


WEAKER: dict[str, tuple[Asked, Callable[[], object]]] = {
    "shorter cooling-off": (_shorter, lambda: Safeguards.current().cooling_off_minutes == 5),
    "more approvals": (_more, lambda: Safeguards.current().approvals_per_day == 21),
    "no second factor": (_no_second_factor, lambda: Safeguards.current().mfa_roles == ["Approver"]),
    "a role": (_role, lambda: roles_of(User.objects.get(email="nora@example.com")) == {"Approver"}),
    "an invited person's role": (
        _invited,
        lambda: roles_of(User.objects.get(email="n@example.com")) == {"Administrator"},
    ),
    "an account with roles": (_opened, lambda: roles_of(User.objects.get(email="closed@example.com")) == {"Approver"}),
    "deleting": (_let_delete, lambda: Connection.objects.get().may_delete),
    "a lost second factor": (_lost, lambda: not Authenticator.objects.exists()),
}


def test_a_reset_says_in_the_record_what_went(administrator: User, second_administrator: User, nora: User) -> None:
    change = _lost(administrator, nora, Connection())
    safeguards.grant(actor=second_administrator, change=change)

    facts = AuditEntry.objects.get(verb="safeguard_change_granted").facts
    assert facts["factors_removed"] == ["totp"]
    assert facts["user"] == nora.staff_reference


def test_without_a_factor_there_is_nothing_to_reset(administrator: User, nora: User) -> None:
    with pytest.raises(NotReady, match="no second factor"):
        safeguards.ask(actor=administrator, kind=ChangeKind.MFA_RESET, subject=nora, reason="lost the phone")


def test_every_kind_is_tried_here() -> None:
    assert set(EFFECTS) == set(ChangeKind.values)


@pytest.mark.parametrize("name", WEAKER)
def test_one_asks_and_only_another_grants(
    administrator: User, second_administrator: User, nora: User, connection: Connection, name: str
) -> None:
    ask, holds = WEAKER[name]
    change = ask(administrator, nora, connection)
    before = as_they_are()
    assert not holds(), "asking changes nothing"
    with pytest.raises(NotAllowed, match="yourself"):
        safeguards.grant(actor=administrator, change=change)
    assert as_they_are() == before

    safeguards.grant(actor=second_administrator, change=change)

    assert holds()
    asked, granted = AuditEntry.objects.filter(verb__startswith="safeguard_change").order_by("sequence")
    assert (asked.verb, asked.actor) == ("safeguard_change_asked", administrator.staff_reference)
    assert (granted.verb, granted.actor) == ("safeguard_change_granted", second_administrator.staff_reference)
    assert granted.facts["kind"] == change.kind
    assert "@" not in str([asked.facts, granted.facts])


@pytest.mark.parametrize("name", WEAKER)
@pytest.mark.parametrize("end", ["declined", "withdrawn", "expired"])
def test_what_is_over_can_not_be_granted(
    administrator: User, second_administrator: User, nora: User, connection: Connection, name: str, end: str
) -> None:
    change = WEAKER[name][0](administrator, nora, connection)
    before = as_they_are()
    if end == "declined":
        safeguards.decline(actor=second_administrator, change=change)
    if end == "withdrawn":
        safeguards.withdraw(actor=administrator, change=change)
    later = timezone.now() + (WEEK if end == "expired" else dt.timedelta(seconds=1))
    with time_machine.travel(later), pytest.raises(WrongState):
        safeguards.grant(actor=second_administrator, change=change)
    assert as_they_are() == before


@pytest.mark.parametrize("role", [None, Role.PRIVACY_OFFICER, Role.APPROVER, Role.AUDITOR])
def test_nobody_else_asks_or_decides(administrator: User, role: Role | None) -> None:
    someone = make_user("someone@example.com", "Someone", *([role] if role else []), is_superuser=True)
    change = ask_more(administrator)
    with pytest.raises(NotAllowed):
        ask_more(someone, 40)
    for verb in (safeguards.grant, safeguards.decline, safeguards.withdraw):
        with pytest.raises(NotAllowed):
            verb(actor=someone, change=change)
    with pytest.raises(NotAllowed):
        strengthening.save(actor=someone, cooling_off_minutes=90, approvals_per_day=1, mfa_roles=[])
    assert Safeguards.current().cooling_off_minutes == 60


def test_nobody_grants_what_is_about_their_own_account(administrator: User, second_administrator: User) -> None:
    change = users.set_roles(
        actor=administrator, user=second_administrator, roles=[Role.ADMINISTRATOR, Role.APPROVER], reason="short of us"
    )
    assert change
    with pytest.raises(NotAllowed, match="your own account"):
        safeguards.grant(actor=second_administrator, change=change)
    with pytest.raises(NotAllowed, match="your own account"):
        users.set_roles(actor=administrator, user=administrator, roles=[Role.APPROVER], reason="x")
    with pytest.raises(NotAllowed, match="your own account"):
        safeguards.ask(
            actor=administrator,
            kind=ChangeKind.ROLES,
            subject=administrator,
            reason="x",
            payload={"roles": ["Approver"]},
        )
    safeguards.grant(actor=make_user("third@example.com", "Third", Role.ADMINISTRATOR), change=change)
    assert roles_of(second_administrator) == {"Administrator", "Approver"}


def test_what_somebody_asked_who_is_no_administrator_any_more_is_not_granted(
    administrator: User, second_administrator: User, nora: User, connection: Connection
) -> None:
    change = _role(administrator, nora, connection)
    users.deactivate(actor=second_administrator, user=administrator)
    with pytest.raises(NotReady, match="no administrator any more"):
        safeguards.grant(actor=second_administrator, change=change)
    safeguards.decline(actor=second_administrator, change=change)
    assert not roles_of(nora)


def test_others_decline_and_the_asker_withdraws(administrator: User, second_administrator: User) -> None:
    change = ask_more(administrator)
    with pytest.raises(NotAllowed, match="Withdraw it"):
        safeguards.decline(actor=administrator, change=change)
    with pytest.raises(NotAllowed, match="Decline it"):
        safeguards.withdraw(actor=second_administrator, change=change)
    with pytest.raises(NotReady, match="asked for already"):
        ask_more(second_administrator, 40)
    safeguards.withdraw(actor=administrator, change=change)
    ask_more(second_administrator, 40)


def test_it_needs_a_reason(administrator: User, nora: User, connection: Connection) -> None:
    for ask in (
        lambda: users.set_roles(actor=administrator, user=nora, roles=[Role.APPROVER]),
        lambda: strengthening.save(actor=administrator, cooling_off_minutes=5, approvals_per_day=20, mfa_roles=[]),
        lambda: users.invite(actor=administrator, email="n@example.com", full_name="N", roles=["Auditor"], reason=" "),
    ):
        with pytest.raises(InvalidInput) as refused:
            ask()
        assert refused.value.field == "reason"
    assert not SafeguardChange.objects.exists()
    assert not User.objects.filter(email="n@example.com").exists()


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("cooling_off", {"minutes": 60}),
        ("cooling_off", {"minutes": -1}),
        ("cooling_off", {"minutes": "5"}),
        ("cooling_off", {}),
        ("daily_limit", {"approvals": 20}),
        ("daily_limit", {"approvals": 10_001}),
        ("daily_limit", {}),
        ("mfa_roles", {"roles": []}),
        ("mfa_roles", {"roles": ["Emperor"]}),
        ("roles", {"roles": ["Auditor"]}),
        ("open_account", {"roles": ["Auditor"]}),
        ("delete_right", {"revision": 1}),
        ("unique_ids", {"revision": 1}),
    ],
)
def test_what_is_no_weakening_or_no_sense_is_not_asked_for(
    administrator: User, kind: str, payload: dict[str, Any]
) -> None:
    with pytest.raises((InvalidInput, NotReady)):
        safeguards.ask(actor=administrator, kind=kind, reason="why not", payload=payload)
    assert not SafeguardChange.objects.exists()


def test_stricter_works_at_once_and_by_one(administrator: User, officer: User, connection: Connection) -> None:
    asked = strengthening.save(
        actor=administrator, cooling_off_minutes=120, approvals_per_day=3, mfa_roles=list(Role.values)
    )
    assert asked == []
    now = Safeguards.current()
    assert (now.cooling_off_minutes, now.approvals_per_day) == (120, 3)
    users.set_roles(actor=administrator, user=officer, roles=[])
    assert not roles_of(officer)
    connections.take_delete_right(actor=administrator, connection=connection)
    assert not Connection.objects.get().may_delete
    assert not SafeguardChange.objects.exists()
    verbs = list(AuditEntry.objects.order_by("sequence").values_list("verb", flat=True))
    assert verbs == ["safeguards_strengthened", "roles_changed", "delete_right_taken"]


def test_in_one_go_the_stricter_holds_and_the_weaker_waits(administrator: User, second_administrator: User) -> None:
    set_levels(mfa_roles=["Approver", "Auditor"])
    asked = strengthening.save(
        actor=administrator,
        cooling_off_minutes=5,
        approvals_per_day=3,
        mfa_roles=["Administrator", "Auditor"],
        reason="a busy month",
    )
    now = Safeguards.current()
    assert (now.cooling_off_minutes, now.approvals_per_day) == (60, 3)
    assert set(now.mfa_roles) == {"Approver", "Auditor", "Administrator"}
    assert {change.kind for change in asked} == {"cooling_off", "mfa_roles"}
    grant_all(second_administrator)
    now = Safeguards.current()
    assert (now.cooling_off_minutes, set(now.mfa_roles)) == (5, {"Auditor", "Administrator"})


def test_what_was_taken_or_made_stricter_meanwhile_is_seen_at_granting(
    administrator: User, second_administrator: User, nora: User, connection: Connection
) -> None:
    change = ask_more(administrator, 30)
    set_levels(approvals_per_day=40)
    with pytest.raises(NotReady, match="allowed already"):
        safeguards.grant(actor=second_administrator, change=change)
    assert Safeguards.current().approvals_per_day == 40


def test_a_connection_that_was_edited_meanwhile_gets_no_right(
    administrator: User, second_administrator: User, connection: Connection, nora: User, sandbox: Sandbox
) -> None:
    change = _let_delete(administrator, nora, connection)
    connection = Connection.objects.get()
    connection.account_id = "acme2"
    connections.save(actor=administrator, connection=connection, api_key=None, integrations=[("int9", "Webshop")])
    with pytest.raises(StaleView, match="edited after"):
        safeguards.grant(actor=second_administrator, change=change)
    assert not Connection.objects.get().may_delete
    change.refresh_from_db()
    assert change.is_open, "a grant that fails leaves nothing"


def test_a_new_connection_may_not_delete_and_one_that_moves_loses_the_right(
    administrator: User, connection: Connection, sandbox: Sandbox
) -> None:
    rows = [("int9", "Webshop")]
    new = Connection(
        name="New", account_id="acme3", import_url=sandbox.import_url, read_url=sandbox.read_url, may_delete=True
    )
    connections.save(actor=administrator, connection=new, api_key="key", integrations=rows)
    assert not Connection.objects.get(name="New").may_delete, "whatever a form said"

    connection.name = "Renamed"
    connections.save(actor=administrator, connection=connection, api_key=None, integrations=rows)
    assert Connection.objects.get(name="Renamed").may_delete
    connection.account_id = "acme4"
    connections.save(actor=administrator, connection=connection, api_key=None, integrations=rows)
    assert not Connection.objects.get(name="Renamed").may_delete


def test_an_account_that_got_other_roles_meanwhile_is_not_opened(
    administrator: User, second_administrator: User, nora: User, connection: Connection
) -> None:
    change = _opened(administrator, nora, connection)
    assert change.subject
    change.subject.groups.add(*make_user("y@example.com", "Y", Role.PRIVACY_OFFICER).groups.all())
    with pytest.raises(StaleView):
        safeguards.grant(actor=second_administrator, change=change)
    assert not User.objects.get(pk=change.subject.pk).is_active


def test_without_its_audit_entry_nothing_is_granted(
    administrator: User, second_administrator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    change = ask_more(administrator)

    def refuse(**_: object) -> None:
        raise OSError("the log can't be written")

    monkeypatch.setattr("dsr.audit.record", refuse)
    with pytest.raises(OSError, match="can't be written"):
        safeguards.grant(actor=second_administrator, change=change)
    assert Safeguards.current().approvals_per_day == 20
    change.refresh_from_db()
    assert change.is_open
