"""That ids are unique in the account spares a person the deciding line by line, so two administrators say it."""

from __future__ import annotations

import pytest

from dsr.exceptions import NotAllowed, StaleView
from dsr.models import AuditEntry, Connection, User
from dsr.services import connections, safeguards
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import file_case, grant_all, make_connection, reviewed
from tests.path.driving import draw_nothing

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    draw_nothing(monkeypatch)


@pytest.fixture
def shops(sandbox: Sandbox) -> Connection:
    return make_connection(sandbox, ("int9", "Webshop"), ("int12", "Courses"))


def decided_beforehand(officer: User, shops: Connection) -> set[str]:
    plan = reviewed(file_case(officer, shops), officer).current_plan
    assert plan
    return set(plan.lines.values_list("decision", flat=True))


def test_one_asks_and_another_grants(
    officer: User, shops: Connection, administrator: User, second_administrator: User
) -> None:
    change = connections.ask_for_unique_ids(connection=shops, actor=administrator, reason="SegMetrics wrote so")
    assert decided_beforehand(officer, shops) == {""}
    with pytest.raises(NotAllowed):
        safeguards.grant(actor=administrator, change=change)

    grant_all(second_administrator)

    assert decided_beforehand(officer, shops) == {"delete"}


def test_taking_it_back_takes_one_and_holds_at_once(officer: User, shops: Connection, administrator: User) -> None:
    Connection.objects.update(ids_unique_in_account=True)

    connections.take_unique_ids(connection=shops, actor=administrator)

    assert decided_beforehand(officer, shops) == {""}
    assert AuditEntry.objects.filter(verb="unique_ids_taken").count() == 1


def test_it_was_said_of_one_account(shops: Connection, administrator: User, second_administrator: User) -> None:
    rows = [(row.integration_id, row.label) for row in shops.integrations.all()]
    change = connections.ask_for_unique_ids(connection=shops, actor=administrator, reason="SegMetrics wrote so")
    shops.account_id = "another"
    connections.save(actor=administrator, connection=shops, api_key=None, integrations=rows)
    with pytest.raises(StaleView):
        safeguards.grant(actor=second_administrator, change=change)

    Connection.objects.update(ids_unique_in_account=True)
    moved = Connection.objects.get()
    moved.account_id = "a-third"
    connections.save(actor=administrator, connection=moved, api_key=None, integrations=rows)
    assert not Connection.objects.get().ids_unique_in_account


def test_a_new_connection_has_it_not(shops: Connection, administrator: User) -> None:
    new = Connection(
        name="Slipped in",
        account_id="acme3",
        read_url=shops.read_url,
        import_url=shops.import_url,
        ids_unique_in_account=True,
    )
    connections.save(actor=administrator, connection=new, api_key="key", integrations=[("int1", "Shop")])
    assert not Connection.objects.get(name="Slipped in").ids_unique_in_account
