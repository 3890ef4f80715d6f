"""SegMetrics outside of a request: who may, that no address names anybody, and that a write is shown first."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import unquote

import pytest
from django.test import Client

from dsr.actions import Action
from dsr.models import AuditEntry, Case, Connection, User
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import make_connection
from tests.views.conftest import SignIn
from tests.views.test_every_page import PERSONAL

pytestmark = pytest.mark.django_db
ALL = [action.value for action in Action if action != Action.DELETE_CONTACT]
EMAIL = {"kind": "email", "value": "linda.dare@example.com"}
INLINE = re.compile(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=|javascript:")


@pytest.fixture
def connection(db: None, sandbox: Sandbox) -> Connection:
    """May do everything but delete."""
    sandbox.add_product(product_id="108", name="Round Tuit", price=4500)
    return make_connection(sandbox, granted=ALL, may_delete=False)


@pytest.fixture
def anna(officer: User, connection: Connection, sign_in: SignIn) -> Client:
    return sign_in(officer)


def seen_in(page: str) -> str:
    found = re.search(r'name="seen" value="(\w{64})"', page)
    assert found, page
    return found[1]


def posted(browser: Client, path: str, **fields: Any) -> tuple[int, str]:
    answer = browser.post(f"/segmetrics/{path}", fields)
    return answer.status_code, answer.content.decode()


def writes(sandbox: Sandbox) -> list[str]:
    return [call.path for call in sandbox.calls() if call.method == "POST" and not call.path.endswith("query")]


def test_a_contact_is_found_and_shown(anna: Client, officer: User) -> None:
    status, page = posted(anna, "contact/", **EMAIL)
    assert status == 200
    for words in ("Linda Dare", "linda.dare@example.com", "1004", "ads", "Newsletter", "Round Tuit", "45.00"):
        assert words in page
    entries = list(AuditEntry.objects.order_by("sequence"))
    assert [(row.verb, row.facts["contact"], row.facts["through"]) for row in entries] == [
        ("contact_found", "1004", "page"),
        ("contact_shown", "1004", "page"),
    ]
    assert {row.actor for row in entries} == {officer.staff_reference}
    assert "linda" not in json.dumps([row.facts for row in entries]).lower()


def test_no_address_on_any_page_holds_personal_data_and_nothing_is_inline(anna: Client) -> None:
    pages = [
        posted(anna, "contact/", **EMAIL)[1],
        posted(anna, "contact/change/", contact_id="1004", first_name="Lynda")[1],
        posted(anna, "contact/tags/", contact_id="1004", add="Gold")[1],
        *(anna.get(f"/segmetrics/{path}").content.decode() for path in ("", "products/", "report/")),
    ]
    for page in pages:
        assert not INLINE.search(page)
        for found in re.findall(r'(?:href|src|action)="([^"]*)"', page):
            assert not PERSONAL.search(unquote(found)), found
            assert "1004" not in found


def test_not_found_is_said(anna: Client) -> None:
    status, page = posted(anna, "contact/", kind="email", value="nobody@example.com")
    assert status == 422
    assert "SegMetrics answers “not found”" in page
    assert posted(anna, "contact/", kind="email", value=" ")[0] == 422


def test_who_comes_by_the_address_alone_is_led_back(anna: Client) -> None:
    for path in ("contact/", "contact/change/", "contact/tags/"):
        assert anna.get(f"/segmetrics/{path}")["Location"] == "/segmetrics/"
    assert anna.get("/segmetrics/products/save/")["Location"] == "/segmetrics/products/"


def test_contacts_are_for_officers_who_may_read_contents(
    anna: Client, officer: User, approver: User, auditor: User, administrator: User, sign_in: SignIn, sandbox: Sandbox
) -> None:
    for user in (approver, auditor, administrator):
        for path in ("contact/", "contact/change/", "contact/tags/"):
            assert posted(sign_in(user), path, contact_id="1004", first_name="X", **EMAIL)[0] == 403
    assert sign_in(administrator).get("/segmetrics/")["Location"] == "/segmetrics/products/"
    officer.groups.get().permissions.clear()
    status, page = posted(anna, "contact/", **EMAIL)
    assert status == 422
    assert "Linda" not in page
    assert sandbox.calls() == []


def test_a_change_is_shown_and_then_sent(anna: Client, sandbox: Sandbox) -> None:
    fields = {"contact_id": "1004", "first_name": "Lynda", "last_name": "Dare", "custom": "City=Ghent"}
    status, page = posted(anna, "contact/change/", **fields)
    assert status == 200
    assert "Linda" in page
    assert "Lynda" in page
    assert writes(sandbox) == []
    status, page = posted(anna, "contact/change/", **fields, seen=seen_in(page))
    assert status == 200
    assert "Sent, and SegMetrics shows it." in page
    assert len(writes(sandbox)) == 1
    body = sandbox.contacts(contact_id="1004")[0]["body"]
    assert (body["first_name"], body["custom_fields"]["City"]) == ("Lynda", "Ghent")
    facts = AuditEntry.objects.get(verb="contact_sent").facts
    assert facts["fields"] == ["custom_fields", "first_name"]


def test_what_changed_since_is_shown_anew(anna: Client, sandbox: Sandbox) -> None:
    fields = {"contact_id": "1004", "first_name": "Lynda"}
    seen = seen_in(posted(anna, "contact/change/", **fields)[1])
    sandbox.rename_contact("1004", first_name="Lindy")
    status, page = posted(anna, "contact/change/", **fields, seen=seen)
    assert status == 422
    assert "has changed since it was shown" in page
    assert writes(sandbox) == []
    status, page = posted(anna, "contact/change/", contact_id="1004", first_name="Other", seen=seen)
    assert (status, writes(sandbox)) == (422, []), "the yes was to something else"


def test_an_e_mail_that_somebody_has_makes_nobody_new(anna: Client, sandbox: Sandbox) -> None:
    for contact_id in ("", "9000"):
        status, page = posted(
            anna, "contact/change/", contact_id=contact_id, email="linda.dare@example.com", first_name="X"
        )
        assert status == 422
        assert "belongs to contact 1004" in page
    assert writes(sandbox) == []


def test_a_contact_is_added(anna: Client, sandbox: Sandbox) -> None:
    fields = {"email": "nele@example.com", "first_name": "Nele"}
    status, page = posted(anna, "contact/change/", **fields)
    assert "This adds a contact in int9" in page
    status, page = posted(anna, "contact/change/", **fields, seen=seen_in(page))
    assert (status, len(sandbox.contacts(email="nele@example.com"))) == (200, 1)
    assert "Nele" in page


def test_tags_are_shown_and_then_sent(anna: Client, sandbox: Sandbox) -> None:
    fields = {"contact_id": "1004", "add": "Gold\nVIP", "remove": ["Buyer"]}
    _status, page = posted(anna, "contact/tags/", **fields)
    assert "Gold, Newsletter, VIP" in page
    assert writes(sandbox) == []
    status, _page = posted(anna, "contact/tags/", **fields, seen=seen_in(page))
    assert status == 200
    names = {row["name"] for row in sandbox.state()["tags"] if row["contact_id"] == "1004"}
    assert names == {"Gold", "Newsletter", "VIP"}


def test_products_and_a_price(anna: Client, sandbox: Sandbox) -> None:
    assert "Round Tuit" in anna.get("/segmetrics/products/").content.decode()
    fields = {"id": "108", "name": "Rounder Tuit", "price": "49,00"}
    status, page = posted(anna, "products/save/", **fields)
    assert status == 200
    assert "49.00" in page
    assert writes(sandbox) == []
    answer = anna.post("/segmetrics/products/save/", {**fields, "seen": seen_in(page)}, follow=True)
    assert "sent, not proven" in answer.content.decode()
    assert len(writes(sandbox)) == 2
    assert posted(anna, "products/save/", id="1", name="One", price="1.234,5")[0] == 422


def test_the_report_has_charts(administrator: User, connection: Connection, sign_in: SignIn) -> None:
    browser = sign_in(administrator)
    page = browser.get(
        "/segmetrics/report/?start=2018-01-01&end=2018-12-31&by=channel&model=first_touch"
    ).content.decode()
    assert page.count('role="img"') == 2
    assert "paid" in page
    assert ">1</text>" in page, "leads are counted in whole numbers"
    assert "45.00" in page
    assert browser.get("/segmetrics/report/?start=2018-12-31&end=2018-01-01").status_code == 422
    assert browser.get("/segmetrics/report/?start=x").status_code == 422
    assert (
        "Nothing in these days" in browser.get("/segmetrics/report/?start=2001-01-01&end=2001-01-02").content.decode()
    )


def test_without_the_grant_it_is_said(anna: Client, connection: Connection, sandbox: Sandbox) -> None:
    connection.granted = []
    connection.save()
    page = anna.get("/segmetrics/").content.decode()
    assert "An administrator switches it on under Connections." in page
    for path, fields in (
        ("contact/", EMAIL),
        ("contact/change/", {"contact_id": "1004", "first_name": "X"}),
        ("contact/tags/", {"contact_id": "1004", "add": "X"}),
        ("products/save/", {"id": "1", "name": "One"}),
    ):
        status, page = posted(anna, path, **fields)
        assert status == 422
        assert "This connection may not do this" in page
    assert anna.get("/segmetrics/report/").status_code == 422
    assert anna.get("/segmetrics/products/").status_code == 422
    assert sandbox.calls() == []


def test_segmetrics_own_words_are_shown_and_cleaned(anna: Client, sandbox: Sandbox) -> None:
    words = '{"status":"error","errors":["bad <b>linda</b>\\u202e"]}'
    sandbox.fault("body", status=400, body=words, object="contact", times=None)
    status, page = posted(anna, "contact/", **EMAIL)
    assert status == 422
    assert "bad &lt;b&gt;linda&lt;/b&gt;⟨U+202E⟩" in page


def test_a_request_begins_with_what_is_known_and_is_filed_by_a_person(anna: Client) -> None:
    _status, page = posted(anna, "contact/", **EMAIL)
    prefill = dict(re.findall(r'name="(prefill|kind|subject_name|emails|external_ids)" value="([^"]*)"', page))
    answer = anna.post("/cases/new/", prefill)
    form = answer.content.decode()
    assert answer.status_code == 200
    assert "linda.dare@example.com" in form
    assert 'value="Linda Dare"' in form
    assert not Case.objects.exists(), "nothing is filed by looking"


def test_a_connection_that_goes_out_of_use_is_not_another_one(
    anna: Client, connection: Connection, sandbox: Sandbox
) -> None:
    gone = make_connection(sandbox, name="Gone", account_id="gone", granted=ALL, may_delete=False)
    gone.is_active = False
    gone.save()
    sandbox.reset_calls()
    words = "This connection is not in use. Choose another."
    for named in (str(gone.pk), "999", "x"):
        fields = {"connection": named, "contact_id": "1004", "first_name": "Lynda", "add": "Gold"}
        for path in ("contact/", "contact/change/", "contact/tags/", "products/save/"):
            answer = anna.post(f"/segmetrics/{path}", fields, follow=True)
            assert words in answer.content.decode(), path
            assert "Linda" not in answer.content.decode()
        for path in ("", "products/", "report/"):
            page = anna.get(f"/segmetrics/{path}", {"connection": named}).content.decode()
            assert words in page, path
            assert f'<option value="{connection.pk}">' in page, "the one in use can be chosen"
            assert "No SegMetrics account is connected" not in page
    assert not [call for call in sandbox.calls() if "1004" in call.path]
    assert not AuditEntry.objects.filter(verb__startswith="contact_").exists()


def test_without_a_connection_it_is_said(officer: User, administrator: User, sign_in: SignIn) -> None:
    for path in ("", "products/", "report/"):
        page = sign_in(officer).get(f"/segmetrics/{path}")
        assert "No SegMetrics account is connected" in page.content.decode()
    assert sign_in(officer).post("/segmetrics/contact/", EMAIL)["Location"] == "/segmetrics/"
