"""The log of calls on screen, and what a connection may do."""

from __future__ import annotations

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from dsr.connectors.segmetrics import Account
from dsr.exceptions import NeedsPerson
from dsr.models import AuditEntry, Connection, User
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import file_case, work
from tests.marks import seen_on
from tests.views.conftest import SignIn

pytestmark = pytest.mark.django_db
LIST = "/admin/dsr/executedcall/"


def test_the_case_leads_to_its_calls(
    officer: User, auditor: User, connection: Connection, sandbox: Sandbox, sign_in: SignIn
) -> None:
    sandbox.add_contact(contact_id="9", email="other@example.com")
    case, other = file_case(officer, connection), file_case(officer, connection, emails=["other@example.com"])
    work()
    browser = sign_in(auditor)
    assert f'href="{LIST}?request={case.reference}"' in browser.get(f"/cases/{case.reference}/").content.decode()
    page = browser.get(f"{LIST}?request={case.reference}").content.decode()
    assert "Search contacts" in page
    assert str(officer) in page
    assert other.reference not in page


def test_a_request_is_a_link_for_those_who_may_open_it(
    officer: User, auditor: User, administrator: User, connection: Connection, sign_in: SignIn
) -> None:
    case = file_case(officer, connection)
    work()
    for user, may_open in ((auditor, True), (officer, True), (administrator, False)):
        browser = sign_in(user)
        page = browser.get(LIST).content.decode()
        assert case.reference in page
        assert (f'href="/cases/{case.reference}/"' in page) is may_open
        assert (browser.get(f"/cases/{case.reference}/").status_code == 200) is may_open


def test_it_is_filtered(connection: Connection, auditor: User, sandbox: Sandbox, sign_in: SignIn) -> None:
    sandbox.fault("server_error", times=1)
    with Account(connection) as account:
        account.control_read()
        account.read("unknown")
    connection.granted = []
    with Account(connection) as account, pytest.raises(NeedsPerson):
        account.read("1")
    browser = sign_in(auditor)
    for query, count in (
        ("", 4),
        ("?outcome=failed", 1),
        ("?outcome=not_found", 1),
        ("?outcome=not_sent", 1),
        ("?outcome=done", 1),
        ("?does=get+contact", 2),
        (f"?account={connection.pk}", 4),
        ("?account=999", 0),
    ):
        assert len(browser.get(LIST + query).context["cl"].result_list) == count, query


def test_it_takes_the_same_queries_however_long(connection: Connection, auditor: User, sign_in: SignIn) -> None:
    browser = sign_in(auditor)
    counts = []
    for calls in (1, 30):
        with Account(connection) as account:
            for _ in range(calls):
                account.control_read()
        browser.get(LIST)
        with CaptureQueriesContext(database) as captured:
            browser.get(LIST)
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 12


def test_an_administrator_says_what_a_connection_may_do(
    connection: Connection, administrator: User, sign_in: SignIn
) -> None:
    browser, address = sign_in(administrator), f"/admin/dsr/connection/{connection.pk}/grant/"
    revision = connection.revision
    chosen = {"reads": ["get_contact"], "writes": ["add_contact_tags"]}
    seen = seen_on(browser, f"/admin/dsr/connection/{connection.pk}/change/", address)
    page = browser.post(address, chosen | seen, follow=True)
    assert "it may do what is ticked" in page.content.decode()
    connection.refresh_from_db()
    assert connection.granted == ["get_contact", "add_contact_tags"]
    assert connection.revision == revision, "no approval is void by it"
    entry = AuditEntry.objects.last()
    assert entry is not None
    assert entry.verb == "grant_changed"
    assert entry.facts["given"] == ["add_contact_tags"]
    assert "search_contacts" in entry.facts["taken"]


@pytest.mark.parametrize("chosen", [{"writes": ["delete_contact"]}, {"reads": ["everything"]}])
def test_deleting_is_not_to_be_had_this_way(
    chosen: dict[str, list[str]], connection: Connection, administrator: User, sign_in: SignIn
) -> None:
    before = connection.granted
    browser = sign_in(administrator)
    page = browser.post(f"/admin/dsr/connection/{connection.pk}/grant/", chosen, follow=True).content.decode()
    assert "Choose from the list." in page
    connection.refresh_from_db()
    assert connection.granted == before


def test_a_new_connection_reads_and_changes_nothing(db: None) -> None:
    assert set(Connection().granted) == {
        "search_contacts",
        "get_contact",
        "get_lead_source",
        "list_contact_tags",
        "list_products",
        "get_attribution_report",
    }


def test_a_call_over_a_connection_that_is_not_kept_here_names_its_account(
    connection: Connection, auditor: User, sandbox: Sandbox, sign_in: SignIn
) -> None:
    lost = Connection(account_id=sandbox.account_id, read_url=sandbox.read_url, import_url=sandbox.import_url)
    with Account(lost, api_key=sandbox.api_key) as account:
        account.control_read()
    assert f"account {sandbox.account_id}, not kept here" in sign_in(auditor).get(LIST).content.decode()
