"""Hundreds of approved erasures by real workers: without a pace against a slow SegMetrics, and at a pace.

The clock runs from the first call to the answer of the last verifying one. The papers that follow have a row of their
own (`documents.py`); the worker draws them once nothing is left to delete.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from django_q.models import OrmQ

from dsr.models import Case, Job, JobKind, JobStatus
from tests.bench import desk
from tests.bench.calls import NECESSARY
from tests.bench.memory import Watch
from tests.bench.rows import Row
from tests.bench.sizes import Sizes
from tests.chaos.place import Place

ANSWERS_IN = 0.02
"""Seconds."""
PACE = 100
"""Calls a second."""
_WITHIN = 1_200.0


def measure(folder: Path, sizes: Sizes) -> Iterator[Row]:
    """The cases of both runs are made before the first one, without drawing their evidence."""
    count = sizes.erasures
    with desk.opened(folder) as place:
        known = desk.add_customers(place.sandbox, 2 * count)
        with desk.evidence_not_drawn():
            cases = [desk.bring_to_approval(*one) for one in known]
        needed = count * len(NECESSARY)
        place.sandbox.latency(ANSWERS_IN * 1000)
        yield from _run(
            place,
            cases[:count],
            name=f"{count} erasures, no pace, answers in 20 ms, 4 workers",
            workers=4,
            floor=needed * ANSWERS_IN / 4,
            limit=1.5,
            known=True,
        )
        place.sandbox.latency(0)
        desk.set_pace(PACE * 60)
        yield from _run(
            place,
            cases[count:],
            name=f"{count} erasures, {PACE} calls a second, 2 workers",
            workers=2,
            floor=needed / PACE,
            limit=1.15,
        )


def _run(
    place: Place, cases: list[Case], *, name: str, workers: int, floor: float, limit: float, known: bool = False
) -> Iterator[Row]:
    OrmQ.objects.all().delete()
    desk.approve_all(cases)
    place.sandbox.reset_calls()
    place.start_worker(env={"DSR_Q_WORKERS": str(workers)})
    with Watch(place.worker_processes) as watch:
        _wait_until_verified(place, cases)
    place.kill_worker()
    calls = place.sandbox.calls()
    left = [row["contact_id"] for row in place.sandbox.contacts()]
    assert not {case.current_plan.contact_ids[0] for case in cases if case.current_plan} & set(left), "not all are gone"
    seconds = calls[-1].at - calls[0].at + ANSWERS_IN
    yield Row(name=name, value=seconds, unit="s", floor=floor, limit=limit, is_timing=True, known=known)
    yield Row(name="    the worker's processor time for each", value=watch.busy / len(cases) * 1000, unit="ms")
    needed = len(cases) * len(NECESSARY)
    yield Row(name="    their calls", value=len(calls), unit="", floor=needed, limit=1.0)


def _wait_until_verified(place: Place, cases: list[Case]) -> None:
    """Until each erasure's job has ended; that of its certificate comes behind all of them."""
    ended = Job.objects.filter(case__in=cases, kind=JobKind.ERASE, status=JobStatus.DONE)
    deadline = time.monotonic() + _WITHIN
    while ended.count() < len(cases):
        assert time.monotonic() < deadline, place.workers[0].last_lines()
        time.sleep(1)
