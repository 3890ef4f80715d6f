"""From a click until a worker has the job: filing a request, which enqueues its search, with a worker that is idle."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from django.db import connection as database

from dsr.models import Case, Connection, JobStatus
from tests.bench import desk
from tests.bench.rows import Row
from tests.bench.sizes import Sizes
from tests.builders import file_case
from tests.chaos.place import Place
from tests.ops.waiting import eventually

LIMIT = {"sqlite": 1.0, "postgresql": 0.3}
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def measure(folder: Path, sizes: Sizes) -> Iterator[Row]:
    """On the database that the group's environment names."""
    with desk.opened(folder) as place:
        yield row(place, sizes)


def row(place: Place, sizes: Sizes) -> Row:
    """The median over so many requests, filed at no beat of the queue's poll."""
    officer, _ = desk.people()
    chance = random.Random(1)
    place.start_worker()
    waited = []
    for number in range(sizes.clicks + 1):
        case = file_case(officer, Connection.objects.get(), emails=[f"nobody{number}@example.com"])
        clicked = time.monotonic()
        assert eventually(partial(_has_begun, case), within=60), place.workers[0].last_lines()
        if number:  # the worker was still starting
            waited.append(time.monotonic() - clicked)
        time.sleep(1 + chance.random())
    place.kill_worker()
    return Row(
        name=f"queue latency, click to job start, {NAMES[database.vendor]}",
        value=statistics.median(waited),
        unit="s",
        limit=LIMIT[database.vendor],
        is_timing=True,
    )


def _has_begun(case: Case) -> bool:
    return case.jobs.exclude(status=JobStatus.DUE).exists()
