"""Data to take along (Art. 20): what was provided and observed, and nothing that was concluded from it."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from jsonschema import Draft202012Validator

from dsr import storage
from dsr.exports.answer import read_answer
from dsr.exports.portable import portable
from dsr.exports.records import ContactExport
from dsr.models import Connection, Document, LetterKind, User
from dsr.selectors.letters import fitting
from dsr.services import closing, packaging, redactions
from dsr.states import Kind
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import file_case, prepared, processing_record, reviewed, work
from tests.evidence.reading import words_of

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "docs/schemas/access-data-1.json"
DERIVED = ("channel", "country_code", "region", "city", "postal_code", "latitude", "longitude", "meta")


def test_the_schema_that_goes_along_is_that_of_the_docs() -> None:
    assert (ROOT / "dsr/exports/access-data-1.json").read_bytes() == SCHEMA.read_bytes()


@pytest.mark.parametrize("many", [1, 3_000], ids=["held", "walked"])
def test_only_named_fields_go(many: int) -> None:
    event = {"type": "visit", "url": "https://example.com/", "channel": "paid", "city": "Bonn", "new_score": 9}
    order = {"order_id": "1", "total": 5, "ltv": 9, "line_items": [{"product_name": "Tea", "imported_at": "x"}]}
    data: dict[str, Any] = {
        "contact_id": "1004",
        "first_name": "Linda",
        "status": "active",
        "lead_score": 77,
        "custom_fields": {"size": "M"},
        "tags": [{"name": "VIP"}],
        "companies": [{"name": "Acme"}],
        "events": [event] * many,
        "orders": [order],
    }
    raw = json.dumps({"data": data, "meta": {"rank": 3}}).encode()
    contact = ContactExport(contact_id="1004", fetched_at=timezone.now(), raw=lambda: [raw])
    answer = portable(read_answer(contact, raw_name="x"))
    assert answer.data.keys() | answer.long.keys() == {"contact_id", "first_name", "custom_fields", "events", "orders"}
    assert list(answer.items("events")) == [{"type": "visit", "url": "https://example.com/"}] * many
    assert list(answer.items("orders")) == [{"order_id": "1", "total": 5, "line_items": [{"product_name": "Tea"}]}]
    assert answer.beside == {}


@pytest.mark.django_db
def test_the_whole_path(sandbox: Sandbox, connection: Connection, officer: User) -> None:
    sandbox.add_event(
        contact_id="1004",
        type="visit",
        date_created="2021-01-01 10:00:00",
        channel="paid",
        city="Bonn",
        url="https://a.b",
    )
    case = prepared(file_case(officer, connection, kind=Kind.PORTABILITY), officer)
    assert case.state == "ready"
    package = packaging.current(case)
    assert package
    with zipfile.ZipFile(io.BytesIO(storage.read(package))) as archive:
        names = archive.namelist()
        data = json.loads(archive.read("data/data.json"))
        letter = words_of(archive.read("letter.pdf"))
        events = list(csv.DictReader(io.StringIO(archive.read("data/events.csv").decode("utf-8-sig"))))
        assert archive.read("data/schema.json") == SCHEMA.read_bytes()
    assert not any(name.startswith("report") or name in {"data/tags.csv", "data/companies.csv"} for name in names)
    Draft202012Validator(json.loads(SCHEMA.read_text())).validate(data)
    (contact,) = data["contacts"]
    assert contact["fields"]["email"] == "linda.dare@example.com"
    assert contact["tags"] == []
    assert {"url", "date_created"} <= contact["events"][0].keys()
    assert not any(name in event for event in (*contact["events"], *events) for name in DERIVED)
    assert "Art. 20(1) GDPR" in letter
    assert fitting(case) == [LetterKind.ACKNOWLEDGEMENT, LetterKind.PORTABLE_READY]
    closing.hand_over(case=case, actor=officer, how="encrypted mail")
    assert (case.state, case.outcome) == ("completed", "handed_over")
    evidence = words_of(storage.read(Document.objects.get(case=case, kind="evidence")))
    assert "Their data to take along, Art. 20 GDPR" in evidence


@pytest.mark.django_db
def test_it_needs_only_whom_to_turn_to(connection: Connection, officer: User) -> None:
    case = reviewed(file_case(officer, connection, kind=Kind.PORTABILITY), officer)
    assert "supervisory authority" in packaging.gaps_of(case).lower()
    processing_record(connection, by=officer, purposes="", recipients="")
    assert packaging.gaps_of(case) == ""


@pytest.mark.django_db
def test_what_is_left_out_is_marked_there_too(sandbox: Sandbox, connection: Connection, officer: User) -> None:
    sandbox.add_event(contact_id="1004", type="visit", date_created="2021-01-01 10:00:00", url="https://a.b/?of=Tom")
    case = prepared(file_case(officer, connection, kind=Kind.PORTABILITY), officer)
    redactions.add_redaction(case=case, actor=officer, contact_id="1004", path="", text="Tom", reason="another person")
    work()
    package = packaging.current(case)
    assert package
    with zipfile.ZipFile(io.BytesIO(storage.read(package))) as archive:
        text = archive.read("data/data.json").decode()
    assert "of=Tom" not in text
    assert "another person" in text
