"""Amounts. That the vendor answers in cents is ASSUMED: its documentation says so of the import alone."""

from decimal import Decimal

from django.utils.formats import number_format


def amount(value: object) -> str:
    """Whole cents as the active language writes them, "1,234.50"; whatever isn't a whole number as it came."""
    if isinstance(value, bool) or not isinstance(value, int):
        return "" if value is None else str(value)
    return number_format(Decimal(value).scaleb(-2), decimal_pos=2, force_grouping=True)
