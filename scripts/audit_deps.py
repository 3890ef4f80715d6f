"""Asks pip-audit whether a known weakness stands in a locked dependency. Run by `make audit-deps`.

Ends with 0 only when every dependency was looked up and none has a known weakness, with 1 for weaknesses, and with 2
when not all could be looked up: a database that can't be reached must never pass for a clean one.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

LOCK = "requirements-dev.lock"
"""The larger of the two locks: it holds all that the other one does."""
CLEAN, WEAK, UNKNOWN = 0, 1, 2


def verdict(report: str) -> tuple[int, str]:
    """What pip-audit's JSON says: the exit code and the sentences to print."""
    try:
        dependencies: list[dict[str, Any]] = json.loads(report)["dependencies"]
    except (ValueError, KeyError):
        return UNKNOWN, "The database of weaknesses couldn't be asked, so nothing is known. This is no pass."
    weak = [row for row in dependencies if row.get("vulns")]
    skipped = [row["name"] for row in dependencies if "skip_reason" in row]
    lines = [
        f"{row['name']} {row['version']}: {weakness['id']}"
        + (f", mended in {', '.join(weakness['fix_versions'])}" if weakness.get("fix_versions") else "")
        for row in weak
        for weakness in row["vulns"]
    ]
    if skipped or not dependencies:
        lines.append(
            f"{len(skipped)} of {len(dependencies)} dependencies could not be looked up (is the database reachable "
            "from here?). This is no pass."
        )
    if weak:
        return WEAK, "\n".join(lines)
    if lines:
        return UNKNOWN, "\n".join(lines)
    return CLEAN, f"Dependencies looked up: {len(dependencies)}. None has a known weakness."


def main() -> int:
    """Run pip-audit over the lock and print what it found."""
    pip_audit = Path(sys.executable).parent / "pip-audit"
    command = [
        str(pip_audit),
        "--require-hashes",
        "--disable-pip",
        "--progress-spinner=off",
        "--format=json",
        "-r",
        LOCK,
    ]
    run = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    code, words = verdict(run.stdout)
    print(words)
    if not run.stdout.strip() and run.stderr:
        print("pip-audit said last:", run.stderr.strip().splitlines()[-1], file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
