"""The letters as they are shipped: a text file for each kind and language, the heading in its first line."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from dsr.models import LetterKind

TEXTS = Path(__file__).parent / "texts"


@dataclass(frozen=True)
class Text:
    """What a letter is written from."""

    heading: str
    body: str
    is_own: bool = False
    """The organisation has changed it."""

    @property
    def digest(self) -> str:
        """Names this version of the text, in letters and in the audit log."""
        return hashlib.sha256(f"{self.heading}\n\n{self.body}".encode()).hexdigest()


@cache
def shipped(kind: LetterKind, language: str) -> Text:
    """The shipped text."""
    heading, _, body = (TEXTS / language / f"{kind.value}.txt").read_text(encoding="utf-8").partition("\n\n")
    return Text(heading=heading.strip(), body=body.strip())
