"""Connections: the key goes in and never comes out; all writing goes through the service."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone, translation

from dsr.models import AuditEntry, Connection, Credential, ReturnWatch, User
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import key_of
from tests.marks import seen_on
from tests.views.conftest import SignIn

ADD = "/admin/dsr/connection/add/"
KEY = "k-secret-1234567890"


@pytest.fixture
def browser(administrator: User, sign_in: SignIn) -> Client:
    return sign_in(administrator)


def typed(sandbox: Sandbox, **changes: object) -> dict[str, object]:
    return {
        "name": "Shop",
        "environment": "production",
        "account_id": sandbox.account_id,
        "api_key": sandbox.api_key,
        "read_url": sandbox.read_url,
        "import_url": sandbox.import_url,
        "rate_per_minute": 600,
        "report_days": 365,
        "report_pages": 20,
        "is_active": "on",
        "integrations-TOTAL_FORMS": 2,
        "integrations-INITIAL_FORMS": 0,
        "integrations-0-integration_id": "int9",
        "integrations-0-label": "Webshop",
        **changes,
    }


def change(connection: Connection) -> str:
    return f"/admin/dsr/connection/{connection.pk}/change/"


def test_add_one_and_test_it(browser: Client, sandbox: Sandbox) -> None:
    browser.post(ADD, typed(sandbox))

    connection = Connection.objects.get()
    assert key_of(connection) == sandbox.api_key
    page = browser.post(f"/admin/dsr/connection/{connection.pk}/test/", follow=True).content.decode()
    assert "SegMetrics answers and knows this account" in page


def test_a_wrong_key_is_told_by_the_test(browser: Client, sandbox: Sandbox) -> None:
    browser.post(ADD, typed(sandbox, api_key="wrong"))

    page = browser.post(f"/admin/dsr/connection/{Connection.objects.get().pk}/test/", follow=True).content.decode()

    assert "refuses this API key" in page


def test_the_key_is_never_shown(browser: Client, sandbox: Sandbox) -> None:
    browser.post(ADD, typed(sandbox, api_key=KEY))
    connection = Connection.objects.get()

    for page in (browser.get(change(connection)), browser.post(ADD, typed(sandbox, api_key=KEY, name=""))):
        assert KEY not in page.content.decode()
    assert KEY not in str(list(AuditEntry.objects.values_list("facts", flat=True)))


def test_an_edit_keeps_the_key_and_counts_as_a_new_revision(
    browser: Client, connection: Connection, sandbox: Sandbox
) -> None:
    row = connection.integrations.get()
    browser.post(
        change(connection),
        typed(sandbox, name="Renamed", api_key="")
        | seen_on(browser, change(connection))
        | {
            "integrations-INITIAL_FORMS": 1,
            "integrations-0-id": row.pk,
            "integrations-1-integration_id": "int12",
            "integrations-1-label": "Courses",
        },
    )

    before = connection.revision
    connection.refresh_from_db()
    assert (connection.name, key_of(connection)) == ("Renamed", sandbox.api_key)
    assert connection.revision == before + 1
    assert sorted(connection.integrations.values_list("integration_id", flat=True)) == ["int12", "int9"]


def test_a_replaced_key_stands_in_the_audit_log_and_the_key_does_not(browser: Client, connection: Connection) -> None:
    before = connection.revision

    browser.post(f"/admin/dsr/connection/{connection.pk}/key/", {"api_key": KEY})

    (entry,) = AuditEntry.objects.filter(verb="credential_set")
    new = Credential.objects.get(status="new")
    assert entry.facts == {
        "connection": connection.pk,
        "credential": new.pk,
        "kind": "api_key",
        "own": False,
        "revision": before + 1,
    }
    assert key_of(connection) == KEY
    page = browser.get(change(connection)).content.decode()
    assert KEY not in page
    assert "not tried yet" in page


def test_an_integration_is_removed(browser: Client, connection: Connection, sandbox: Sandbox) -> None:
    row = connection.integrations.get()
    browser.post(
        change(connection),
        typed(sandbox, api_key="")
        | seen_on(browser, change(connection))
        | {
            "integrations-INITIAL_FORMS": 1,
            "integrations-0-id": row.pk,
            "integrations-0-DELETE": "on",
            "integrations-1-integration_id": "int12",
            "integrations-1-label": "Courses",
        },
    )

    assert list(connection.integrations.values_list("integration_id", flat=True)) == ["int12"]


@pytest.mark.parametrize(
    ("changes", "beside"),
    [
        ({"name": ""}, 'id="id_name_error"'),
        ({"account_id": "a/b"}, 'id="id_account_id_error"'),
        ({"api_key": ""}, 'id="id_api_key_error"'),
        ({"api_key": "two words"}, 'id="id_api_key_error"'),
        ({"read_url": "ftp://example.com"}, 'id="id_read_url_error"'),
        ({"integrations-0-integration_id": "", "integrations-0-label": ""}, "Add at least one integration"),
        ({"integrations-0-label": ""}, 'id="id_integrations-0-label_error"'),
    ],
)
def test_an_error_stands_beside_its_field(
    browser: Client, sandbox: Sandbox, changes: dict[str, object], beside: str
) -> None:
    answer = browser.post(ADD, typed(sandbox, **changes))

    assert answer.status_code == 422
    assert beside in answer.content.decode()
    assert not Connection.objects.exists()


def test_nobody_else_tests_or_saves(
    officer: User, approver: User, auditor: User, connection: Connection, sandbox: Sandbox, sign_in: SignIn
) -> None:
    for user in (officer, approver, auditor):
        client = sign_in(user)
        assert client.post(change(connection), typed(sandbox)).status_code == 403
        assert client.post(f"/admin/dsr/connection/{connection.pk}/test/").status_code == 403
    assert client.get(f"/admin/dsr/connection/{connection.pk}/delete/").status_code == 404


def test_whom_to_ask_is_one_sentence_so_a_language_may_put_the_name_first(
    connection: Connection, administrator: User, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    Connection.objects.update(contact="Ada")
    words = {"Questions go to %(contact)s": "%(contact)s antwortet"}
    gettext = translation.gettext
    monkeypatch.setattr(translation, "gettext", lambda text: words.get(text, gettext(text)))

    page = sign_in(administrator).get(f"/admin/dsr/connection/{connection.pk}/change/").content.decode()

    assert "Ada antwortet" in page


def test_what_a_restore_switched_off_is_said_until_somebody_has_saved_what_it_may_do(
    browser: Client, connection: Connection
) -> None:
    Connection.objects.update(switched_off_at=timezone.now())
    address, target = f"/admin/dsr/connection/{connection.pk}/change/", f"/admin/dsr/connection/{connection.pk}/grant/"
    assert "Only reads since a restore" in browser.get("/admin/dsr/connection/").content.decode()
    assert "was restored from a backup" in browser.get(address).content.decode()

    browser.post(target, {"reads": connection.granted} | seen_on(browser, address, target))

    assert "was restored from a backup" not in browser.get(address).content.decode()


DAY = dt.date(2026, 11, 3)
HALFWAY = {"looked_from": DAY, "looked_until": dt.date(2026, 11, 26), "next_page": 21, "count": 2000}


@pytest.mark.parametrize(
    ("state", "says"),
    [
        ({"complete_until": DAY}, ["Leads looked through until 3 November 2026 for people who were erased."]),
        (
            HALFWAY | {"total": 15200, "complete_until": DAY},
            ["2,000 of 15,200 leads since 3 November 2026 looked through", "it goes on with the next look."],
        ),
        (HALFWAY, ["2,000 leads since 3 November 2026 looked through"]),
        (
            {"problem": "unreachable", "complete_until": DAY},
            ["people who were erased broke off: SegMetrics doesn&#x27;t answer.", "until 3 November 2026"],
        ),
        ({"problem": "unclear"}, ["broke off: look into the worker&#x27;s log."]),
        ({}, []),
    ],
)
def test_how_far_the_watch_for_returns_is(
    browser: Client, connection: Connection, state: dict[str, object], says: list[str]
) -> None:
    assert "people who were erased" not in browser.get(change(connection)).content.decode(), "nobody was looked for"
    ReturnWatch.objects.create(connection=connection, looked_at=timezone.now(), **state)
    page = browser.get(change(connection)).content.decode()
    assert [words for words in says if words not in page] == []
    assert ("people who were erased" in page) is bool(says)


def test_that_nobody_can_be_watched_for_without_report_pages(browser: Client, connection: Connection) -> None:
    Connection.objects.update(report_pages=0)
    assert "no report pages are to be looked through" in browser.get(change(connection)).content.decode()
