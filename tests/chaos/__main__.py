"""`python -m tests.chaos --kills 200`: the environment comes first, since Django's settings are read on import."""

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

RESULT = Path("build/chaos.json")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="how often the worker is killed")
    parser.add_argument("--seed", type=int, default=None, help="makes the choices of faults and instants repeatable")
    options = parser.parse_args()

    # A plain `kill` ends us as Ctrl-C does: by way of the `finally` that stops the processes.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    folder = Path(tempfile.mkdtemp(prefix="dsr-chaos-"))
    os.environ.update(place.environment(folder))
    django.setup()
    from tests.chaos.run import run  # noqa: PLC0415 - models can be imported now

    kept = True
    try:
        kept = not run(folder, kills=options.kills, seed=options.seed, result=RESULT)
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)  # noqa: T201
        return 128 + signal.SIGINT
    finally:
        if kept:
            print(f"The database, the files and the logs of this run are in {folder}", file=sys.stderr)  # noqa: T201
        else:
            shutil.rmtree(folder)
    return int(kept)


if __name__ == "__main__":
    sys.exit(main())
