"""How long the web process takes to start, and the client to be imported; seconds of the processor."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from django.core.management import call_command

from tests.bench.rows import Row
from tests.bench.sizes import Sizes

_BARE = "from django.conf import settings; settings.configure(); import django; django.setup()"


def measure(folder: Path, sizes: Sizes) -> Iterator[Row]:
    """Each in new processes, in turn; Python's own start is taken off."""
    del folder
    call_command("collectstatic", verbosity=0, interactive=False)
    programs = {
        "nothing": "",
        "web": "import dsr.wsgi",
        "bare": _BARE,
        "client": "import segmetrics_client",
        "httpx": "import httpx",
    }
    times: dict[str, list[float]] = {name: [] for name in programs}
    for number in range(sizes.repeats + 1):
        for name, program in programs.items():
            taken = _taken(program)
            if number:  # the first of each may still have its bytecode to write
                times[name].append(taken)
    took = {
        name: (statistics.median(found) - statistics.median(times["nothing"])) * 1000 for name, found in times.items()
    }
    yield Row(
        name="start of the web process, against Django's with bare settings",
        value=took["web"],
        unit="ms",
        floor=took["bare"],
        limit=2.0,
        known=True,
        is_timing=True,
    )
    yield Row(
        name="import segmetrics_client, against import httpx",
        value=took["client"],
        unit="ms",
        floor=took["httpx"],
        limit=3.0,
        is_timing=True,
    )


def _taken(program: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", program], check=True, env=dict(os.environ))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
