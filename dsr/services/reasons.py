"""What a person types as a reason, checked in one way."""

from __future__ import annotations

from django.utils.translation import gettext as _

from dsr.exceptions import InvalidInput

LONGEST = 4_000


def checked(text: str, missing: str, *, field: str = "reason", longest: int = LONGEST) -> str:
    """The text without outer spaces. Raises `InvalidInput` at `field`: `missing` where there is none, or too long."""
    text = text.strip()
    if not text:
        raise InvalidInput(missing, field=field)
    if len(text) > longest:
        raise InvalidInput(_("This text is too long."), field=field)
    return text
