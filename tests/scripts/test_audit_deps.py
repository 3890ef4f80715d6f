"""`make audit-deps` passes only when everything was looked up and nothing is known against it."""

from __future__ import annotations

import json

import pytest

from scripts.audit_deps import CLEAN, UNKNOWN, WEAK, verdict

SOUND = {"name": "tenacity", "version": "9.0", "vulns": []}
WEAKENED = {"name": "httpx", "version": "0.1", "vulns": [{"id": "PYSEC-1", "fix_versions": ["0.2"]}]}
SKIPPED = {"name": "django", "skip_reason": "not found"}


@pytest.mark.parametrize(
    ("dependencies", "code", "words"),
    [
        ([SOUND], CLEAN, "Dependencies looked up: 1. None has"),
        ([SOUND, WEAKENED], WEAK, "httpx 0.1: PYSEC-1, mended in 0.2"),
        ([SOUND, SKIPPED], UNKNOWN, "1 of 2 dependencies could not be looked up"),
        ([WEAKENED, SKIPPED], WEAK, "This is no pass."),
        ([], UNKNOWN, "This is no pass."),
    ],
)
def test_what_it_says(dependencies: list[dict[str, object]], code: int, words: str) -> None:
    said = verdict(json.dumps({"dependencies": dependencies}))
    assert said[0] == code
    assert words in said[1]


@pytest.mark.parametrize("report", ["", "Traceback", "{}"])
def test_a_database_out_of_reach_is_no_pass(report: str) -> None:
    assert verdict(report)[0] == UNKNOWN
