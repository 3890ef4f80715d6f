"""`python -m tests.bench.group NAME`: one group of measurements, whose rows are written as JSON lines."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import django
from django.db import connections

from tests.bench import postgresql
from tests.bench.groups import GROUPS
from tests.bench.rows import Row
from tests.bench.sizes import SCALES, Sizes
from tests.chaos import place


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.group", description=__doc__)
    parser.add_argument("name", choices=list(GROUPS))
    parser.add_argument("--scale", choices=list(SCALES), default="full")
    parser.add_argument("--events", type=int)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    sizes = SCALES[options.scale].with_events(options.events)

    # A plain `kill` ends us as Ctrl-C does: by way of the `finally` that stops the processes.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    folder = Path(tempfile.mkdtemp(prefix=f"dsr-bench-{options.name}-"))
    try:
        with options.out.open("a") as out:
            for row in _measured(options.name, folder, sizes):
                out.write(json.dumps(row.as_json(times_bind=sizes.times_bind)) + "\n")
                out.flush()
    except BaseException:
        print(f"The database, the files and the logs of this run are in {folder}", file=sys.stderr)  # noqa: T201
        raise
    shutil.rmtree(folder)
    return 0


def _measured(name: str, folder: Path, sizes: Sizes) -> Iterator[Row]:
    """The rows of a group; one that says why, where it can't be measured here."""
    group, server = GROUPS[name], os.environ.get("DATABASE_URL", "")
    with postgresql.database(server) if group.is_on_postgresql else nullcontext("sqlite") as address:
        if not address:
            yield Row(name=name, value=None, unit="", note="no PostgreSQL answers at DATABASE_URL")
            return
        env = {**place.environment(folder), **group.env}
        os.environ.update(env if address == "sqlite" else {**env, "DATABASE_URL": address})
        # Settings are read on import.
        django.setup()
        yield from importlib.import_module(group.module).measure(folder, sizes)
        if group.is_on_postgresql:
            connections.close_all()


if __name__ == "__main__":
    sys.exit(main())
