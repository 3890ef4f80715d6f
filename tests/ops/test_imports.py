"""What a process takes in at its start, before anybody asks it for anything."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dsr import env
from tests.core.test_env import COMPLETE

HEAVY = ("weasyprint", "pyhanko", "matplotlib")


@pytest.mark.parametrize("code", ["import dsr.wsgi, dsr.urls", "import dsr.wsgi, dsr.jobs.tasks"], ids=["web", "jobs"])
def test_drawing_and_signing_wait_for_the_first_document(code: str, tmp_path: Path) -> None:
    """They take more than a second, and the web process never needs them."""
    asked = f"{code}, sys; print([name for name in {HEAVY!r} if name in sys.modules])"
    settings = {
        **os.environ,
        **COMPLETE,
        "DJANGO_SETTINGS_MODULE": "dsr.settings",
        "DSR_ENV": "test",
        "DSR_DATA_DIR": str(tmp_path),
    }

    ended = subprocess.run(
        [sys.executable, "-c", asked], cwd=env.PROJECT, capture_output=True, text=True, timeout=60, check=True,
        env=settings,
    )  # fmt: skip

    assert ended.stdout.strip() == "[]"
