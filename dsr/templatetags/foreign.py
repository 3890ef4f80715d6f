"""Text that somebody else typed, shown so that it can't hide or reorder what stands beside it."""

from __future__ import annotations

from django import template

from dsr.evidence.text import clean

register = template.Library()


@register.filter
def visible(value: object) -> str:
    """Control, direction and zero-width characters made visible. Escaping stays the template's own."""
    return clean(str(value)) if value else ""
