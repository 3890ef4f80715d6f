"""What is read from an answer, compared with what was read before answers were streamed: approvals hold the digests."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from dsr import fingerprint
from dsr.connectors.segmetrics import Account
from dsr.exceptions import NeedsPerson
from dsr.models import Connection
from segmetrics_client.sandbox.testing import Sandbox
from tests.connectors.answers import ANSWERS

pytestmark = pytest.mark.django_db

BEFORE: dict[str, Any] = json.loads((Path(__file__).parent / "digests.json").read_text())
"""Made by the code that read each answer whole (`json.loads`, pydantic), and never to be made anew."""

SINCE = {"first_name", "last_name", "custom_fields", "other_fields", "tag_ids"}
"""What the summary holds besides, for a rectification and for tags; no digest is made of it."""


def read(sandbox: Sandbox, connection: Connection, raw: bytes) -> dict[str, Any]:
    sandbox.clear_faults()
    sandbox.fault("body", object="contact", body=raw.decode("latin-1"))
    try:
        with Account(connection) as account:
            seen = account.read("1004")
    except NeedsPerson as question:
        return {"asks": question.code, "facts": {name: str(fact) for name, fact in question.facts.items()}}
    assert seen
    summary = {name: value for name, value in seen.summary.items() if name not in SINCE}
    json.dumps(dict(seen.summary), ensure_ascii=False).encode()  # as it is sealed
    return {
        "identity": seen.identity_digest,
        "holdings": seen.holdings_digest,
        "content": seen.content_digest,
        "summary": hashlib.sha256(fingerprint.canonical(summary)).hexdigest(),
        "email": hashlib.sha256(seen.email.encode()).hexdigest(),
    }


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_is_read_as_it_always_was(sandbox: Sandbox, connection: Connection, name: str) -> None:
    assert read(sandbox, connection, ANSWERS[name]) == BEFORE[name]
