"""The pages that are looked at most, with a few cases and with very many: seconds of the processor, and queries.

They are asked for in this process, through the whole of Django and its middleware, signed in as an officer. SQLite
computes in this process too, so its work is in the figure.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from django.core.cache import caches
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dsr.models import Case, Connection
from tests.bench import clock, desk
from tests.bench.rows import Row
from tests.bench.sizes import Sizes
from tests.many import MOSTLY_CLOSED, OPEN, make_many

FEW = 100
LIMIT = 1.5


def measure(folder: Path, sizes: Sizes) -> Iterator[Row]:
    """First with a hundred cases, all open so that the pages have as much to show, then with all the others."""
    with desk.opened(folder) as place:
        officer, approver = desk.people()
        connection = Connection.objects.get()
        ((contact_id, email),) = desk.add_customers(place.sandbox, 1)
        with desk.evidence_not_drawn():
            case = desk.bring_to_approval(contact_id, email)
        browser = Client(headers={"host": "localhost"})
        browser.force_login(officer)
        pages = {"dashboard": "/", "case list": _list(), "case page": f"/cases/{case.reference}/"}
        make_many(FEW - 1, connection=connection, filed_by=approver, officers=(officer, None), states=OPEN)
        few = {name: _asked(browser, address, sizes.repeats) for name, address in pages.items()}
        make_many(
            sizes.cases - FEW, connection=connection, filed_by=approver, officers=(officer, None), states=MOSTLY_CLOSED
        )
        with database.cursor() as cursor:
            cursor.execute("ANALYZE")
        caches["process"].clear()
        assert Case.objects.count() == sizes.cases
        for name, address in pages.items():
            seconds, queries = _asked(browser, address, sizes.repeats)
            yield Row(
                name=f"{name}, {sizes.cases:,} cases against {FEW}",
                value=seconds * 1000,
                unit="ms",
                floor=few[name][0] * 1000,
                limit=LIMIT,
                is_timing=True,
            )
            yield Row(name="    its queries", value=queries, unit="", floor=few[name][1], limit=1.0)


def _list() -> str:
    return "/admin/dsr/case/?state=open"


def _asked(browser: Client, address: str, repeats: int) -> tuple[float, int]:
    """Seconds, and the fewest queries of three times: every ten seconds the session and the ledger ask too."""

    def ask() -> None:
        assert browser.get(address).status_code == 200, address

    counts = []
    for _ in range(3):
        with CaptureQueriesContext(database) as captured:
            ask()
        counts.append(len(captured))
    return clock.one(ask, repeats=repeats * 3), min(counts)
