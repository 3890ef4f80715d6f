"""The admin holds our lists and nothing else."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.test import Client

from dsr.models import AuditEntry, Case, Connection, ExecutedCall, User
from dsr.services import assignment
from tests.builders import file_case
from tests.views.conftest import SignIn


def test_only_our_lists_are_there() -> None:
    assert set(admin.site._registry) == {AuditEntry, Case, Connection, ExecutedCall, User}


@pytest.mark.parametrize(
    "page",
    [
        "django_q/schedule/add/",
        "django_q/ormq/",
        "auth/group/",
        "account/emailaddress/",
        "autocomplete/",
        "dsr/case/1/history/",
        "dsr/user/1/delete/",
    ],
)
def test_what_must_not_be_there_is_not(page: str, administrator: User, sign_in: SignIn) -> None:
    assert sign_in(administrator).get(f"/admin/{page}").status_code == 404


def test_the_index_leads_to_the_dashboard(administrator: User, sign_in: SignIn) -> None:
    for page in ("/admin/", "/admin/dsr/"):
        assert sign_in(administrator).get(page)["Location"] == "/"


def test_pages_are_in_our_look_with_nothing_inline(
    administrator: User, connection: Connection, sign_in: SignIn
) -> None:
    client: Client = sign_in(administrator)
    for page in (
        "/admin/dsr/connection/",
        "/admin/dsr/user/",
        "/admin/dsr/auditentry/",
        f"/admin/dsr/connection/{connection.pk}/change/",
    ):
        html = client.get(page).content.decode()
        assert "dsr/desk.css" in html
        assert "admin/css" not in html
        assert "<style" not in html
        assert "style=" not in html
        assert "<script" not in html


def test_the_audit_log_shows_references_only(
    auditor: User, officer: User, connection: Connection, sign_in: SignIn
) -> None:
    case = file_case(officer, connection)
    assignment.assign(case=case, actor=officer, to=officer)

    page = sign_in(auditor).get("/admin/dsr/auditentry/").content.decode()

    assert case.reference in page
    assert officer.staff_reference in page
    for personal in ("Linda", "linda.dare@example.com", "Anna Officer"):
        assert personal not in page
