"""Renew the translations of what is printed on documents: `make messages`. Needs Debian's gettext."""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.commands import makemessages

from dsr.languages import LANGUAGES

SOURCES = (
    "templates/base.html",
    "templates/evidence/*",
    "templates/package.html",
    "templates/export/*",
    "dsr/evidence/*.py",
    "dsr/exports/*.py",
    "dsr/selectors/figures.py",
    "dsr/selectors/register.py",
    "dsr/services/records.py",
    "dsr/services/doings.py",
    "dsr/services/closing_records.py",
    "dsr/services/letter_words.py",
    "dsr/services/restored.py",
    "dsr/services/wording.py",
    "dsr/days.py",
    "dsr/deadline.py",
    "dsr/states.py",
    "dsr/models/case.py",
    "dsr/models/plan.py",
    "dsr/models/candidate.py",
    "dsr/models/lookup.py",
    "dsr/views/package.py",
)
"""Where words come from that end on a document, or on the page by which a person fetches theirs. The other screens are
in English so far."""


class Command(makemessages.Command):
    help = "Write dsr/locale anew from the sources of the documents, and compile it."

    def handle(self, *args: Any, **options: Any) -> None:
        languages = [language for language in LANGUAGES if language != "en"]
        super().handle(*args, **{**options, "locale": languages, "no_obsolete": True, "add_location": "file"})
        call_command("compilemessages", locale=languages, verbosity=0)

    def find_files(self, root: str) -> Any:
        """Django's list, without what no document prints."""
        return [file for file in super().find_files(root) if _is_source(file.path)]


def _is_source(path: str) -> bool:
    relative = Path(path).resolve().relative_to(settings.BASE_DIR).as_posix()
    return any(fnmatch(relative, pattern) for pattern in SOURCES)
