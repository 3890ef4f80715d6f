"""Words that stand in a module are fetched when they are shown: fetched at import, they would be English for ever."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).parents[2]
IMPORT_ALL = """
import importlib, pkgutil, sys, traceback
import django
from django.utils.translation import trans_real

fetched = []

def watched(real):
    def fetch(*words):
        frames = [frame for frame in traceback.extract_stack()[:-1] if "/django/utils/" not in frame.filename]
        if frames[-1].filename.startswith(f"{sys.argv[1]}/dsr/"):
            fetched.append(f"{frames[-1].filename}:{frames[-1].lineno} {words[0]}")
        return real(*words)
    return fetch

for name in ("gettext", "ngettext", "pgettext", "npgettext"):
    setattr(trans_real, name, watched(getattr(trans_real, name)))
django.setup()
import dsr
for module in pkgutil.walk_packages(dsr.__path__, "dsr."):
    if not module.name.endswith(("__main__", ".wsgi")):
        importlib.import_module(module.name)
print("\\n".join(fetched))
"""


def test_no_module_fetches_words_while_it_is_imported() -> None:
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", IMPORT_ALL, str(PROJECT)],
        cwd=PROJECT, env=env, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert not run.stdout.strip()
