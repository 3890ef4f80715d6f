"""Kills the worker: at each step boundary in turn, then at any instant."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable

from django.db.models import F, QuerySet
from django.utils import timezone

from dsr.jobs.sweeping import _PATIENCE
from dsr.models import Heartbeat, Job, JobStatus
from tests.chaos import faults
from tests.chaos.boundaries import BOUNDARIES, Boundary
from tests.chaos.office import Office
from tests.chaos.place import Place
from tests.chaos.subjects import Subject, exists

_UP_WITHIN = 90.0
_REACHED_WITHIN = 20.0
_LOOK_EVERY = 0.01
_EFFECT_WITHIN = 2.0


class Killer:
    """Each `strike` waits for its instant, kills the worker and starts the next one."""

    def __init__(self, place: Place, office: Office, chance: random.Random) -> None:
        self._place, self._office, self._chance = place, office, chance
        self.kills = 0
        self.kills_in_a_job = 0
        self.reached: Counter[str] = Counter()
        """How often the worker was killed at each boundary."""
        self._turn = 0

    def strike(self, *, at_boundary: bool) -> None:
        """Kill once. Where the work doesn't come to the boundary in time, at whatever instant that is."""
        self._place.sandbox.clear_faults()
        if at_boundary:
            boundary = BOUNDARIES[self._turn % len(BOUNDARIES)]
            self._turn += 1
            reached = self._wait_for(boundary)
            self.reached[boundary.name] += reached
        else:
            faults.scatter(self._place.sandbox, self._chance)
            self._wait_for_any_instant()
        self._place.kill_worker()
        self.kills += 1
        self.kills_in_a_job += _at_work().exists()
        stand_for_waiting()
        self._place.start_worker()

    def _wait_for(self, boundary: Boundary) -> bool:
        """True at the boundary; False when it didn't come in time."""
        sandbox = self._place.sandbox
        if boundary.doing:
            faults.scatter(sandbox, self._chance)
            return self._reaches(lambda: _at_work(doing=boundary.doing).exists())
        aimed_at: list[Subject] = []

        def arm(subject: Subject) -> None:
            if not boundary.is_on_the_way_of(subject):
                self._office.before = (boundary.before, arm)  # the next one then
                return
            aimed_at.append(subject)
            sandbox.fault(**boundary.rule(subject))
            faults.scatter(sandbox, self._chance)  # after the rule, which has to be the first

        self._office.before = (boundary.before, arm)
        reached = self._reaches(lambda: bool(aimed_at) and faults.is_used_up(sandbox))
        self._office.before = None
        if reached and boundary.call["kind"] == "drop_after":
            thing = boundary.thing(aimed_at[0])
            self._until(lambda: thing is None or not exists(sandbox, thing), within=_EFFECT_WITHIN)
        return reached

    def _reaches(self, condition: Callable[[], bool]) -> bool:
        """Whether the work comes there in time, counted from when the worker is up, which takes its time."""
        beats = Heartbeat.objects.filter(at__gt=self._place.worker_started_at)
        self._until(lambda: condition() or beats.exists(), within=_UP_WITHIN)
        return self._until(condition, within=_REACHED_WITHIN)

    def _wait_for_any_instant(self) -> None:
        """Mostly while jobs run; sometimes while the worker is still starting."""
        if self._chance.random() < 0.8:
            beats = Heartbeat.objects.filter(at__gt=self._place.worker_started_at)
            assert self._until(beats.exists, within=_UP_WITHIN), "the worker ran nothing"
            self._until(lambda: _at_work().exists(), within=_REACHED_WITHIN)
            self._until(lambda: False, within=self._chance.uniform(0, 1.5))
        else:
            self._until(lambda: False, within=self._chance.uniform(0, 4))

    def _until(self, condition: Callable[[], bool], *, within: float) -> bool:
        """Look, and let the people work, until it holds."""
        deadline, next_round = time.monotonic() + within, 0.0
        while time.monotonic() < deadline:
            if condition():
                return True
            if time.monotonic() > next_round:
                self._office.work()
                next_round = time.monotonic() + 0.25
            time.sleep(_LOOK_EVERY)
        return False


def _at_work(**where: str) -> QuerySet[Job]:
    """The jobs of the worker at hand: those of killed ones have had their leases ended."""
    return Job.objects.filter(status=JobStatus.RUNNING, leased_until__gt=timezone.now(), **where)


def stand_for_waiting() -> None:
    """End the leases of the killed run, and the sweep's patience with what it had queued.

    The product waits for both (45 s and 60 s here), which would make a run take hours. Nothing is running when this is
    called, so it changes how long it takes, not what happens.
    """
    now = timezone.now()
    Job.objects.filter(status=JobStatus.RUNNING).update(leased_until=now)
    Job.objects.filter(status=JobStatus.DUE).update(enqueued_at=F("enqueued_at") - _PATIENCE)
