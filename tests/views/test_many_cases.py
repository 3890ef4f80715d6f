"""However many cases there are, a page asks the database as often as with a few."""

from __future__ import annotations

import pytest
from django.core.cache import caches
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dsr.models import Case, Connection, User
from dsr.services import queue_views
from tests.many import make_many
from tests.views.conftest import SignIn

LISTS = ("?state=open", "?state=any", "?state=any&p=2", "?state=waiting", "?officer=me&due=overdue", "?state=any&o=-2")
FEW, MANY = 60, 3000
MOST = 12


def asked(browser: Client, address: str) -> int:
    """How often, once the list has noted what stood there. Every ten seconds the session and the ledger ask too."""
    counts = []
    for _ in range(3):
        with CaptureQueriesContext(database) as captured:
            assert browser.get(address).status_code == 200
        counts.append(len(captured))
    return min(counts)


@pytest.mark.parametrize("who", ["officer", "approver", "auditor"])
def test_few_and_many_cases_take_the_same_queries(
    who: str,
    officer: User,
    second_officer: User,
    approver: User,
    auditor: User,
    connection: Connection,
    sign_in: SignIn,
) -> None:
    user = {"officer": officer, "approver": approver, "auditor": auditor}[who]
    browser = sign_in(user)
    queue_views.save(user=user, name="Soon", query="due=soon")
    officers = (officer, None, second_officer)
    make_many(FEW, connection=connection, filed_by=second_officer, officers=officers)
    cases = [Case.objects.filter(state=state)[0].reference for state in ("review", "awaiting_approval", "completed")]
    pages = ["/", *(f"/admin/dsr/case/{query}" for query in LISTS), *(f"/cases/{case}/" for case in cases)]
    few = {page: asked(browser, page) for page in pages}
    make_many(MANY, connection=connection, filed_by=second_officer, officers=officers)
    caches["process"].clear()

    assert {page: asked(browser, page) for page in pages} == few
    assert {page: count for page, count in few.items() if count > MOST and not page.startswith("/cases/")} == {}


def test_a_list_that_changed_since_takes_one_more_at_most(
    officer: User, connection: Connection, sign_in: SignIn
) -> None:
    make_many(FEW, connection=connection, filed_by=officer, officers=(officer, None))
    browser = sign_in(officer)
    browser.get("/")
    for query in LISTS:
        with CaptureQueriesContext(database) as captured:
            browser.get(f"/admin/dsr/case/{query}")
        assert len(captured) <= MOST + 1, query
