"""The calls of one erasure (a contact, three orders, a subscription, one integration) against those that the rules ask
for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from segmetrics_client.sandbox.testing import RecordedCall
from tests.bench import desk
from tests.bench.rows import Row
from tests.bench.sizes import Sizes
from tests.builders import work

NECESSARY: list[tuple[str, str]] = [
    ("read contact by id", "live data is compared with what was approved, once, right before the first step"),
    ("delete invoice", "orders go first, each by its id"),
    ("delete invoice", "the second one"),
    ("delete invoice", "the third one"),
    ("delete subscription", "as the orders"),
    ("read contact by id", "orders and subscriptions read as gone before the contact is deleted"),
    ("delete contact", "by its id, once in each integration"),
    ("read contact by email", "every known identifier is looked up again: the e-mail address"),
    ("read contact by id", "every known identifier is looked up again: the id"),
    ("control read", "“not found” counts only where the account answers in the same run"),
]
"""What was called, and the rule that asks for it. docs/performance.md has the same list."""


def measure(folder: Path, sizes: Sizes) -> Iterator[Row]:
    """From the approval to the last verifying lookup, as the sandbox recorded it."""
    del sizes
    with desk.opened(folder) as place:
        ((contact_id, email),) = desk.add_customers(place.sandbox, 1)
        case = desk.bring_to_approval(contact_id, email)
        place.sandbox.reset_calls()
        desk.approve_all([case])
        work()
        case.refresh_from_db()
        assert case.outcome == "erased", (case.state, case.attention)
        made = [named(call) for call in place.sandbox.calls()]
    needed = [name for name, _ in NECESSARY]
    different = Counter(made) - Counter(needed) + (Counter(needed) - Counter(made))
    yield Row(
        name="API calls of one erasure",
        value=len(made),
        unit="",
        floor=len(needed),
        limit=1.0,
        note=f"other than the rules ask for: {dict(different)}" if different else "",
    )


def named(call: RecordedCall) -> str:
    """What a call is for, by method and address."""
    if call.method == "DELETE":
        return f"delete {call.object}"
    if call.object == "contact":
        return "read contact by email" if "@" in (call.object_id or "") else "read contact by id"
    return "control read" if call.object == "report" else str(call.object)
