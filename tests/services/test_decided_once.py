"""Two administrators at the same moment, and a connection that moves between the check and the grant."""

from __future__ import annotations

import dataclasses
import threading
from contextlib import suppress

import pytest
from django.db import DatabaseError, connections

from dsr.exceptions import StaleView, WrongState
from dsr.models import AuditEntry, ChangeKind, Connection, SafeguardChange, User
from dsr.permissions import Role
from dsr.services import connections as connecting
from dsr.services import safeguards
from dsr.services.effects import EFFECTS
from tests.builders import make_user, set_levels
from tests.races.together import GIVE_UP_AFTER, PATIENCE


@pytest.mark.skipif("__import__('django.db').db.connection.vendor != 'postgresql'", reason="SQLite has one writer")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("is_locked", "loser"), [(False, DatabaseError), (True, WrongState)])
def test_two_grants_at_once_are_one(monkeypatch: pytest.MonkeyPatch, is_locked: bool, loser: type[Exception]) -> None:
    """Both wait for each other after they saw it undecided. Without the lock the database refuses the second."""
    asker, *granters = [make_user(f"a{n}@example.com", f"A{n}", Role.ADMINISTRATOR) for n in range(3)]
    set_levels(approvals_per_day=20)
    change = safeguards.ask(actor=asker, kind=ChangeKind.DAILY_LIMIT, reason="a busy month", payload={"approvals": 30})
    meeting, effect, lost = threading.Barrier(2), EFFECTS[ChangeKind.DAILY_LIMIT], []

    def seen_together(row: SafeguardChange) -> None:
        effect.check(row)
        with suppress(threading.BrokenBarrierError):
            meeting.wait(timeout=GIVE_UP_AFTER if is_locked else PATIENCE)

    monkeypatch.setitem(EFFECTS, ChangeKind.DAILY_LIMIT, dataclasses.replace(effect, check=seen_together))
    if not is_locked:
        monkeypatch.setattr(safeguards, "_take_turn", lambda: None)

    def one(granter: User) -> None:
        try:
            safeguards.grant(actor=granter, change=SafeguardChange.objects.get(pk=change.pk))
        except (DatabaseError, WrongState) as error:
            lost.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=(granter,)) for granter in granters]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=2 * PATIENCE)

    assert AuditEntry.objects.filter(verb="safeguard_change_granted").count() == 1
    [error] = lost
    assert isinstance(error, loser)


@pytest.mark.django_db
def test_a_connection_that_moves_right_after_the_check_gets_no_right(
    administrator: User, second_administrator: User, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    Connection.objects.update(may_delete=False)
    change = connecting.ask_to_delete(connection=connection, actor=administrator, reason="tested it")
    effect = EFFECTS[ChangeKind.DELETE_RIGHT]

    def checked_and_moved(row: SafeguardChange) -> None:
        effect.check(row)
        moved = Connection.objects.get()
        moved.account_id = "acme2"
        connecting.save(actor=administrator, connection=moved, api_key=None, integrations=[("int9", "Webshop")])

    monkeypatch.setitem(EFFECTS, ChangeKind.DELETE_RIGHT, dataclasses.replace(effect, check=checked_and_moved))
    with pytest.raises(StaleView):
        safeguards.grant(actor=second_administrator, change=change)
    assert not Connection.objects.get().may_delete
