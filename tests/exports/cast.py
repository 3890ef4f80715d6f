"""Answers of the vendor about Linda Dare, and one that breaks software. All invented."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from dsr.exports import ContactExport, PackageHeader

MORNING = datetime(2026, 11, 24, 9, 3, tzinfo=UTC)
PRODUCTS = {"108": "Spring course"}
PIECE = 50_000
FORMULA = '=HYPERLINK("http://127.0.0.1/","Linda")'


def a_header(**changes: Any) -> PackageHeader:
    """The header of Linda's package."""
    fields: dict[str, Any] = {
        "reference": "DSR-2026-000142",
        "subject_name": "Linda Dare",
        "account_id": "a1b2c3",
        "connection_name": "Webshop account",
        "identifiers": (("E-mail", "linda.dare@example.com"), ("External id", "cust-4711")),
        "made_at": MORNING,
        "organisation": "Meadow Courses Ltd",
        "time_zone": "Europe/Berlin",
    }
    return PackageHeader(**{**fields, **changes})


def answered(data: Any, *, contact_id: str = "1004", **beside: Any) -> ContactExport:
    """An answer of the vendor that holds `data`."""
    return came(json.dumps({"data": data, **beside}).encode(), contact_id=contact_id)


def came(raw: bytes, *, contact_id: str = "1004") -> ContactExport:
    """An answer of these bytes, which come in pieces."""
    return ContactExport(
        contact_id=contact_id,
        fetched_at=MORNING,
        raw=lambda: (raw[start : start + PIECE] for start in range(0, len(raw), PIECE)),
    )


def whole(contact: ContactExport) -> bytes:
    """All the bytes of an answer."""
    return b"".join(contact.raw())


def events(count: int) -> list[dict[str, Any]]:
    """So many visits, an hour apart, the oldest first, of which the third says where it came from."""
    start = datetime(2021, 1, 1, tzinfo=UTC)
    return [
        {
            "type": "pageview",
            "contact_id": "1004",
            "date_created": (start + timedelta(hours=number)).isoformat(),
            "ip_address": "192.0.2.7",
            "country_code": "DE",
            "city": "Köln",
            "latitude": 50.94,
            "full_url": f"https://shop.example.com/page/{number}?a=1&b=2",
            "args": {"a": 1, "b": [2, None]},
            "channel": "paid" if number >= 2 else None,
            "utm_source": "Retargeting" if number >= 2 else None,
            "referrer": "https://news.example.org/" if number >= 2 else None,
        }
        for number in range(count)
    ]


def linda(*, visits: int = 600) -> ContactExport:
    """Linda's answer: an order, a subscription, three tags and so many visits."""
    return answered(
        {
            "contact_id": "1004",
            "first_name": "Linda",
            "last_name": "Dare",
            "email": "linda.dare@example.com",
            "status": "active",
            "date_created": "2018-10-03T12:30:00+00:00",
            "last_updated": "2021-12-31T18:00:00+00:00",
            "custom_fields": {"shoe_size": 38, "notes": "first line\nsecond line"},
            "tags": [
                {
                    "tag_id": "5",
                    "name": "Customer",
                    "contact_id": "1004",
                    "date_created": "2018-10-03T12:31:00+00:00",
                },
                {"tag_id": "6", "name": "Newsletter", "date_created": None},
            ],
            "orders": [
                {
                    "order_id": "234115",
                    "contact_id": "1004",
                    "is_paid": True,
                    "is_refunded": False,
                    "total": 4500,
                    "total_paid": 4500,
                    "date_created": "2018-10-03T12:30:00+00:00",
                    "coupon": "SPRING",
                    "line_items": [
                        {
                            "order_item_id": "1",
                            "product_id": "108",
                            "product_name": "old name",
                            "amount": 4000,
                        },
                        {"order_item_id": "2", "product_id": None, "product_name": "Workbook", "amount": 500},
                        {"order_item_id": "3", "product_id": "999", "amount": -45},
                    ],
                }
            ],
            "subscriptions": [{"id": "7712", "billing_cycle": "month", "amount": 1500}],
            "lists": [{"list_id": "3", "name": "Letters"}],
            "companies": [{"name": "Dare & Daughters"}],
            "events": events(visits),
            "loyalty": {"level": "gold"},
        }
    )


def hostile(*, contact_id: str = "../../etc/passwd") -> ContactExport:
    """An answer in which nothing is as documented."""
    markup = '<img src="file:///etc/passwd"><script>alert(1)</script>'
    return answered(
        {
            "contact_id": {"nested": [1, 2]},
            "first_name": FORMULA,
            "last_name": "evil\u202egnp.exe\u0000\ud800",
            "email": ["not", "text"],
            "status": markup,
            "date_created": "the day before yesterday",
            "last_updated": 12,
            "custom_fields": {
                "+cmd|' /C calc'!A0": "@SUM(1+1)",
                "size": "-45",
                "wide": "＝1+1",
                "mark": markup,
            },
            "tags": ["VIP", None, 7, {"name": "محمد", "extra": 1}, {"name": "=1+1;=2+2"}],
            "orders": [
                None,
                {"order_id": 1, "total": "4500", "line_items": "none"},
                {"line_items": [None, 3, {}]},
            ],
            "subscriptions": {"0": {"id": 1}},
            "events": [
                {"date_created": "0001-01-01T00:00:00+00:00", "full_url": "javascript:alert(1)"},
                7,
                None,
            ],
            "lists": None,
            markup: "x" * 300,
        },
        contact_id=contact_id,
        meta={"page": 1},
    )
