"""Webhooks: what a receiver gets, how it can trust it, and that nothing depends on its answer."""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
import hashlib
import hmac
import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import time_machine
from django.conf import settings as django_settings
from django.utils import timezone, translation

from dsr.days import controller_today
from dsr.exceptions import InvalidInput, NotAllowed, WrongState
from dsr.models import AuditEntry, Case, Connection, Errand, User, Webhook, WebhookDelivery, WebhookEvent
from dsr.permissions import Role
from dsr.services import assignment, closing, identity, reminding, rotation, telling_programs, webhooks
from dsr.states import State
from tests.builders import file_case, make_user, work

pytestmark = pytest.mark.django_db
ALL = ["request.filed", "request.moved", "request.assigned", "request.overdue"]


class Receiver:
    """A real server on loopback that keeps what it is told and answers as it is asked to."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.paths: list[str] = []
        self.answer = 204
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.paths.append(self.path)
                outer.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(outer.answer)
                if outer.answer == 302:
                    self.send_header("Location", "/elsewhere")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _headers, body in self.got]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    yield server
    server.stop()


@pytest.fixture
def hook(receiver: Receiver, administrator: User) -> Webhook:
    webhook, _secret = webhooks.add(actor=administrator, name="Tickets", url=receiver.url, events=ALL)
    return webhook


def is_genuine(headers: dict[str, str], body: bytes, secret: str) -> bool:
    """As a receiver checks it by the Standard Webhooks specification."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    text = b".".join((headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body))
    wanted = base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()
    return f"v1,{wanted}" in headers["webhook-signature"].split(" ")


def test_it_is_told_what_becomes_of_a_request_and_never_who_it_is_about(
    hook: Webhook, receiver: Receiver, officer: User, connection: Connection
) -> None:
    case = file_case(officer, connection)
    assignment.assign(case=case, actor=officer, to=officer)
    work()
    closing.withdraw(case=Case.objects.get(), actor=officer, reason="she changed her mind")
    work()
    types = [event["type"] for event in receiver.events]
    assert types == ["request.filed", "request.assigned", "request.moved", "request.moved"]
    last = receiver.events[-1]["data"]
    assert (last["verb"], last["previous"], last["state"]) == ("withdraw", "matching", "withdrawn")
    assert last["url"].endswith(f"/cases/{case.reference}/")
    said = b" ".join(body for _headers, body in receiver.got).lower()
    for secret in (b"linda", b"example.com/li", b"dare", b"changed her mind", b"anna"):
        assert secret not in said
    assert all(row.delivered_at for row in WebhookDelivery.objects.all())


def test_of_a_case_that_is_closed_with_a_clock_that_stood_still_it_is_told_the_day_that_counts(
    hook: Webhook, officer: User, connection: Connection
) -> None:
    case = file_case(officer, connection)
    work()
    identity.ask(case=case, actor=officer)
    with time_machine.travel(timezone.now() + dt.timedelta(days=7)):
        closing.withdraw(case=case, actor=officer, reason="she changed her mind")
    last = WebhookDelivery.objects.latest("pk")
    assert last.body["data"] | {"verb": "withdraw", "due_on": case.due_on.isoformat()} == last.body["data"]
    assert case.paused_days == 7


def test_a_receiver_knows_what_is_genuine(
    receiver: Receiver, administrator: User, officer: User, connection: Connection
) -> None:
    webhook, secret = webhooks.add(actor=administrator, name="T", url=receiver.url, events=["request.filed"])
    file_case(officer, connection)
    work()
    headers, body = receiver.got[0]
    assert is_genuine(headers, body, secret)
    assert not is_genuine(headers, body.replace(b"erasure", b"access!"), secret)
    assert not is_genuine(headers | {"webhook-timestamp": "1"}, body, secret), "an old one played again"
    assert abs(int(headers["webhook-timestamp"]) - timezone.now().timestamp()) < 60

    anew = webhooks.renew_secret(actor=administrator, webhook=webhook)
    file_case(officer, connection)
    work()
    assert is_genuine(*receiver.got[1], anew)
    assert not is_genuine(*receiver.got[1], secret)


@pytest.mark.parametrize("answer", [500, 404, 302])
def test_what_is_not_taken_is_tried_again_under_the_same_number_then_left_to_a_person(
    hook: Webhook, receiver: Receiver, administrator: User, officer: User, connection: Connection, answer: int
) -> None:
    receiver.answer = answer
    case = file_case(officer, connection)
    work()
    case.refresh_from_db()
    assert case.state == "matching", "the request goes its way"
    row = WebhookDelivery.objects.get(event="request.filed")
    tries = len(django_settings.ENV.job_retry_delays) + 1
    assert (row.tries, row.answered, row.delivered_at) == (tries, answer, None)
    assert Errand.objects.get(kind="webhook", target=row.pk).status == "failed"
    numbers = {headers["webhook-id"] for headers, body in receiver.got if b"request.filed" in body}
    assert numbers == {row.number}

    receiver.answer = 200
    webhooks.send_again(actor=administrator, delivery=row)
    work()
    row.refresh_from_db()
    assert row.delivered_at
    assert {headers["webhook-id"] for headers, body in receiver.got if b"request.filed" in body} == {row.number}


def test_nobody_there_is_no_harm(hook: Webhook, receiver: Receiver, officer: User, connection: Connection) -> None:
    receiver.stop()
    file_case(officer, connection)
    work()
    row = WebhookDelivery.objects.get(event="request.filed")
    assert row.tries > 1
    assert (row.answered, row.delivered_at) == (None, None)


def test_a_paused_one_is_told_nothing_not_even_what_was_on_its_way(
    hook: Webhook, receiver: Receiver, administrator: User, officer: User, connection: Connection
) -> None:
    file_case(officer, connection)
    webhooks.change(actor=administrator, webhook=hook, name="T", url=hook.url, events=ALL, is_active=False)
    work()
    file_case(officer, connection)
    work()
    assert receiver.got == []


def test_only_what_was_chosen(receiver: Receiver, administrator: User, officer: User, connection: Connection) -> None:
    webhooks.add(actor=administrator, name="T", url=receiver.url, events=["request.assigned"])
    case = file_case(officer, connection)
    assignment.assign(case=case, actor=officer, to=officer)
    work()
    assert [event["type"] for event in receiver.events] == ["request.assigned"]


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/x",
        "https://10.0.0.8/x",
        "https://169.254.169.254/latest",
        "https://user:password@example.com/",
        "ftp://example.com/",
        "https://[::ffff:10.0.0.8]/",
        "https://",
        "https://example.com/x#part",
        "https://10.0.0.8/x?key=k&token=t",
    ],
)
def test_where_it_may_not_lead(administrator: User, url: str) -> None:
    with pytest.raises(InvalidInput, match="DSR_WEBHOOK_HOSTS") as caught:
        webhooks.add(actor=administrator, name="T", url=url, events=ALL)
    assert caught.value.field == "url"


def test_a_host_of_one_s_own_network_once_it_is_named(administrator: User, settings: Any) -> None:

    settings.ENV = dataclasses.replace(settings.ENV, webhook_hosts=frozenset({"tickets.internal"}))
    webhooks.add(actor=administrator, name="T", url="https://tickets.internal:8443/x", events=ALL)
    for url in ("http://tickets.internal/x", "https://tickets.internal/x#part", "https://a:b@tickets.internal/x"):
        with pytest.raises(InvalidInput):
            webhooks.add(actor=administrator, name="T", url=url, events=ALL)


QUERIES = ("key=K3y-0f-th3-sp4ce&token=T0k3n%3D", "api-version=1&sp=%2Ftriggers&sig=S1gn4ture" + "x" * 600)


@pytest.mark.parametrize("query", QUERIES)
def test_an_address_with_a_query_is_called_with_it_and_shown_nowhere(
    receiver: Receiver, administrator: User, query: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secret_path = "/v1/spaces/AAAA-s3cr3t/messages"
    url = receiver.url.replace("/hook", f"{secret_path}?{query}")
    webhook, _secret = webhooks.add(actor=administrator, name="Chat", url=url, events=ALL)
    webhooks.change(actor=administrator, webhook=webhook, name="Chat", url="", events=ALL, is_active=True)
    webhooks.test(actor=administrator, webhook=webhook)
    work()
    receiver.answer = 500
    webhooks.test(actor=administrator, webhook=webhook)
    work()
    assert receiver.paths[0] == f"{secret_path}?{query}", "an empty address kept it"
    assert Webhook.objects.get().shown == f"{url[: url.index('/v1/')]}/v1/spac…"
    seen = [
        *AuditEntry.objects.values_list("facts", flat=True),
        *WebhookDelivery.objects.values_list("body", flat=True),
    ]
    said = json.dumps(seen) + caplog.text + "".join(Errand.objects.values_list("problem", flat=True))
    for secret in ("K3y", "T0k3n", "S1gn4ture", "s3cr3t"):
        assert secret not in said


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://example.com/hook", "https://example.com/hook"),
        ("https://example.com:8443/hook?", "https://example.com:8443/hook…"),
        ("https://example.com?sig=s3cr3t", "https://example.com…"),
        ("https://example.com/bot12345:s3cr3t/send", "https://example.com/bot1234…"),
    ],
)
def test_of_an_address_its_host_and_the_beginning_of_its_path_are_shown(url: str, shown: str) -> None:
    assert Webhook(url=url).shown == shown


def test_a_chat_gets_a_sentence_in_the_language_of_documents(
    hook: Webhook, receiver: Receiver, administrator: User, officer: User, connection: Connection, settings: Any
) -> None:
    with translation.override("fr"):
        settings.ENV = dataclasses.replace(settings.ENV, document_language="de")
        case = file_case(officer, connection)
        work()
        settings.ENV = dataclasses.replace(settings.ENV, document_language="en")
        assignment.assign(case=case, actor=officer, to=officer)
        assignment.assign(case=Case.objects.get(), actor=officer, to=None)
        telling_programs.send(hook, WebhookEvent.OVERDUE, case=Case.objects.get())
        webhooks.test(actor=administrator, webhook=hook)
        work()
    there = f"{settings.ENV.base_url}/cases/{case.reference}/"
    texts = [event["text"] for event in receiver.events]
    with translation.override("de"):
        assert f"{State.MATCHING.label}" in texts[1]
    assert texts[2:] == [
        f"{case.reference} was given to an officer: {there}",
        f"Nobody looks after {case.reference} any more: {there}",
        f"{case.reference} is overdue: {there}",
        "This is a test of DSR Desk: messages arrive here.",
    ]


def test_a_chat_gets_its_sentence_and_no_field_that_it_might_refuse(
    hook: Webhook, receiver: Receiver, administrator: User
) -> None:
    webhooks.change(actor=administrator, webhook=hook, name="Chat", url="", events=ALL, is_active=True, is_chat=True)
    webhooks.test(actor=administrator, webhook=hook)
    work()
    assert receiver.events == [{"text": "This is a test of DSR Desk: messages arrive here."}]


def test_what_is_not_in_use_is_sent_nothing_and_it_is_said(
    hook: Webhook, receiver: Receiver, administrator: User
) -> None:
    receiver.answer = 500
    delivery = webhooks.test(actor=administrator, webhook=hook)
    work()
    webhooks.change(actor=administrator, webhook=hook, name="T", url="", events=ALL, is_active=False)
    with pytest.raises(WrongState, match="isn't in use"):
        webhooks.test(actor=administrator, webhook=hook)
    with pytest.raises(WrongState, match="isn't in use"):
        webhooks.send_again(actor=administrator, delivery=delivery)
    assert WebhookDelivery.objects.count() == 1
    assert not Errand.objects.filter(status="due").exists()


def test_of_what_is_overdue_it_is_told_each_week_whoever_joins_the_staff(
    hook: Webhook, officer: User, connection: Connection
) -> None:
    case = file_case(officer, connection)
    for days in range(1, 10):
        if days == 4:
            make_user("new@example.com", "New Officer", Role.PRIVACY_OFFICER)
        with time_machine.travel(
            timezone.now().replace(hour=10) + (case.due_on - controller_today()) + dt.timedelta(days=days)
        ):
            reminding.remind()
    told = WebhookDelivery.objects.filter(event=WebhookEvent.OVERDUE)
    assert told.count() == 2, "on the first day, and a week later"


def test_for_administrators_alone_and_noted(
    administrator: User, officer: User, receiver: Receiver, hook: Webhook
) -> None:
    with pytest.raises(NotAllowed):
        webhooks.add(actor=officer, name="T", url=receiver.url, events=ALL)
    with pytest.raises(NotAllowed):
        webhooks.remove(actor=officer, webhook=hook)
    webhooks.test(actor=administrator, webhook=hook)
    work()
    assert receiver.events[-1]["type"] == "test"
    webhooks.renew_secret(actor=administrator, webhook=hook)
    webhooks.remove(actor=administrator, webhook=hook)
    verbs = list(AuditEntry.objects.filter(verb__startswith="webhook").values_list("verb", flat=True))
    assert verbs == ["webhook_added", "webhook_secret_renewed", "webhook_removed"]


def test_its_secret_is_sealed_and_goes_along_with_a_new_master_key(hook: Webhook) -> None:
    secret = hook.open_secret()
    assert secret not in bytes(hook.secret_sealed)
    rotation.rotate()
    assert Webhook.objects.get().open_secret() == secret


def test_what_was_told_long_ago_goes(hook: Webhook, officer: User, connection: Connection) -> None:
    file_case(officer, connection)
    with time_machine.travel(timezone.now() + dt.timedelta(days=91)):
        telling_programs.forget_old()
    assert not WebhookDelivery.objects.exists()
