"""The pages of webhooks."""

from __future__ import annotations

import pytest
from django.utils import translation

from dsr.models import Connection, User, Webhook
from dsr.services import webhooks
from dsr.states import State
from tests.builders import file_case, work
from tests.marks import seen_on
from tests.views.conftest import SignIn
from tests.views.test_languages import chooses

pytestmark = pytest.mark.django_db
GIVEN = {"name": "<b>Tickets</b>", "url": "https://127.0.0.1:9/hook", "events": ["request.filed"]}


def test_from_nothing_to_one_and_back(administrator: User, sign_in: SignIn) -> None:
    browser = sign_in(administrator)
    assert "No webhook yet" in browser.get("/webhooks/").content.decode()
    wrong = browser.post("/webhooks/add/", GIVEN | {"url": "http://intranet/"})
    assert wrong.status_code == 422
    assert 'id="id_url_error"' in wrong.content.decode()
    assert "Tickets" in wrong.content.decode(), "what was typed stays"

    page = browser.post("/webhooks/add/", GIVEN)
    assert "whsec_" in page.content.decode()
    assert page["Cache-Control"] == "no-store"
    webhook = Webhook.objects.get()
    here = f"/webhooks/{webhook.pk}/"
    assert "whsec_" not in browser.get(here).content.decode()
    assert "&lt;b&gt;Tickets" in browser.get("/webhooks/").content.decode()

    browser.post(f"{here}test/")
    assert "Under way" in browser.get(here).content.decode()
    work()
    shown = browser.get(here).content.decode()
    assert "Not taken" in shown
    assert "no answer" in shown
    browser.post(f"/webhooks/told/{webhook.deliveries.get().pk}/again/")
    assert "Under way" in browser.get(here).content.decode()

    assert browser.post(here, GIVEN | {"name": "T"} | seen_on(browser, here)).status_code == 302
    assert "Paused" in browser.get("/webhooks/").content.decode(), "“In use” wasn't ticked"
    for path in (f"{here}test/", f"/webhooks/told/{webhook.deliveries.get().pk}/again/"):
        answer = browser.post(path, follow=True).content.decode().replace("&#x27;", "'")
        assert "This webhook isn't in use" in answer
        assert "on its way" not in answer
    for address in ("secret/", "remove/", "test/"):
        assert browser.get(f"{here}{address}").status_code == 302
    assert Webhook.objects.exists(), "an address alone does nothing"
    browser.post(f"{here}remove/")
    assert not Webhook.objects.exists()


def test_what_of_an_address_may_be_a_secret_is_on_no_page(
    administrator: User, second_administrator: User, sign_in: SignIn
) -> None:
    browser = sign_in(administrator)
    browser.post("/webhooks/add/", GIVEN | {"url": "https://127.0.0.1:9/v1/spaces/AAAA-s3cr3t?key=K3y-of-then"})
    webhook = Webhook.objects.get()
    here = f"/webhooks/{webhook.pk}/"
    fields = GIVEN | {"is_active": "on"}
    old, other = seen_on(browser, here), "https://127.0.0.1:9/v1/spaces/BBBB-s3cr3t?key=N3w-of-now"
    assert sign_in(second_administrator).post(here, fields | {"url": other} | old).status_code == 302
    refused = browser.post(here, fields | {"name": "Mine", "url": ""} | old)
    assert refused.status_code == 409
    kept = seen_on(browser, here)
    for page in (refused, browser.get("/webhooks/"), browser.get(here), browser.post(f"{here}secret/")):
        for secret in ("s3cr3t", "K3y-", "N3w-"):  # no random token has a hyphen
            assert secret not in page.content.decode()
    assert "https://127.0.0.1:9/v1/spac…" in browser.get(here).content.decode()

    assert browser.post(here, fields | {"name": "Mine", "url": ""} | kept).status_code == 302
    webhook.refresh_from_db()
    assert (webhook.name, webhook.url) == ("Mine", other), "an empty address keeps the one that stands"


def test_the_page_of_a_chat_lists_what_it_was_told(administrator: User, sign_in: SignIn) -> None:
    webhook, _secret = webhooks.add(
        actor=administrator, name="Chat", url="https://127.0.0.1:9/hook", events=["request.moved"], is_chat=True
    )
    webhooks.test(actor=administrator, webhook=webhook)
    shown = sign_in(administrator).get(f"/webhooks/{webhook.pk}/")
    assert shown.status_code == 200
    assert "a test" in shown.content.decode()


def test_a_move_is_named_in_the_readers_language(
    administrator: User, officer: User, connection: Connection, sign_in: SignIn
) -> None:
    webhook, _secret = webhooks.add(
        actor=administrator, name="Tickets", url="https://127.0.0.1:9/hook", events=["request.moved"]
    )
    file_case(officer, connection)
    work()
    chooses(administrator, "de")
    shown = sign_in(administrator).get(f"/webhooks/{webhook.pk}/").content.decode()
    with translation.override("de"):
        assert f"{State.RECEIVED.label} → {State.MATCHING.label}" in shown
    assert "received →" not in shown
