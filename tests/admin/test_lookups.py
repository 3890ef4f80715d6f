"""A list is filtered by what its filters offer. Anything else in the address could read what is hidden."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.test import Client, RequestFactory

from dsr.admin.lists import RoleList
from dsr.models import Connection, User
from tests.builders import file_case
from tests.views.conftest import SignIn


@pytest.mark.parametrize(
    "lookup",
    [
        "user/?password__startswith=md5",
        "user/?password__regex=.",
        "user/?email__icontains=a",
        "user/?groups__name=Approver",
        "user/?is_active__in=1",
        "user/?last_login__gt=2020-01-01",
        "connection/?api_key_sealed__gt=a",
        "connection/?account_id__startswith=a",
        "case/?reference__startswith=D",
        "case/?subject_name_sealed__gt=a",
        "case/?filed_by__password__startswith=md5",
        "case/?identifiers__lookup_hash__startswith=0",
        "auditentry/?hash__startswith=0",
        "auditentry/?facts__connection=1",
    ],
)
def test_a_field_that_is_no_filter_is_not_asked_for(
    lookup: str, administrator: User, officer: User, connection: Connection, sign_in: SignIn
) -> None:
    file_case(officer, connection)
    client = sign_in(officer if lookup.startswith("case") else administrator)

    assert client.get(f"/admin/dsr/{lookup}").status_code == 400


def test_every_list_refuses_every_field_but_its_filters(administrator: User, rf: RequestFactory) -> None:
    """Walks the lists that there are, so that a new one can't be forgotten."""
    request = rf.get("/")
    request.user = administrator
    for model, shown in admin.site._registry.items():
        assert isinstance(shown, RoleList)
        offered = {name for name in shown.get_list_filter(request) if isinstance(name, str)}
        for field in model._meta.get_fields():
            for lookup in ("", "__startswith", "__regex", "__gt", "__isnull", "__in"):
                allowed = shown.lookup_allowed(f"{field.name}{lookup}", "x", request)
                assert not allowed or (field.name in offered and not lookup) or field.name == "state", field


@pytest.mark.parametrize(
    ("page", "shown"),
    [
        ("user/?is_active__exact=1", "anna@example.com"),
        ("case/?kind__exact=erasure&state=any&due=soon", "Requests"),
        ("case/?state=waiting", "Waiting for me"),
        ("auditentry/?o=-1&p=1", "Audit log"),
    ],
)
def test_the_filters_work(page: str, shown: str, administrator: User, officer: User, sign_in: SignIn) -> None:
    client: Client = sign_in(officer if page.startswith("case") else administrator)

    answer = client.get(f"/admin/dsr/{page}")

    assert answer.status_code == 200
    assert shown in answer.content.decode()


def test_every_link_of_a_filter_leads_somewhere(officer: User, connection: Connection, sign_in: SignIn) -> None:
    file_case(officer, connection)
    client = sign_in(officer)
    changelist = client.get("/admin/dsr/case/").context["cl"]
    links = [choice["query_string"] for spec in changelist.filter_specs for choice in spec.choices(changelist)]

    assert len(links) > 10
    assert {client.get(f"/admin/dsr/case/{link}").status_code for link in links} == {200}
