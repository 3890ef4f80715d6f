"""A sandbox for tests: started in a thread on a free port, seeded, broken on request, and looked into.

with Sandbox.start() as sandbox:
    sandbox.add_contact(contact_id="1004", email="linda@example.com")
    sandbox.fault("drop_after", method="DELETE", object="contact")
    with sandbox.client() as segmetrics:
        segmetrics.contacts.delete("1004")
    assert not sandbox.contact_exists("int9", "1004")
"""

import json
import threading
from collections.abc import Mapping, Sequence
from http.client import HTTPConnection
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode, urlsplit

from ..auth import ApiKey, Token
from ..client import SegMetrics
from ..retry import RetryPolicy
from ..sign_in import SignIn
from .calls import RecordedCall
from .engine import Engine, Settings
from .oauth import CLIENT_ID, CLIENT_SECRET
from .seeding import seed as plant
from .server import SandboxServer
from .store import API_KEY, Store

__all__ = ["RecordedCall", "Sandbox"]


class Sandbox:
    """One sandbox, started here or elsewhere. ``account=None`` means ``account_id`` everywhere."""

    account_id = "acme1"
    api_key = API_KEY

    def __init__(self, url: str, server: SandboxServer | None = None, thread: threading.Thread | None = None) -> None:
        self.url = url.rstrip("/")
        self.port = urlsplit(url).port or 80
        self.import_url = f"{self.url}/import/api/v1"
        self.read_url = f"{self.url}/read"
        self.oauth_url = f"{self.url}/oauth"
        self._server = server
        self._thread = thread

    @classmethod
    def start(cls, seed: str | None = None, data: str | Path | None = None, port: int = 0, latency_ms: int = 0) -> Self:
        """Run one in a thread of this process. ``seed`` is None or ``"demo"``; ``data`` None keeps it in
        memory.
        """
        store = Store(None if data is None else str(data))
        try:
            server = SandboxServer(("127.0.0.1", port), Engine(store, settings=Settings(latency=latency_ms / 1000)))
        except BaseException:
            store.close()
            raise
        if seed is not None:
            plant(store, seed)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        return cls(f"http://127.0.0.1:{server.server_port}", server, thread)

    @classmethod
    def connect(cls, url: str) -> Self:
        """The same helper for one that runs elsewhere; stopping it here stops nothing."""
        return cls(url)

    def stop(self) -> None:
        if self._server is not None and self._thread is not None:
            self._server.stop()
            self._thread.join(timeout=5)
            self._server = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def client(self, integration_id: str | None = "int9", **options: Any) -> SegMetrics:
        """A session with this sandbox: no pace, and retries that don't keep a test waiting."""
        settings: dict[str, Any] = {
            "account_id": self.account_id,
            "auth": ApiKey(self.api_key),
            "import_url": self.import_url,
            "read_url": self.read_url,
            "rate_per_minute": None,
            "timeout": 5.0,
            "retry": RetryPolicy(attempts=3, first_wait=0.01, longest_wait=0.02, longest_retry_after=0.05),
        }
        return SegMetrics(integration_id=integration_id, **(settings | options))

    # Signing in to it

    def sign_in(self, **options: Any) -> SignIn:
        """Its authorisation server, as a client of it knows it."""
        settings: dict[str, Any] = {
            "authorize_url": f"{self.oauth_url}/authorize",
            "token_url": f"{self.oauth_url}/token",
            "revoke_url": f"{self.oauth_url}/revoke",
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
        }
        return SignIn(**(settings | options))

    def consent(self, address: str, *, allow: bool = True) -> str:
        """What a person does at the address to which a sign-in leads. Returns where they are sent back to."""
        fields = dict(parse_qsl(urlsplit(address).query)) | {"decision": "allow" if allow else "refuse"}
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("POST", "/oauth/authorize", urlencode(fields))
            response = connection.getresponse()
            response.read()
        finally:
            connection.close()
        if response.status != 302:
            raise AssertionError(f"The sandbox refused the sign-in: {response.status}")
        return response.headers["Location"]

    def token(self) -> Token:
        """A fresh token, as after a whole sign-in."""
        with self.sign_in() as sign_in:
            back, verifier = "http://127.0.0.1/back", "v" * 43
            address = sign_in.address(redirect_uri=back, state="s", verifier=verifier)
            code = dict(parse_qsl(urlsplit(self.consent(address)).query))["code"]
            return sign_in.finish(code=code, verifier=verifier, redirect_uri=back)

    def end_grants(self) -> None:
        """Every consent is taken back at the service."""
        self.admin("POST", "end-grants")

    def renewals(self) -> list[RecordedCall]:
        """Every call that spends a refresh token."""
        return [call for call in self.calls() if (call.body or {}) == {"grant_type": "refresh_token"}]

    # Filling it

    def add_contact(
        self, *, contact_id: str, integration: str = "int9", account: str | None = None, **fields: Any
    ) -> None:
        """Any field of a contact, and ``tags, events, lists, companies``."""
        self._seed("contacts", account, {"contact_id": contact_id, "integration": integration} | fields)

    def add_event(
        self, *, contact_id: str, integration: str = "int9", account: str | None = None, **fields: Any
    ) -> None:
        self._seed("events", account, {"contact_id": contact_id, "integration": integration} | fields)

    def add_invoice(
        self,
        *,
        invoice_id: str,
        contact_id: str | None,
        integration: str = "int9",
        amount: int = 4500,
        date_created: str = "2018-10-03 11:14:32",
        items: Sequence[Mapping[str, Any]] | None = None,
        account: str | None = None,
        **fields: Any,
    ) -> None:
        """``amount`` in cents, paid in full without ``paid``; one line of that amount without ``items``."""
        lines = items if items is not None else [{"name": "Round Tuit", "product_id": "108", "amount": amount}]
        invoice = {"id": invoice_id, "contact_id": contact_id, "integration": integration}
        money = {"amount": amount, "paid": amount, "date_created": date_created, "items": list(lines)}
        self._seed("invoices", account, invoice | money | fields)

    def add_subscription(
        self,
        *,
        subscription_id: str,
        contact_id: str | None,
        integration: str = "int9",
        amount: int = 1900,
        product_id: str = "108",
        account: str | None = None,
        **fields: Any,
    ) -> None:
        """``amount`` in cents; monthly unless ``billing_cycle`` says otherwise."""
        subscription: dict[str, Any] = {
            "id": subscription_id,
            "contact_id": contact_id,
            "integration": integration,
            "amount": amount,
        }
        subscription |= {
            "product_id": product_id,
            "name": "Round Tuit Club",
            "billing_cycle": "month",
            "frequency": 1,
        }
        subscription |= {"start_date": "2018-10-03 11:14:32", "last_bill_date": "2018-10-03 11:14:32"}
        self._seed("subscriptions", account, subscription | fields)

    def add_product(
        self,
        *,
        product_id: str,
        name: str,
        price: int | None = None,
        integration: str = "int9",
        account: str | None = None,
    ) -> None:
        product = {"id": product_id, "name": name, "price": price, "integration": integration}
        self._seed("products", account, product)

    def add_integration(self, integration: str, *, name: str = "", account: str | None = None) -> None:
        body = {"integration": integration, "name": name or integration, "api_key": self.api_key}
        self.admin("POST", "integrations", body | {"account": account or self.account_id})

    def seed_raw(self, **things: Sequence[Mapping[str, Any]]) -> None:
        """Many at once: ``contacts=, events=, invoices=, subscriptions=, products=``."""
        for kind, items in things.items():
            self.admin("POST", "seed", {kind: [{"account": self.account_id} | dict(item) for item in items]})

    def rename_contact(
        self, contact_id: str, *, integration: str = "int9", account: str | None = None, **fields: Any
    ) -> None:
        """Change ``first_name``, ``last_name``, ``email`` or any other field behind the API's back."""
        body = {"contact_id": contact_id, "integration": integration, "account": account or self.account_id}
        self.admin("POST", "rename", body | fields)

    def remove(self, kind: str, object_id: str, *, integration: str = "int9", account: str | None = None) -> None:
        """Take away a ``contact``, ``invoice`` or ``subscription`` behind the API's back."""
        place = {"integration": integration, "account": account or self.account_id}
        self.admin("POST", "remove", {"kind": kind, "id": object_id} | place)

    def prefer_for_email(
        self, email: str, contact_id: str, *, integration: str | None = None, account: str | None = None
    ) -> None:
        """Which contact a lookup by this email answers; otherwise the one that was added first."""
        body = {"email": email, "contact_id": contact_id, "integration": integration}
        self.admin("POST", "prefer", body | {"account": account or self.account_id})

    # Breaking it

    def fault(self, kind: str, **rule: Any) -> None:
        """Break what comes next; the fields of a rule are those of ``faults.Fault``."""
        self.admin("POST", "faults", {"kind": kind} | rule)

    def clear_faults(self) -> None:
        self.admin("DELETE", "faults")

    def latency(self, milliseconds: float) -> None:
        self.settings(latency=milliseconds / 1000)

    def settings(self, **values: Any) -> None:
        """``latency`` in seconds, ``list_products``, ``apply_price`` and ``token_seconds``."""
        self.admin("POST", "settings", values)

    def reset(self) -> None:
        """No data, no faults, no calls."""
        self.admin("POST", "reset")

    # Looking at it

    def calls(self) -> list[RecordedCall]:
        """Every call of the API, in the order they came in."""
        return [RecordedCall(**call) for call in self.admin("GET", "calls")["calls"]]

    def deletes(self) -> list[RecordedCall]:
        return [call for call in self.calls() if call.method == "DELETE"]

    def reset_calls(self) -> None:
        self.admin("DELETE", "calls")

    def contact_exists(self, integration: str, contact_id: str, account: str | None = None) -> bool:
        return self._exists("contact", integration, contact_id, account)

    def invoice_exists(self, integration: str, invoice_id: str, account: str | None = None) -> bool:
        return self._exists("invoice", integration, invoice_id, account)

    def subscription_exists(self, integration: str, subscription_id: str, account: str | None = None) -> bool:
        return self._exists("subscription", integration, subscription_id, account)

    def state(self, account: str | None = None) -> dict[str, Any]:
        """All there is in an account, by table."""
        return self.admin("GET", "state?" + urlencode({"account": account or self.account_id}))

    def contacts(self, **where: str) -> list[dict[str, Any]]:
        """Contacts by ``account, integration, contact_id, email``."""
        found: list[dict[str, Any]] = self.admin("GET", "contacts?" + urlencode(where))["contacts"]
        return found

    def admin(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """One call of the admin path. Raises AssertionError, which fails a test, for what it refuses."""
        connection = HTTPConnection(
            "127.0.0.1" if self._server else urlsplit(self.url).hostname or "", self.port, timeout=30
        )
        try:
            connection.request(method, f"/_admin/{path}", None if body is None else json.dumps(body))
            response = connection.getresponse()
            answer: dict[str, Any] = json.loads(response.read())
        finally:
            connection.close()
        if response.status != 200:
            raise AssertionError(f"The sandbox refused {method} {path}: {answer.get('message')}")
        return answer

    def _seed(self, kind: str, account: str | None, item: Mapping[str, Any]) -> None:
        self.admin("POST", "seed", {kind: [{"account": account or self.account_id} | dict(item)]})

    def _exists(self, kind: str, integration: str, object_id: str, account: str | None) -> bool:
        query = {
            "kind": kind,
            "integration": integration,
            "id": object_id,
            "account": account or self.account_id,
        }
        return bool(self.admin("GET", "exists?" + urlencode(query))["exists"])
