"""`python -m tests.bench --events 200000`: the environment comes first, since Django's settings are read on import."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

import django

from tests.chaos import place

RESULT = Path("build/bench.json")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--events", type=int, default=200_000, help="how many the contact has")
    options = parser.parse_args()

    # A plain `kill` ends us as Ctrl-C does: by way of the `finally` that stops the processes.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    folder = Path(tempfile.mkdtemp(prefix="dsr-bench-"))
    # A job's time limit is the product's own, unless told otherwise: what doesn't come through in it fails here too.
    seconds = int(os.environ.get("DSR_Q_TIMEOUT", "120"))
    limits = {"DSR_Q_TIMEOUT": str(seconds), "DSR_WORKER_STALL_SECONDS": str(seconds * 7 // 2)}
    os.environ.update(place.environment(folder) | limits)
    django.setup()
    from tests.bench.run import run  # noqa: PLC0415 - models can be imported now

    kept = True
    try:
        kept = not run(folder, events=options.events, result=RESULT)
    finally:
        if kept:
            print(f"The database, the files and the logs of this run are in {folder}", file=sys.stderr)  # noqa: T201
        else:
            shutil.rmtree(folder)
    return int(kept)


if __name__ == "__main__":
    sys.exit(main())
