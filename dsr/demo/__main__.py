"""`python -m dsr.demo`: what `make demo` runs once the set-up is done.

No Django command, since the settings refuse to load without the secrets that the demo makes on its first run.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from dsr.demo import supervisor
from dsr.demo.options import Options
from dsr.demo.refusals import DemoError


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m dsr.demo",
        description="Runs the site, the worker and a SegMetrics sandbox with demo people, until Ctrl-C.",
    )
    parser.add_argument("--web-port", type=int, default=8000)
    parser.add_argument("--sandbox-port", type=int, default=8787)
    parser.add_argument("--data-dir", type=Path, default=Path("data/demo"))
    chosen = parser.parse_args()
    options = Options(web_port=chosen.web_port, sandbox_port=chosen.sandbox_port, data_dir=chosen.data_dir.resolve())
    try:
        supervisor.run(options, say=lambda text: print(text, flush=True))  # noqa: T201 - it speaks to a terminal
    except DemoError as error:
        print(f"Error: {error}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
