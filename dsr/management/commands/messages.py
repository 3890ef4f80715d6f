"""Renew the translations of screens, mails and documents: `make messages`. Needs Debian's gettext."""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.commands import makemessages

from dsr.languages import LANGUAGES

SOURCES = ("templates/*", "dsr/*.py")
"""Where words come from: all templates and all of the application's code. The client library and the commands in a
terminal speak English."""


class Command(makemessages.Command):
    help = "Write dsr/locale anew from templates and code, and compile it."

    def handle(self, *args: Any, **options: Any) -> None:
        languages = [language for language in LANGUAGES if language != "en"]
        super().handle(*args, **{**options, "locale": languages, "no_obsolete": True, "add_location": "file"})
        call_command("compilemessages", locale=languages, verbosity=0)

    def find_files(self, root: str) -> Any:
        """Django's list, without what lies beside the application: tests, the virtual environment."""
        return [file for file in super().find_files(root) if _is_source(file.path)]


def _is_source(path: str) -> bool:
    relative = Path(path).resolve().relative_to(settings.BASE_DIR).as_posix()
    return any(fnmatch(relative, pattern) for pattern in SOURCES)
