"""Errands: done beside the path of a case, tried again alone, and never moving a case."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
import time_machine
from django.utils import timezone
from django_q.models import OrmQ

from dsr import queue
from dsr.exceptions import NeedsPerson, TryLater
from dsr.jobs import errands, sweeping
from dsr.models import Case, Connection, Errand, ErrandKind, ErrandStatus, User
from dsr.states import State
from tests.builders import file_case

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(connection: Connection, officer: User) -> Case:
    return file_case(officer, connection)


@pytest.fixture
def handled(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[int], None]], None]:
    def replace(handler: Callable[[int], None]) -> None:
        monkeypatch.setitem(errands.HANDLERS, ErrandKind.PACKAGE, handler)

    return replace


def add(case: Case) -> Errand:
    return queue.add_errand(kind=ErrandKind.PACKAGE, target=case.pk, case=case)


def test_it_is_done_once_and_only_one_waits_for_a_target(case: Case, handled: Callable[..., None]) -> None:
    done: list[int] = []
    handled(done.append)
    errand = add(case)
    assert add(case) == errand
    assert errands.run(errand.pk)
    assert not errands.run(errand.pk)
    assert done == [case.pk]
    errand.refresh_from_db()
    assert (errand.status, errand.attempts) == (ErrandStatus.DONE, 1)


def test_a_question_ends_it_and_the_case_stays_where_it_was(case: Case, handled: Callable[..., None]) -> None:
    def ask(_: int) -> None:
        raise NeedsPerson("no_record")

    handled(ask)
    errand = add(case)
    errands.run(errand.pk)
    errand.refresh_from_db()
    assert (errand.status, errand.problem) == (ErrandStatus.FAILED, "no_record")
    case.refresh_from_db()
    assert case.state == State.RECEIVED
    assert add(case) != errand, "it can be tried again alone"


def test_faults_are_tried_again_and_given_up_after_the_last(case: Case, handled: Callable[..., None]) -> None:
    def fail(_: int) -> None:
        raise TryLater("mail_server")

    handled(fail)
    errand = add(case)
    now = timezone.now()
    for hours in range(20):
        with time_machine.travel(now + dt.timedelta(hours=2 * hours), tick=False):
            errands.run(errand.pk)
    errand.refresh_from_db()
    assert (errand.status, errand.problem) == (ErrandStatus.FAILED, "mail_server")


def test_the_text_of_an_error_is_nowhere(
    case: Case, handled: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: int) -> None:
        raise ValueError("linda@example.com")

    handled(fail)
    errands.run(add(case).pk)
    assert "ValueError" in caplog.text
    assert "linda" not in caplog.text


def test_the_sweep_brings_back_one_whose_process_was_killed(case: Case, handled: Callable[..., None]) -> None:
    handled(lambda _: None)
    errand = add(case)
    OrmQ.objects.all().delete()
    Errand.objects.filter(pk=errand.pk).update(
        status=ErrandStatus.RUNNING, leased_until=timezone.now() - dt.timedelta(seconds=1), attempts=1
    )
    sweeping.sweep()
    assert "run_errand" in str([row.task for row in OrmQ.objects.all()])
    assert errands.run(errand.pk)
    errand.refresh_from_db()
    assert errand.status == ErrandStatus.DONE
