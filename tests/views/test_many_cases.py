"""However many cases there are, a page asks the database as often as with a few."""

from __future__ import annotations

import dataclasses

import pytest
from django.core.cache import caches
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from dsr.models import Case, Connection, LetterKind, OutgoingLetter, User, WebhookEvent
from dsr.services import identity, notes, queue_views, webhooks
from dsr.states import Kind
from tests.builders import approve, file_case, prepared, record_processing, work
from tests.many import make_many
from tests.services.letter_cases import send
from tests.services.test_proofs import PASSPORT
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


def at_most(browser: Client, case: Case, most: int) -> int:
    count = asked(browser, f"/cases/{case.reference}/")
    assert count <= most, (case.state, count)
    return count


def test_the_page_of_a_request_asks_for_each_thing_once(
    officer: User, approver: User, connection: Connection, sign_in: SignIn
) -> None:
    """Six of them are asked on every page: session, person, roles, safeguards, notifications, and what waits."""
    case = file_case(officer, connection)
    work()
    case.refresh_from_db()
    at_most(sign_in(officer), case, 21)
    prepared(case, officer)
    at_most(sign_in(officer), case, 27)
    at_most(sign_in(approver), case, 30)
    approve(case, approver)
    work()
    case.refresh_from_db()
    assert case.state == "completed"
    at_most(sign_in(officer), case, 27)


def test_so_does_that_of_a_package(officer: User, connection: Connection, sign_in: SignIn) -> None:
    case = prepared(file_case(officer, connection, kind=Kind.ACCESS), officer)
    assert case.state == "ready"
    at_most(sign_in(officer), case, 31)


def test_however_much_a_request_holds(officer: User, connection: Connection, sign_in: SignIn) -> None:
    record_processing(connection, officer)
    case = file_case(officer, connection)
    file_case(officer, connection)
    work()
    case.refresh_from_db()
    browser = sign_in(officer)

    def more() -> int:
        letter = send(case, officer, LetterKind.ACKNOWLEDGEMENT)
        OutgoingLetter.objects.filter(pk=letter.pk).update(status="waiting")
        notes.add(case=case, actor=officer, text="she called again")
        identity.add_proof(case=case, actor=officer, proof=PASSPORT)
        return asked(browser, f"/cases/{case.reference}/")

    assert more() == [more() for _ in range(4)][-1]


def test_the_list_of_webhooks(administrator: User, sign_in: SignIn, settings: Settings) -> None:
    settings.ENV = dataclasses.replace(settings.ENV, webhook_hosts=frozenset({"tickets.internal"}))
    browser, counts = sign_in(administrator), []
    for number in range(4):
        webhooks.add(
            actor=administrator, name=f"No {number}", url="https://tickets.internal/", events=[WebhookEvent.MOVED]
        )
        counts.append(asked(browser, "/webhooks/"))
    assert counts == counts[:1] * 4
    assert counts[0] <= MOST


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
