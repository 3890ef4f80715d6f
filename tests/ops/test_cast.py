"""The demo's people and connection, and the way to a real installation's first administrator."""

import re
from io import StringIO

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client

from dsr.connectors.segmetrics import Account
from dsr.demo import cast
from dsr.demo.people import PASSWORD, PEOPLE
from dsr.languages import LANGUAGES
from dsr.models import AuditEntry, Connection, User
from dsr.permissions import Role, roles_of
from dsr.selectors.processing import kept_for
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import key_of
from tests.views.conftest import _static_root

__all__ = ["_static_root"]
pytestmark = pytest.mark.django_db


def test_the_cast_is_loaded_once_and_changes_made_since_stay() -> None:
    cast.load(sandbox="http://127.0.0.1:8787")
    anna = User.objects.get(email="anna@example.com")
    anna.set_password("changed since then")
    anna.full_name = "Anna Married"
    anna.save()

    cast.load(sandbox="http://127.0.0.1:8787")

    assert User.objects.count() == len(PEOPLE)
    assert Connection.objects.get().revision == 1
    anna.refresh_from_db()
    assert anna.full_name == "Anna Married"
    assert anna.check_password("changed since then")


def test_what_is_told_is_whole_in_every_language_and_what_was_changed_since_stays() -> None:
    cast.load(sandbox="http://127.0.0.1:8787")
    connection = Connection.objects.get()
    assert [row.language for row in kept_for(connection) if row.is_whole] == list(LANGUAGES)
    assert connection.recipients.count() == 2
    connection.processing_records.filter(language="de").update(purposes="Anders")
    connection.recipients.all()[0].delete()

    cast.load(sandbox="http://127.0.0.1:8787")

    assert connection.processing_records.get(language="de").purposes == "Anders"
    assert connection.recipients.count() == 1


def test_each_of_the_cast_has_the_one_role_and_can_sign_in(client: Client) -> None:
    cast.load(sandbox="http://127.0.0.1:8787")

    for person in PEOPLE:
        assert roles_of(User.objects.get(email=person.email)) == {person.role}
        assert client.login(email=person.email, password=PASSWORD)
    assert {person.role for person in PEOPLE} == set(Role.values)


def test_a_sandbox_on_another_port_is_an_edit_of_the_connection() -> None:
    cast.load(sandbox="http://127.0.0.1:8787")
    cast.load(sandbox="http://127.0.0.1:9000")

    connection = Connection.objects.get()
    assert (connection.read_url, connection.import_url) == (
        "http://127.0.0.1:9000/read",
        "http://127.0.0.1:9000/import/api/v1",
    )
    assert connection.revision > 1
    assert key_of(connection) == "sandbox-key"


def test_the_connection_reaches_the_sandbox(sandbox: Sandbox) -> None:
    cast.load(sandbox=sandbox.url)

    with Account(Connection.objects.get()) as account:
        account.control_read()
    assert [call.status for call in sandbox.calls()] == [200]


def test_people_with_a_public_password_are_refused_outside_the_demo() -> None:
    with pytest.raises(CommandError, match="DSR_ENV=demo only"):
        call_command("demo_cast", sandbox="http://127.0.0.1:8787")
    assert not User.objects.exists()


def test_the_first_administrator_gets_a_link_that_sets_a_password(client: Client) -> None:
    output = StringIO()
    call_command("first_administrator", "Max@Example.com", "Max Admin", stdout=output)
    link = re.search(r"https?://[^/]+(/\S+)", output.getvalue())
    assert link

    form = client.get(link[1], follow=True)
    password = "three words nobody guesses"
    client.post(form.redirect_chain[-1][0], {"password1": password, "password2": password})

    user = User.objects.get()
    assert user.email == "max@example.com"
    assert user.check_password(password)
    assert roles_of(user) == {Role.ADMINISTRATOR}
    verbs = list(AuditEntry.objects.order_by("sequence").values_list("verb", flat=True))
    assert verbs == ["administrator_added_by_command", "password_changed"]


def test_the_command_adds_two_administrators_and_no_third() -> None:
    said = StringIO()
    call_command("first_administrator", "max@example.com", "Max Admin", stdout=said)
    assert "once more, for a second administrator" in said.getvalue()
    call_command("first_administrator", "mia@example.com", "Mia Admin", stdout=StringIO())
    assert [message.to for message in mail.outbox[-2:]] == [["max@example.com"], ["mia@example.com"]]
    with pytest.raises(CommandError, match="There are two administrators already"):
        call_command("first_administrator", "eve@example.com", "Eve", stdout=StringIO())
    assert User.objects.count() == 2


def test_where_one_of_the_two_has_left_another_can_be_added() -> None:
    for email in ("max@example.com", "mia@example.com"):
        call_command("first_administrator", email, "Admin", stdout=StringIO())
    User.objects.filter(email="max@example.com").update(is_active=False)
    call_command("first_administrator", "eve@example.com", "Eve", stdout=StringIO())
    assert roles_of(User.objects.get(email="eve@example.com")) == {Role.ADMINISTRATOR}


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(CommandError, match="no e-mail address"):
        call_command("first_administrator", "Max", "max@example.com")
