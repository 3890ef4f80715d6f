"""Whether this database may be served at all."""

from __future__ import annotations

from django.conf import settings

from dsr.exceptions import LedgerUnfit
from dsr.ledger import book
from dsr.ledger.fitting import raise_if_another, raise_if_unfit
from dsr.models import LedgerMark

UNDER_WAY = "restore-under-way"
"""A file in the data folder from the first byte of a restore until its replay is done."""


def refusal(*, thorough: bool = False) -> str:
    """Why this database must not be served, in one sentence that says what to do; empty where all is well.

    `thorough` also reads the whole ledger: for a start. Raises `DatabaseError` where there is no database to ask.
    """
    if (settings.ENV.data_dir / UNDER_WAY).exists():
        return "A restore was begun here and isn't finished yet. Run: manage.py restore --finish"
    mark = LedgerMark.objects.first()
    try:
        raise_if_unfit(book.newest(), mark)
        if thorough:
            raise_if_another(book.read(), mark)
    except LedgerUnfit as error:
        return str(error)
    except OSError as error:
        return f"The ledger can't be read ({type(error).__name__}). Look at DSR_LEDGER_DIR and its rights."
    return ""
