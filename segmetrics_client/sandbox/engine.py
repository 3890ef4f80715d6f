"""The sandbox without its sockets: a call goes in, an answer (or none) comes out."""

import json
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote

from . import importing, oauth, reading, reports
from .calls import CallLog, RecordedCall
from .faults import Fault, FaultBook
from .http import Response, Wrong
from .people import Place
from .store import API_KEY, Store

_TOLD = ("grant_type", "decision")


@dataclass(slots=True)
class Settings:
    latency: float = 0.0
    """Seconds before each answer."""
    list_products: bool = True
    """Whether there is a list of products; the vendor documents none."""
    apply_price: bool = True
    """Whether a product's price is taken; the vendor documents none."""
    token_seconds: float = 3600.0
    """For how long an access token is good."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a path points at."""

    host: str = ""
    account: str | None = None
    integration: str | None = None
    rest: tuple[str, ...] = ()

    @property
    def object(self) -> str | None:
        return "query" if self.rest[:1] == ("data",) else next(iter(self.rest), None)

    @property
    def object_id(self) -> str | None:
        return self.rest[1] if len(self.rest) == 2 and self.object != "query" else None


def aim(path: str) -> Target:
    """Split first, decode then: a slash inside an identifier stays inside it."""
    segments = [unquote(segment) for segment in path.strip("/").split("/")]
    match segments:
        case ["import", "api", "v1", account, integration, *rest] if rest:
            return Target("import", account, integration, tuple(rest))
        case ["read", "v2", account, "data", "query"]:
            return Target("read", account, None, ("data", "query"))
        case ["read", account, *rest] if rest:
            return Target("read", account, None, tuple(rest))
        case ["oauth", verb]:
            return Target("oauth", None, None, (verb,))
    return Target()


@dataclass(slots=True)
class Engine:
    store: Store
    faults: FaultBook = field(default_factory=FaultBook)
    calls: CallLog = field(default_factory=CallLog)
    settings: Settings = field(default_factory=Settings)
    stopping: threading.Event = field(default_factory=threading.Event)
    era: int = 0
    """Raised by a reset: a call that still waits then has no effect on what comes after."""

    def receive(self, method: str, path: str, query: str, key: str, content: bytes) -> Response | None:
        """One call of the API. None means: drop the connection."""
        target = aim(path)
        body, readable = _form(query, content) if target.host == "oauth" else _body(content)
        call = self.calls.start(
            method=method,
            path=path,
            query={} if target.host == "oauth" else dict(parse_qsl(query, keep_blank_values=True)),
            host=target.host,
            account=target.account,
            integration=target.integration,
            object=target.object,
            object_id=target.object_id,
            # Codes and tokens are as good as a key: of a sign-in only what it was stands in the record.
            body={name: body[name] for name in _TOLD if name in body} if target.host == "oauth" else body,
        )
        fault = self.faults.pick(method, path, target.object)
        if fault is not None:
            call.fault, call.effect = fault.kind, fault.takes_effect
        era = self.era
        self.stopping.wait(self.settings.latency + (fault.delay if fault else 0.0))
        if era != self.era:
            return None
        answer = self._answer(call, target, key, body if readable else None, fault)
        if answer is not None:
            call.status = answer.status
        return answer

    def _answer(
        self, call: RecordedCall, target: Target, key: str, body: dict[str, Any] | None, fault: Fault | None
    ) -> Response | None:
        if fault is None:
            return self._truly(call, target, key, body)
        success = _success(call)
        true_answer = self._truly(call, target, key, body) if fault.takes_effect else success
        return fault.answer(true_answer, success)

    def _truly(self, call: RecordedCall, target: Target, key: str, body: dict[str, Any] | None) -> Response:
        importing_host = target.host == "import"
        try:
            if target.host == "oauth":
                return self._sign_in(call, target, body or {})
            with self.store.transaction():
                self._admit(target, key)
                if body is None:
                    raise Wrong(400, "the body is not a JSON object")
                return self._import(call, target, body) if importing_host else self._read(call, target, body)
        except Wrong as error:
            wrong = error
        except (ValueError, TypeError):
            wrong = Wrong(400, "a field has a value that can't be used")
        return wrong.as_import() if importing_host else wrong.as_read()

    def _sign_in(self, call: RecordedCall, target: Target, fields: dict[str, Any]) -> Response:
        try:
            with self.store.transaction():
                verb, seconds = target.object or "", self.settings.token_seconds
                return oauth.answer(self.store, call.method, verb, fields, expires_in=seconds)
        except oauth.Ended as ended:
            ended.end(self.store)
            return ended.as_oauth()
        except Wrong as wrong:
            return wrong.as_oauth()

    def _admit(self, target: Target, key: str) -> None:
        if key.startswith("Bearer ") and oauth.opens(self.store, key.removeprefix("Bearer ")):
            key = API_KEY
        if not self.store.knows_key(key):
            raise Wrong(401, "Unauthorized")
        if target.account is None or not self.store.opens(key, target.account):
            raise Wrong(404, "Not Found")

    def _import(self, call: RecordedCall, target: Target, body: dict[str, Any]) -> Response:
        account, integration = target.account or "", target.integration or ""
        if not self.store.has_integration(account, integration):
            raise Wrong(404, "Not Found")
        if target.object == "product" and not self.settings.apply_price:
            body = {name: value for name, value in body.items() if name != "price"}
        return importing.answer(Place(self.store, account, integration), call.method, list(target.rest), body)

    def _read(self, call: RecordedCall, target: Target, body: dict[str, Any]) -> Response:
        account, query = target.account or "", call.query
        match call.method, target.rest:
            case "GET", ("contact", who):
                return reading.one_contact(self.store, account, who, query)
            case "GET", ("products",) if self.settings.list_products:
                return reading.products(self.store, account, query)
            case "GET", ("report", kind, "contacts") | ("report", kind, _, "contacts"):
                return reports.people(self.store, account, kind, query)
            case "GET", ("report", kind, *report_id) if len(report_id) < 2:
                return reports.saved(self.store, account, kind, next(iter(report_id), None), query)
            case "POST", ("data", "query"):
                return reports.ad_hoc(self.store, account, body)
        raise Wrong(404, "Not Found")


def _success(call: RecordedCall) -> Response:
    """What the vendor says when all went well, whether or not it did."""
    if call.method == "DELETE":
        return Response(200, {"id": call.object_id, "status": "success", "object": call.object, "deleted": True})
    return Response(200, {"status": "success"})


def _form(query: str, content: bytes) -> tuple[dict[str, str], bool]:
    """The fields of a sign-in, from the address or the form."""
    return dict(parse_qsl(content.decode("utf-8", "replace") if content else query)), True


def _body(content: bytes) -> tuple[Any, bool]:
    """The parsed body, and whether it is an object (none at all counts as an empty one)."""
    if not content:
        return {}, True
    try:
        body = json.loads(content)
    except ValueError:
        return content.decode("utf-8", "replace"), False
    return body, isinstance(body, Mapping)


def request_id() -> str:
    return uuid.uuid4().hex[:16]
