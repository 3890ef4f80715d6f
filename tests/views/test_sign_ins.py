"""The way to SegMetrics and back in a browser: bound to the session, good once, for ten minutes, and told plainly."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from django.test import Client
from pytest_django import Settings

from dsr.env import OAuth
from dsr.models import Connection, Credential, User
from dsr.services import connections
from segmetrics_client.sandbox.testing import Sandbox
from tests.views.conftest import SignIn

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _oauth_set(sandbox: Sandbox, settings: Settings) -> None:
    address = sandbox.oauth_url
    known = OAuth(
        f"{address}/authorize", f"{address}/token", f"{address}/revoke", "sandbox-desk", "sandbox-client-secret", ""
    )
    settings.ENV = dataclasses.replace(settings.ENV, oauth=known)


@pytest.fixture(autouse=True)
def _nothing_secret_is_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level("DEBUG")
    yield
    assert "access-" not in caplog.text
    assert "refresh-" not in caplog.text
    assert "code=" not in caplog.text


def begun(browser: Client, address: str) -> str:
    """Press the button; the link that the page shows."""
    page = browser.post(address).content.decode()
    found = re.search(r'href="(http://127[^"]+/oauth/authorize[^"]+)"', page)
    assert found, page
    return unescape(found[1])


def sent_back(sandbox: Sandbox, link: str, **options: bool) -> str:
    """The path to which the person is sent back."""
    place = urlsplit(sandbox.consent(link, **options))
    return f"{place.path}?{place.query}"


def of(connection: Connection) -> str:
    return f"/admin/dsr/connection/{connection.pk}/sign-in/"


def test_an_administrator_signs_the_connection_in_and_the_test_makes_it_the_one_in_use(
    connection: Connection, administrator: User, sandbox: Sandbox, sign_in: SignIn
) -> None:
    browser = sign_in(administrator)
    back = sent_back(sandbox, begun(browser, of(connection)))

    page = browser.get(back, follow=True)

    assert page.redirect_chain[-1][0] == f"/admin/dsr/connection/{connection.pk}/change/"
    assert "not tried yet" in page.content.decode()
    assert "Reading works" in connections.test(connection=connection, actor=administrator)
    row = Credential.objects.get(status="working")
    assert (row.kind, row.created_by) == ("oauth", administrator)
    assert row.open_tokens()[0] not in page.content.decode()
    assert not Credential.objects.filter(kind="api_key").exclude(secret_sealed=b"").exists()

    again = browser.get(back, follow=True).content.decode()
    assert "belongs to no sign-in of yours" in again, "once"
    assert Credential.objects.filter(kind="oauth").count() == 1


def test_an_answer_is_worth_nothing_to_somebody_else_or_with_another_state(
    connection: Connection, administrator: User, second_administrator: User, sandbox: Sandbox, sign_in: SignIn
) -> None:
    browser, other = sign_in(administrator), sign_in(second_administrator)
    back = sent_back(sandbox, begun(browser, of(connection)))
    assert "belongs to no sign-in" in other.get(back, follow=True).content.decode()
    fields = dict(parse_qsl(urlsplit(back).query)) | {"state": "forged"}
    assert (
        "belongs to no sign-in" in browser.get(f"/sign-ins/answer/?{urlencode(fields)}", follow=True).content.decode()
    )
    assert "belongs to no sign-in" in browser.get("/sign-ins/answer/", follow=True).content.decode()
    assert not Credential.objects.filter(kind="oauth").exists()

    browser.get(back)
    assert Credential.objects.filter(kind="oauth").count() == 1, "none of that used up the one that waits"
    assert "belongs to no sign-in" in browser.get(back, follow=True).content.decode(), "its own answer did"


def test_what_goes_wrong_is_told(
    connection: Connection, administrator: User, sandbox: Sandbox, sign_in: SignIn, settings: Settings
) -> None:
    browser = sign_in(administrator)
    refused = sent_back(sandbox, begun(browser, of(connection)), allow=False)
    assert "refused at SegMetrics" in browser.get(refused, follow=True).content.decode()

    late = sent_back(sandbox, begun(browser, of(connection)))
    session = browser.session
    session["segmetrics_sign_in"] |= {"begun_at": session["segmetrics_sign_in"]["begun_at"] - 601}
    session.save()
    assert "longer than ten minutes" in browser.get(late, follow=True).content.decode()

    gone = sent_back(sandbox, begun(browser, of(connection)))
    sandbox.fault("drop_before", object="token")
    assert "be reached to finish" in unescape(browser.get(gone, follow=True).content.decode())

    forged = sent_back(sandbox, begun(browser, of(connection)))
    sandbox.reset()
    assert "take the sign-in" in unescape(browser.get(forged, follow=True).content.decode())

    settings.ENV = dataclasses.replace(settings.ENV, oauth=None)
    assert "set up here" in unescape(browser.post(of(connection), follow=True).content.decode())
    assert not Credential.objects.filter(kind="oauth").exists()


def test_an_address_inside_is_not_called(
    connection: Connection, administrator: User, sign_in: SignIn, settings: Settings
) -> None:
    known = settings.ENV.oauth
    assert known
    inside = dataclasses.replace(known, token_url="https://10.0.0.1/token")
    settings.ENV = dataclasses.replace(settings.ENV, oauth=inside)
    page = sign_in(administrator).post(of(connection), follow=True).content.decode()
    assert "This must be an https address" in page


def test_each_approver_signs_in_for_themselves(
    connection: Connection, approver: User, officer: User, sandbox: Sandbox, sign_in: SignIn
) -> None:
    browser = sign_in(approver)
    assert "No connection asks for" in browser.get("/sign-ins/").content.decode()
    assert browser.post(f"/sign-ins/{connection.pk}/begin/").status_code == 404
    Connection.objects.update(personal_deletes=True)
    assert "approve deletions" in browser.get("/sign-ins/").content.decode()

    back = sent_back(sandbox, begun(browser, f"/sign-ins/{connection.pk}/begin/"))
    assert browser.get(back)["Location"] == "/sign-ins/"

    page = browser.post(f"/sign-ins/{connection.pk}/test/", follow=True).content.decode()
    assert "by your own sign-in" in page
    assert Credential.objects.get(user=approver).status == "working"
    page = browser.post(f"/sign-ins/{connection.pk}/end/", follow=True).content.decode()
    assert "ended 1 sign-in too" in page
    browser.post(f"/sign-ins/{connection.pk}/key/", {"api_key": "my-own-key"})
    assert Credential.objects.get(user=approver, status="new").open_key() == "my-own-key"
    assert "my-own-key" not in browser.get("/sign-ins/").content.decode()
    for path in ("begin/", "test/", "key/"):
        assert sign_in(officer).post(f"/sign-ins/{connection.pk}/{path}").status_code == 403


def moved(connection: Connection) -> None:
    """Another administrator has it lead elsewhere meanwhile."""
    Connection.objects.filter(pk=connection.pk).update(read_url="https://api.elsewhere.example")


def test_no_key_goes_to_an_address_that_came_after_the_page_was_shown(
    connection: Connection, administrator: User, approver: User, sign_in: SignIn
) -> None:
    Connection.objects.update(personal_deletes=True)
    of_admin = f"/admin/dsr/connection/{connection.pk}"
    for user, shown, sent in (
        (administrator, f"{of_admin}/change/", f"{of_admin}/key/"),
        (approver, "/sign-ins/", f"/sign-ins/{connection.pk}/key/"),
    ):
        Connection.objects.filter(pk=connection.pk).update(read_url=connection.read_url)
        browser = sign_in(user)
        page = browser.get(shown).content.decode()
        assert connection.read_url in page
        form = page.split(f'action="{sent}"')[1].split("</form>")[0]
        typed = {**dict(re.findall(r'name="(place)" value="([^"]+)"', form)), "api_key": "given-for-another-address"}
        moved(connection)

        page = unescape(browser.post(sent, typed, follow=True).content.decode())

        assert "leads to another account or address since it was shown" in page
        assert not Credential.objects.filter(status="new").exists()
        typed["place"] = Connection.objects.get(pk=connection.pk).place
        browser.post(sent, typed)
        assert Credential.objects.filter(status="new").count() == 1, "seen, and given for it"
        Credential.retire(Credential.objects.filter(status="new"))


def test_no_sign_in_ends_up_at_an_address_that_came_after_it_was_begun(
    connection: Connection, administrator: User, sandbox: Sandbox, sign_in: SignIn
) -> None:
    browser = sign_in(administrator)
    back = sent_back(sandbox, begun(browser, of(connection)))
    moved(connection)
    assert "since it was shown" in unescape(browser.get(back, follow=True).content.decode())
    assert not Credential.objects.filter(kind="oauth").exists()
    page = browser.post(of(connection), {"place": connection.place}, follow=True).content.decode()
    assert "since it was shown" in unescape(page)


def test_nobody_but_an_administrator_touches_the_connections_credentials(
    connection: Connection, officer: User, approver: User, auditor: User, administrator: User, sign_in: SignIn
) -> None:
    for verb in ("key", "sign-in", "revoke"):
        address = f"/admin/dsr/connection/{connection.pk}/{verb}/"
        for user in (officer, approver, auditor):
            assert sign_in(user).post(address, {"api_key": "k"}).status_code == 403
        assert sign_in(administrator).get(address)["Location"].endswith("/change/")
    assert Credential.objects.filter(status="working").count() == 1


def test_staging_stands_beside_the_name_wherever_it_is_shown_or_chosen(
    connection: Connection, officer: User, administrator: User, matching_case: object, sign_in: SignIn
) -> None:
    Connection.objects.update(environment="staging", contact="Ada of the web team")
    reference = getattr(matching_case, "reference", "")
    assert "staging" in sign_in(officer).get(f"/cases/{reference}/").content.decode()
    assert "Acme Webshop (staging)" in sign_in(officer).get("/cases/new/").content.decode()
    assert "Acme Webshop (staging)" in sign_in(officer).get("/segmetrics/").content.decode()
    assert "staging" in sign_in(administrator).get("/admin/dsr/connection/").content.decode()
    page = sign_in(administrator).get(f"/admin/dsr/connection/{connection.pk}/change/").content.decode()
    assert "Ada of the web team" in page
    assert "Acme Webshop (staging)" in page
