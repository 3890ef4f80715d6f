"""`python -m tests.bench`: every measurement in a process of its own, then the table and `build/bench.json`."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.bench.groups import GROUPS
from tests.bench.rows import failed, show
from tests.bench.sizes import SCALES

RESULT = Path("build/bench.json")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--scale", choices=list(SCALES), default="full", help="how much is measured")
    parser.add_argument("--events", type=int, help="how many the contact has whose export is measured")
    parser.add_argument("--only", default="", help=f"some groups alone: {','.join(GROUPS)}")
    options = parser.parse_args()
    names = [name for name in options.only.split(",") if name] or list(GROUPS)

    rows: list[dict[str, Any]] = []
    broken: list[str] = []
    for name in names:
        started = time.monotonic()
        found, ended_well = _measured(name, scale=options.scale, events=options.events)
        rows += found
        broken += [] if ended_well else [name]
        print(f"{name}: {time.monotonic() - started:.0f} s", flush=True)  # noqa: T201
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(rows, indent=2, ensure_ascii=False) + "\n")
    show(rows)
    if options.scale != "full":
        print("This is a small run: counts and memory must keep their limits, times are only told.")  # noqa: T201
    for row in rows:
        if row["known"] and row["holds"] is False:
            print(f"Known, and told in docs/performance.md: {row['name']}")  # noqa: T201
    for words in (*(f"FAILS: {row}" for row in failed(rows)), *(f"could not be measured: {name}" for name in broken)):
        print(words, file=sys.stderr)  # noqa: T201
    return int(bool(failed(rows) or broken))


def _measured(name: str, *, scale: str, events: int | None) -> tuple[list[dict[str, Any]], bool]:
    """The rows of one group, and whether it came to its end."""
    out = RESULT.parent / f"bench-{name}.jsonl"
    out.parent.mkdir(exist_ok=True)
    out.unlink(missing_ok=True)
    command = [sys.executable, "-m", "tests.bench.group", name, "--scale", scale, "--out", str(out)]
    done = subprocess.run([*command, *(["--events", str(events)] if events else [])], check=False)
    rows = [json.loads(line) for line in out.read_text().splitlines()] if out.exists() else []
    out.unlink(missing_ok=True)
    return rows, done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
