"""Answers about contact 1004 in every shape that was thought of, byte for byte. All invented."""

from __future__ import annotations

import json
from typing import Any

from tests.exports.cast import events, linda, whole


def _json(data: Any, **beside: Any) -> bytes:
    return json.dumps({"data": data, **beside}).encode()


def _of(body: str) -> bytes:
    """An answer whose `data` has the id and this JSON text beside it."""
    return b'{"data": {"contact_id": "1004", ' + body.encode("utf-8", "surrogatepass") + b"}}"


def _many(count: int, **changes: Any) -> list[dict[str, Any]]:
    return [{**event, "title": f"Köln – 東京 {number} 🦊", **changes} for number, event in enumerate(events(count))]


_WHOLE = {
    "contact_id": "1004",
    "first_name": " Linda ",
    "last_name": "Dare",
    "email": "Linda.Dare@Example.com",
    "status": "active",
    "date_created": "2018-10-03T12:30:00+02:00",
    "last_updated": "2021-12-31 18:00:00",
    "tags": [{"tag_id": 5, "name": "Customer"}, "VIP", None, 7, {"name": None}],
    "orders": [
        {
            "order_id": 234115,
            "total": 4500,
            "date_created": "2018-10-03T12:30:00+00:00",
            "line_items": [
                {"product_id": 108, "product_name": "Spring course"},
                {"product_id": "9", "product_name": "Spring course"},
                {"product_id": None, "product_name": None},
                "odd",
            ],
        },
        {"order_id": "A-1", "total": 45.0, "date_created": "2022-01-05", "line_items": {"0": {"product_name": "Tea"}}},
        {"order_id": "b_2", "total": "12,50", "date_created": "yesterday", "line_items": "none"},
        {"order_id": 7.5, "total": 99.5, "date_created": None},
    ],
    "subscriptions": [
        {"subscription_id": "", "id": 7712, "billing_cycle": "month", "product_name": "Club", "name": "Club"},
        {"subscription_id": "s1", "id": "no", "billing_cycle": 12},
    ],
    "events": _many(40),
    "lists": None,
    "companies": "Dare & Daughters",
    "custom_fields": [],
}

ANSWERS: dict[str, bytes] = {
    "linda": whole(linda()),
    "whole": _json(_WHOLE, meta={"page": 1}),
    "indented": json.dumps({"data": _WHOLE}, indent=4, ensure_ascii=False).encode(),
    "with a byte order mark": b"\xef\xbb\xbf" + _json(_WHOLE),
    "utf-16": json.dumps({"data": _WHOLE}, ensure_ascii=False).encode("utf-16"),
    "utf-16 without a mark": json.dumps({"data": _WHOLE}, ensure_ascii=False).encode("utf-16-le"),
    "utf-32": json.dumps({"data": _WHOLE}, ensure_ascii=False).encode("utf-32-be"),
    "id last": _json({"events": _many(3), "orders": [{"order_id": "1"}], "contact_id": "1004"}),
    "beside before data": json.dumps({"a": [1, {"b": []}], "data": _WHOLE, "z": "x" * 70_000}).encode(),
    "id as a number": b'{"data": {"contact_id": 1004}}',
    "id as a fraction": b'{"data": {"contact_id": 1004.0}}',
    "no id": b'{"data": {"email": "linda@example.com"}}',
    "empty id": b'{"data": {"contact_id": ""}}',
    "another's id": b'{"data": {"contact_id": "2087"}}',
    "id twice": b'{"data": {"contact_id": "2087", "contact_id": "1004"}}',
    "data twice": b'{"data": {"contact_id": "2087", "orders": [{"order_id": 1}]}, "data": {"contact_id": "1004"}}',
    "data twice, the last is none": b'{"data": {"contact_id": "1004"}, "data": null}',
    "data an array": b'{"data": []}',
    "no data": b'{"contact_id": "1004"}',
    "nothing": b"",
    "blanks": b" \r\n\t ",
    "null": b"null",
    "an array": b"[1, 2]",
    "a page": b"<html>502</html>",
    "cut": _json(_WHOLE)[:-20],
    "cut in a number": b'{"data": {"contact_id": "1004", "a": 12.',
    "more behind it": _json(_WHOLE) + b" {}",
    "blanks around it": b" \n" + _json(_WHOLE) + b"\r\n\t ",
    "not a number": _of('"a": NaN'),
    "infinite": _of('"events": [{"latitude": -Infinity}]'),
    "no utf-8": b'{"data": {"contact_id": "1004", "first_name": "\xff"}}',
    "half a pair as bytes": _of('"first_name": "L\ud800"'),
    "half a pair": _of('"first_name": "L\\ud800", "email": "\\udc00x"'),
    "a pair": _of('"first_name": "\\ud83e\\udd8a", "last_name": "\\ud800\\ud83e\\udd8a"'),
    "half a pair in a key": _of('"\\ud800": 1, "events": [{"\\udfff": 1}]'),
    "control characters": _of('"first_name": "a\\u0000b\\u202ec"'),
    "a raw control character": _of('"first_name": "a\nb"'),
    "deep": _of('"custom_fields": {"a": ' + "[" * 60 + "]" * 60 + "}"),
    "too deep": _of('"custom_fields": {"a": ' + "[" * 20_000 + "]" * 20_000 + "}"),
    "too deep in an event": _of('"events": [' + "[" * 20_000 + "]" * 20_000 + "]"),
    "longest number": _of('"orders": [{"order_id": ' + "9" * 30 + ', "total": ' + "8" * 30 + "}]"),
    "longer number": _of('"orders": [{"order_id": ' + "9" * 40 + ', "total": ' + "8" * 40 + "}]"),
    "too long a number": _of('"orders": [{"order_id": 1, "total": ' + "8" * 5_000 + "}]"),
    "numbers": _of(
        '"first_name": -0, "last_name": 1E400, "status": 0.1234567890123456789, "email": 1e2, "date_created": -1.50'
    ),
    "flags": _of('"first_name": true, "last_name": false, "email": null, "status": {"a": 1.0}'),
    "lists twice": _of(
        '"orders": [{"order_id": 1}], "events": [{"channel": "a"}, {"channel": "b"}], "orders": [{"order_id": 2}], '
        '"events": [{"channel": "c", "date_created": "2020-01-01"}]'
    ),
    "a list, then none": _of('"orders": [{"order_id": 1}], "orders": null, "events": [{"channel": "a"}], "events": 7'),
    "none, then a list": _of('"orders": "x", "orders": [{"order_id": 1}], "tags": {}, "tags": ["VIP"]'),
    "lists with gaps": _of(
        '"tags": {"0": {"name": "A"}, "2": {"name": "B"}}, "orders": {"3": {"order_id": 3}}, '
        '"subscriptions": {"0": {"id": 1}}, "events": {"0": {"channel": "a", "date_created": "2020-01-01"}, "5": 1}'
    ),
    "an object for a list": _of('"orders": {"order_id": 3}, "events": {"channel": "a"}, "tags": {"name": "A"}'),
    "scalars for lists": _of('"tags": "VIP", "orders": null, "events": 7, "subscriptions": [], "custom_fields": 3'),
    "a scalar order": _of('"orders": [5]'),
    "an order without an id": _of('"orders": [{"order_id": "1"}, {"total": 1}]'),
    "an address as an order's id": _of('"orders": [{"order_id": "a@example.com"}]'),
    "an address as a subscription's id": _of('"subscriptions": [{"id": "a%40example.com"}]'),
    "both bad": _of('"subscriptions": [{"id": "a@example.com"}], "orders": [{"total": 1}]'),
    "odd events": _of('"events": [[1, 2], "x", null, 7, {"channel": 0}, {"utm_source": false, "channel": ""}]'),
    "undated events": _of('"events": [{"channel": "a"}, {"channel": "b", "date_created": "soon"}, {"channel": ""}]'),
    "dated after undated": _of(
        '"events": [{"channel": "a"}, {"channel": "b", "date_created": "2021-05-05T10:00:00+02:00", "utm_campaign": 7},'
        ' {"utm_source": "c", "date_created": "2021-05-05 08:00:00"}, {"date_created": "2019-01-01"}]'
    ),
    "last activity in two zones": _of(
        '"events": [{"date_created": "2021-05-05T10:00:00+02:00"}, {"date_created": "2021-05-05T08:00:00+00:00"}], '
        '"orders": [{"order_id": 1, "date_created": "2021-05-05T09:00:00+01:00"}], "last_updated": "2021-05-05"'
    ),
    "last activity by an order before the events": _of(
        '"orders": [{"order_id": 1, "date_created": "2021-05-05T09:00:00+01:00"}], '
        '"events": [{"date_created": "2021-05-05T10:00:00+02:00"}]'
    ),
    "only created": _of('"date_created": "2018-01-01"'),
    "many events": _json({**_WHOLE, "events": _many(4_000)}),
    "many events, unescaped": json.dumps({"data": {**_WHOLE, "events": _many(4_000)}}, ensure_ascii=False).encode(),
    "many orders": _json({"contact_id": "1004", "orders": [{"order_id": n, "total": n} for n in range(900)]}),
    "a long undocumented list": _json({"contact_id": "1004", "visits": _many(900), "events": _many(2)}),
    "one long value": _of('"notes": "' + "x" * 300_000 + '", "first_name": "' + "y" * 70_000 + '"'),
}
