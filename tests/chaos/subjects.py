"""Who is in the sandbox: the people who ask, and those who share an address with them and must stay."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field

from django.utils import timezone

from dsr.states import CHANGES, Kind
from segmetrics_client.sandbox.testing import Sandbox

INTEGRATION = "int9"
EVERY_NTH_CHANGES = 4
"""The share of the requests that ask for a change instead of an erasure."""
Thing = tuple[str, str]
"""(object, id)"""


@dataclass
class Subject:
    number: int
    contact_id: str
    email: str
    kind: Kind = Kind.ERASURE
    things: set[Thing] = field(default_factory=set)
    """All that is to be deleted."""
    bystanders: set[Thing] = field(default_factory=set)
    """What is another's, and stays."""


def add(sandbox: Sandbox, number: int, chance: random.Random) -> Subject:
    """One to three invoices, perhaps a subscription, perhaps somebody else with the same address.

    Where something is to be changed, all of it stays.
    """
    subject = Subject(number, contact_id=str(10_000 + number), email=f"subject{number}@example.com")
    _add_contact(sandbox, subject.contact_id, subject.email, "2021-12-31 10:00:00")
    subject.things.add(("contact", subject.contact_id))
    for count in range(chance.randint(1, 3)):
        subject.things.add(_add_invoice(sandbox, f"{number}0{count}", subject.contact_id))
    if chance.random() < 0.5:
        subscription = f"7{number}"
        sandbox.add_subscription(subscription_id=subscription, contact_id=subject.contact_id)
        subject.things.add(("subscription", subscription))
    if chance.random() < 0.35:
        other = str(20_000 + number)
        # The search sees the one by the report of late leads; the other shows only when the subject is gone.
        seen = timezone.now() - dt.timedelta(days=chance.choice([30, 3000]))
        _add_contact(sandbox, other, subject.email, f"{seen:%Y-%m-%d} 12:00:00")
        subject.bystanders |= {("contact", other), _add_invoice(sandbox, f"{number}09", other)}
    if number % EVERY_NTH_CHANGES == 0:
        subject.kind = chance.choice(sorted(CHANGES))
        subject.bystanders |= subject.things
        subject.things = set()
    return subject


def exists(sandbox: Sandbox, thing: Thing) -> bool:
    kind, object_id = thing
    return {
        "contact": sandbox.contact_exists,
        "invoice": sandbox.invoice_exists,
        "subscription": sandbox.subscription_exists,
    }[kind](INTEGRATION, object_id)


def _add_contact(sandbox: Sandbox, contact_id: str, email: str, date: str) -> None:
    sandbox.add_contact(
        contact_id=contact_id, email=email, first_name="Pat", last_name="Example", date_created=date, last_updated=date
    )


def _add_invoice(sandbox: Sandbox, invoice_id: str, contact_id: str) -> Thing:
    sandbox.add_invoice(invoice_id=invoice_id, contact_id=contact_id)
    return ("invoice", invoice_id)
