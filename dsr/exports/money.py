"""Amounts. That the vendor answers in cents is ASSUMED: its documentation says so of the import alone."""


def amount(value: object) -> str:
    """Whole cents as "45.00"; whatever isn't a whole number as it came."""
    if isinstance(value, bool) or not isinstance(value, int):
        return "" if value is None else str(value)
    whole, cents = divmod(abs(value), 100)
    return f"{'-' if value < 0 else ''}{whole:,}.{cents:02d}"
