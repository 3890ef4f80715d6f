"""The read host's reports: the people behind one, a saved one, and the ad-hoc query."""

import re
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from .http import Response, Wrong
from .reading import Query, contact, extends, meta, sales, whole
from .store import Row, Store, load

TYPES = ("leads", "revenue", "ads", "subscriptions")
_METRICS = {
    "leads": ("Leads", "NUMBER"),
    "customers": ("Customers", "NUMBER"),
    "revenue": ("Revenue", "CURRENCY"),
    "orders": ("Orders", "NUMBER"),
}
_TOUCHES = ("channel", "utm_source", "utm_medium", "utm_campaign", "referrer")
_DIMENSIONS = {f"clicks.{name}": name for name in _TOUCHES}

# Who is in a report: created, paying, clicking an ad or subscribing between two dates.
_SALE = (
    "EXISTS (SELECT 1 FROM sales s WHERE s.account = c.account AND s.integration = c.integration"
    " AND s.contact_id = c.contact_id AND s.date_created >= :start AND s.date_created < :end AND s.kind ="
)
_WHO = {
    "leads": "c.date_created >= :start AND c.date_created < :end",
    "revenue": f"{_SALE} 'invoice')",
    "subscriptions": f"{_SALE} 'subscription')",
    "ads": "EXISTS (SELECT 1 FROM extras e WHERE e.account = c.account AND e.integration = c.integration"
    " AND e.contact_id = c.contact_id AND e.kind = 'event' AND json_extract(e.body, '$.channel') = 'paid'"
    " AND json_extract(e.body, '$.date_created') >= :start"
    " AND json_extract(e.body, '$.date_created') < :end)",
}


def people(store: Store, account: str, report: str, query: Query) -> Response:
    limit, page = whole(query, "limit", 20, 1, 100), whole(query, "page", 1, 1, 10**6)
    start, end = date_range(query)
    where, values = _where(account, report, start, end)
    total = store.named(f"SELECT count(*) AS n FROM contacts c WHERE {where}", values)[0]["n"]  # noqa: S608
    rows = store.named(
        f"SELECT c.* FROM contacts c WHERE {where} ORDER BY c.seq LIMIT :limit OFFSET :offset",  # noqa: S608
        values | {"limit": limit, "offset": (page - 1) * limit},
    )
    wanted = extends(query)
    path = f"{account}/report/{report}/contacts"
    return Response(
        200,
        {
            "data": [contact(store, row, wanted) for row in rows],
            "meta": meta(path, total, page, limit, len(rows)),
        },
    )


def saved(store: Store, account: str, report: str, report_id: str | None, query: Query) -> Response:
    start, end = date_range(query)
    where, values = _where(account, report, start, end)
    rows = store.named(f"SELECT c.* FROM contacts c WHERE {where} ORDER BY c.seq", values)  # noqa: S608
    measured = [{"contact_id": row["contact_id"]} | _measure(store, row) for row in rows]
    days = Counter(row["date_created"][:10] for row in rows)
    labels = sorted(days)
    kpis = [
        {"key": key, "name": name, "value": sum(item[key] for item in measured)} for key, (name, _) in _METRICS.items()
    ]
    answer = {
        "report": {"id": report_id, "type": report, "name": report.title()},
        "kpis": kpis,
        "graph": {
            "labels": labels,
            "datasets": [{"label": "Leads", "data": [days[label] for label in labels]}],
        },
        "table": {
            "fields": [{"name": name, "key": key} for key, (name, _) in _METRICS.items()],
            "rows": measured,
        },
    }
    return Response(200, answer)


def ad_hoc(store: Store, account: str, body: Mapping[str, Any]) -> Response:
    report, dimensions, metrics = body.get("type"), body.get("dimensions") or [], body.get("metrics") or []
    unknown = [name for name in dimensions if name not in _DIMENSIONS]
    unknown += [name for name in metrics if name not in _METRICS]
    if report not in TYPES or unknown or not metrics:
        raise Wrong(400, f"unknown type, dimension or metric: {unknown[0] if unknown else report}")
    asked = body.get("date_range") or {}
    start, end = date_range({name: str(asked[name]) for name in ("start", "end") if asked.get(name)})
    where, values = _where(account, str(report), start, end)
    model = (body.get("options") or {}).get("attribution_model", "last_touch")
    groups: dict[tuple[str, ...], Counter[str]] = {}
    for row in store.named(f"SELECT c.* FROM contacts c WHERE {where} ORDER BY c.seq", values):  # noqa: S608
        touch = _touch(store, row, model)
        key = tuple(str(touch.get(_DIMENSIONS[name]) or "direct") for name in dimensions)
        groups.setdefault(key, Counter()).update(_measure(store, row))
    answer = {
        "type": report,
        "fields": [*map(_dimension_field, dimensions), *map(_metric_field, metrics)],
        "rows": [[*key, *(sums[name] for name in metrics)] for key, sums in sorted(groups.items())],
        "totals": [sum(sums[name] for sums in groups.values()) for name in metrics],
        "date_range": {
            "start_date": start.isoformat(),
            "end_date": end.isoformat(),
            "scale": asked.get("scale", "day"),
        },
        "comparison": None,
        "v": "2022-06",
    }
    return Response(200, answer)


def _dimension_field(name: str) -> dict[str, Any]:
    key = _DIMENSIONS[name]
    return {"name": key.replace("_", " ").title(), "key": key, "type": "STRING", "aggregation": None}


def _metric_field(name: str) -> dict[str, Any]:
    title, kind = _METRICS[name]
    return {"name": title, "key": name, "type": kind, "aggregation": "SUM"}


def date_range(query: Query) -> tuple[date, date]:
    """Both days included; the last 30 days where nothing is said."""
    start, end = _day(query.get("start", "-30 day")), _day(query.get("end", "now"))
    if start > end:
        raise Wrong(400, "'start' is after 'end'")
    return start, end


def _day(text: str) -> date:
    today = datetime.now(UTC).date()
    relative = re.fullmatch(r"([+-]?\d{1,5}) (day|week|month|year)s?", text)
    if text in ("now", "today"):
        return today
    if relative:
        days = {"day": 1, "week": 7, "month": 30, "year": 365}[relative[2]]
        return today + timedelta(days=int(relative[1]) * days)
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise Wrong(400, "a date is YYYY-MM-DD or like '-30 day'") from None


def _where(account: str, report: str, start: date, end: date) -> tuple[str, dict[str, Any]]:
    if report not in TYPES:
        raise Wrong(404, "unknown report type")
    after = (end + timedelta(days=1)).isoformat()
    return f"c.account = :account AND {_WHO[report]}", {
        "account": account,
        "start": start.isoformat(),
        "end": after,
    }


def _measure(store: Store, row: Row) -> dict[str, int]:
    paid = [int(load(sale["body"]).get("paid") or 0) for sale in sales(store, row, "invoice")]
    return {"leads": 1, "customers": int(bool(paid)), "revenue": sum(paid), "orders": len(paid)}


def _touch(store: Store, row: Row, model: str) -> dict[str, Any]:
    events = contact(store, row, ("events",))["events"]
    marked = sorted(
        (event for event in events if event.get("channel") or event.get("utm_source")),
        key=lambda event: str(event.get("date_created")),
    )
    return (marked[0] if model == "first_touch" else marked[-1]) if marked else {}
