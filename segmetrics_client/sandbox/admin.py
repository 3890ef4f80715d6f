"""The sandbox's own path, ``/_admin/...``: seeding, faults, the record of calls, and looking behind the API.

It takes no key, and answers on a loopback address only.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from . import oauth
from .engine import Engine, Settings
from .faults import Fault
from .http import Response, Wrong
from .people import Place
from .seeding import SEEDS, seed
from .store import ACCOUNTS, TABLES, load

Body = Mapping[str, Any]
Query = Mapping[str, str]


def answer(engine: Engine, method: str, verb: str, query: Query, body: Body) -> Response:
    """One admin call. Raises Wrong."""
    looking, doing = _LOOK.get(verb), _DO.get((method, verb))
    if method == "GET" and looking is not None:
        return Response(200, looking(engine, query))
    if doing is None:
        raise Wrong(404, "no such admin path")
    doing(engine, body)
    return Response(200, {"status": "success"})


def _place(engine: Engine, body: Body) -> Place:
    account, integration = body.get("account") or "acme1", body.get("integration") or "int9"
    if not engine.store.has_integration(account, integration):
        raise Wrong(404, "no such account or integration")
    return Place(engine.store, account, integration)


def _reset(engine: Engine, _: Body) -> None:
    engine.era += 1
    engine.store.clear()
    engine.faults.clear()
    engine.calls.clear()
    engine.settings = Settings()


def _settings(engine: Engine, body: Body) -> None:
    engine.settings = replace(engine.settings, **body)


def _remove(engine: Engine, body: Body) -> None:
    place, kind, object_id = _place(engine, body), body["kind"], str(body["id"])
    gone = place.delete_contact(object_id) if kind == "contact" else place.delete_sale(kind, object_id)
    if not gone:
        raise Wrong(404, "there is no such thing to remove")


def _prefer(engine: Engine, body: Body) -> None:
    engine.store.execute(
        "INSERT OR REPLACE INTO preferences VALUES (?, ?, ?, ?)",
        body.get("account") or "acme1",
        body["email"],
        str(body["contact_id"]),
        body.get("integration"),
    )


def _integration(engine: Engine, body: Body) -> None:
    name = body.get("name") or body["integration"]
    engine.store.add_integration(body["account"], body["integration"], name, body["api_key"])


def _seed(engine: Engine, body: Body) -> None:
    """A named seed, or things as they are given, past all rules of the API."""
    if "name" in body:
        if body["name"] not in SEEDS:
            raise Wrong(400, "no such seed")
        seed(engine.store, body["name"])
        return
    with engine.store.transaction():
        for item in body.get("contacts", ()):
            place, contact_id = _place(engine, item), str(item["contact_id"])
            place.save_contact(contact_id, item.get("email"), item)
            for event in item.get("events") or ():
                place.add_event(contact_id, event)
            for kind, name in (("list", "lists"), ("company", "companies")):
                for extra in item.get(name) or ():
                    place.add_extra(kind, contact_id, extra)
        for item in body.get("events", ()):
            event = {key: value for key, value in item.items() if key not in ("account", "integration")}
            _place(engine, item).add_event(str(item["contact_id"]), event)
        for kind, date in (("invoice", "date_created"), ("subscription", "start_date")):
            for item in body.get(f"{kind}s", ()):
                sale = {key: value for key, value in item.items() if key not in ("account", "integration")}
                _place(engine, item).save_sale(kind, sale, item.get(date))
        for item in body.get("products", ()):
            _place(engine, item).save_product(str(item["id"]), item["name"], item.get("price"))


def _rename(engine: Engine, body: Body) -> None:
    place, contact_id = _place(engine, body), str(body["contact_id"])
    if place.contact(contact_id) is None:
        raise Wrong(404, "no such contact")
    place.save_contact(contact_id, body.get("email"), body)


def _contacts(engine: Engine, query: Query) -> dict[str, Any]:
    columns = [name for name in ("account", "integration", "contact_id", "email") if name in query]
    where = " AND ".join(f"{name} = ?" for name in columns) or "1"
    rows = engine.store.rows(
        f"SELECT * FROM contacts WHERE {where} ORDER BY seq",  # noqa: S608 - our own names
        *(query[name] for name in columns),
    )
    return {"contacts": [row | {"body": load(row["body"])} for row in rows]}


def _exists(engine: Engine, query: Query) -> dict[str, Any]:
    place, object_id = _place(engine, query), query["id"]
    if query["kind"] == "contact":
        found = place.contact(object_id)
    else:
        found = engine.store.row(
            "SELECT 1 FROM sales WHERE account = ? AND integration = ? AND kind = ? AND id = ?",
            place.account,
            place.integration,
            query["kind"],
            object_id,
        )
    return {"exists": found is not None}


def _state(engine: Engine, query: Query) -> dict[str, Any]:
    accounts = [query["account"]] if "account" in query else [*ACCOUNTS]
    state: dict[str, Any] = {}
    for table in (name for name in TABLES if name != "seeds"):
        rows = [
            row
            for name in accounts
            for row in engine.store.rows(f"SELECT * FROM {table} WHERE account = ?", name)  # noqa: S608
        ]
        state[table] = [row | {"body": load(row["body"])} if "body" in row else row for row in rows]
    return state


_LOOK: dict[str, Callable[[Engine, Query], dict[str, Any]]] = {
    "health": lambda _engine, _query: {"status": "success"},
    "calls": lambda engine, _: {"calls": engine.calls.all()},
    "faults": lambda engine, _: {"faults": engine.faults.all()},
    "state": _state,
    "contacts": _contacts,
    "exists": _exists,
}
_DO: dict[tuple[str, str], Callable[[Engine, Body], None]] = {
    ("DELETE", "calls"): lambda engine, _: engine.calls.clear(),
    ("POST", "faults"): lambda engine, body: engine.faults.add(Fault(**body)),
    ("DELETE", "faults"): lambda engine, _: engine.faults.clear(),
    ("POST", "reset"): _reset,
    ("POST", "settings"): _settings,
    ("POST", "seed"): _seed,
    ("POST", "rename"): _rename,
    ("POST", "remove"): _remove,
    ("POST", "prefer"): _prefer,
    ("POST", "integrations"): _integration,
    ("POST", "end-grants"): lambda engine, _: oauth.end_all(engine.store),
}
