"""One person who visited a shop very often. All invented."""

from __future__ import annotations

import datetime as dt
import urllib.request
from typing import Any

from segmetrics_client.sandbox.testing import Sandbox

CONTACT, EMAIL = "1004", "pat@example.com"
_BATCH = 10_000
_START = dt.datetime(2015, 1, 1, tzinfo=dt.UTC)


def add_person(sandbox: Sandbox, events: int) -> int:
    """Add them with so many events; how many bytes their answer has."""
    sandbox.add_contact(contact_id=CONTACT, email=EMAIL, first_name="Pat", last_name="Example", tags=["Customer"])
    sandbox.add_invoice(invoice_id="234115", contact_id=CONTACT)
    for start in range(0, events, _BATCH):
        sandbox.seed_raw(events=[visit(number) for number in range(start, min(start + _BATCH, events))])
    request = urllib.request.Request(
        f"{sandbox.read_url}/{sandbox.account_id}/contact/{CONTACT}?extend=events,tags,orders,subscriptions",
        headers={"Authorization": sandbox.api_key},
    )
    with urllib.request.urlopen(request) as answer:
        size = int(answer.headers["Content-Length"])
    sandbox.reset_calls()
    return size


def add_visit(sandbox: Sandbox) -> None:
    """One more event."""
    sandbox.seed_raw(events=[visit(-1)])


def visit(number: int) -> dict[str, Any]:
    """One event."""
    article = f"article-{number % 977}"
    return {
        "contact_id": CONTACT,
        "type": "pageview",
        "uid": f"u-{number:012x}",
        "fingerprint": f"f-{number * 7919:016x}",
        "date_created": (_START + dt.timedelta(minutes=25 * number)).isoformat(),
        "ip_address": f"192.0.2.{number % 254}",
        "country_code": "DE",
        "region": "Nordrhein-Westfalen",
        "city": ("Köln", "Bonn", "Düsseldorf")[number % 3],
        "postal_code": "50667",
        "latitude": 50.94 + number % 100 / 1000,
        "longitude": 6.96,
        "url": f"https://shop.example.com/journal/{article}",
        "full_url": f"https://shop.example.com/journal/{article}?utm_source=letter&utm_campaign=week-{number % 52}",
        "host": "shop.example.com",
        "path": f"/journal/{article}",
        "args": {"utm_source": "letter", "utm_campaign": f"week-{number % 52}"},
        "referrer": "https://news.example.org/",
        "channel": "email" if number % 5 == 0 else None,
        "utm_source": "letter" if number % 5 == 0 else None,
    }
