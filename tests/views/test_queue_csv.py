"""The list as CSV: what is shown and nothing more, safe to open, and counted."""

from __future__ import annotations

import csv
import io

import pytest
from django.test import Client

from dsr import audit
from dsr.admin import case_export
from dsr.models import AuditEntry, Case, Connection, User
from dsr.services import assignment
from tests.builders import file_case
from tests.many import make_many
from tests.views.conftest import SignIn

EXPORT = "/admin/dsr/case/export.csv"


@pytest.fixture
def two(officer: User, connection: Connection) -> list[Case]:
    return [file_case(officer, connection, subject_name=name) for name in ('=HYPERLINK("x")', "Bob Two")]


def rows_of(browser: Client, query: str = "") -> list[list[str]]:
    answer = browser.get(f"{EXPORT}{query}")
    assert answer.status_code == 200
    content = answer.getvalue()
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def test_it_has_the_filters_the_order_and_the_columns_of_the_list(
    two: list[Case], officer: User, sign_in: SignIn
) -> None:
    browser = sign_in(officer)
    assignment.assign(case=two[1], actor=officer, to=officer)
    browser.post("/cases/columns/", {"columns": ["state_pill", "due", "officer", "account", "received", "filed"]})
    assert rows_of(browser, "?officer=me") == [
        ["Request", "State", "Due", "Officer", "Connection", "Received", "Filed by"],
        [
            two[1].reference, "Received", two[1].due_on.isoformat(), "Anna Officer", "Acme Webshop",
            two[1].received_on.isoformat(), "Anna Officer",
        ],
    ]  # fmt: skip
    assert [row[0] for row in rows_of(browser, "?o=-1")[1:]] == [two[1].reference, two[0].reference]
    assert len(rows_of(browser, "?state=completed")) == 1


def test_a_name_is_disarmed_and_only_for_whoever_may_download(
    two: list[Case], officer: User, auditor: User, sign_in: SignIn
) -> None:
    names = [row[1] for row in rows_of(sign_in(officer))]
    assert names == ["Person", "Bob Two", """'=HYPERLINK("x")"""]
    officer.groups.get().permissions.clear()
    without = rows_of(sign_in(officer))
    assert "Person" not in without[0]
    assert "HYPERLINK" not in str(without)
    assert "Bob" not in str(without)
    assert "Person" not in rows_of(sign_in(auditor))[0], "an auditor takes no contents away"


def test_each_is_counted_in_the_audit_log_without_names(two: list[Case], officer: User, sign_in: SignIn) -> None:
    rows_of(sign_in(officer), "?due=soon")

    entry = AuditEntry.objects.get(verb="requests_exported")
    assert entry.actor == officer.staff_reference
    assert entry.facts == {"rows": 0, "columns": ["person", "type", "state", "due", "officer"]}
    assert audit.verify() is None


def test_it_ends_after_so_many(
    officer: User, connection: Connection, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_many(30, connection=connection, filed_by=officer)
    monkeypatch.setattr(case_export, "MOST", 20)
    monkeypatch.setattr(case_export, "_AT_ONCE", 7)
    rows = rows_of(sign_in(officer), "?state=any")

    assert len({row[0] for row in rows[1:]}) == 20
    assert AuditEntry.objects.get(verb="requests_exported").facts["rows"] == 20


def test_what_is_no_filter_is_refused_here_too(two: list[Case], officer: User, sign_in: SignIn) -> None:
    assert sign_in(officer).get(f"{EXPORT}?filed_by__password__startswith=md5").status_code == 400
