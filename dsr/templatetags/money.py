"""Amounts as SegMetrics gives them: cents, without a currency."""

from __future__ import annotations

from django import template
from django.utils.formats import number_format

register = template.Library()


@register.filter
def amount(cents: object) -> str:
    """Cents in the reader's language, such as 1,234.50; whatever else came, as it came."""
    if not isinstance(cents, int | float) or isinstance(cents, bool):
        return "" if cents is None else str(cents)
    return number_format(cents / 100, decimal_pos=2, force_grouping=True)
