"""After a whole path with failures: no datum of the person and no key in any log, in the database or in a file."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connection as database
from django.utils import timezone
from pytest_django import Settings

from dsr.models import AuditEntry, Case, Connection, LetterKind, Reason, Recipient, User
from dsr.services import approval, extension, identity, letters, matching, recipients
from dsr.services.letter_values import Said
from dsr.uploads import Letter
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import file_case, prepared, record_processing, work
from tests.path.driving import drive
from tests.services.letter_cases import send

pytestmark = pytest.mark.django_db

LETTER = "Please erase everything about my blue bicycle."
SECRETS = [
    "Linda",
    "linda.dare",
    "Melinda",
    "Tom Dare",
    "blue bicycle",
    "Brief von",
    "Night owl",
    "called twice",
    "passport seen",
    "order number fits",
    "wife of the neighbour",
    "203.0.113.7",
    "Round Tuit",
    "sandbox-key",
    "forty requests",
    "row is erased",
    "mailbox full",
]


@pytest.fixture
def walked(
    sandbox: Sandbox,
    connection: Connection,
    officer: User,
    approver: User,
    administrator: User,
    caplog: pytest.LogCaptureFixture,
) -> Case:
    """A case that went through everything: letter, faults of each kind, a send-back, a changed contact, a deletion."""
    caplog.set_level(logging.DEBUG)
    record_processing(connection, administrator)
    Recipient.objects.create(connection=connection, name="Mailing House")
    sandbox.add_event(
        contact_id="1004",
        type="visit",
        date_created="2021-01-01 10:00:00",
        ip_address="203.0.113.7",
        full_url="https://example.com/?email=linda.dare@example.com",
    )
    with sandbox.client() as segmetrics:
        segmetrics.tags.add("1004", ["Night owl"])
    letter = Letter(name="Brief von Linda.txt", content_type="text/plain", content=LETTER.encode(), pages=0)
    case = file_case(officer, connection, note="called twice", letter=letter)
    sandbox.fault("malformed_json", path="/contact/linda")
    sandbox.fault("server_error", path="/contact/1004", times=4)
    sandbox.fault("status", status=400, path="/products")
    drive(case, officer, approver, mended=sandbox.clear_faults, until="matching")
    identity.confirm(case=case, actor=officer, method="other", note="passport seen")
    for row in case.candidates.all():
        decision = "same_person" if row.contact_id == "1004" else "other_person"
        reason = "order number fits" if row.contact_id == "1004" else "wife of the neighbour"
        matching.decide(case=case, actor=officer, candidate=row, decision=decision, reason=reason)
    prepared(case, officer)
    approval.send_back(case=case, actor=approver, reason="Linda called twice")
    drive(case, officer, approver, until="awaiting_approval")
    sandbox.rename_contact("1004", first_name="Melinda")
    sandbox.fault("drop_after", method="DELETE", object="invoice", times=4)
    sandbox.fault("wrong_shape", method="DELETE", object="subscription")
    extension.extend(case=case, actor=officer, reason="forty requests at once")
    send(case, officer, LetterKind.EXTENSION, said=Said(reasons="forty requests at once"))
    drive(case, officer, approver)
    assert case.state == "completed"
    sent = send(case, officer, LetterKind.COMPLETION)
    work()
    letters.note_bounced(letter=sent, actor=officer, note="Linda's mailbox full")
    notice = case.recipient_notices.select_related("recipient", "case").get()
    text = recipients.draft(notice=notice)
    given = {"heading": text.heading, "body": text.body, "channel": "post", "address": "Mailing House"}
    recipients.send(notice=notice, actor=officer, **given)
    recipients.note_answer(notice=notice, actor=officer, on=timezone.localdate(), answer="Linda's row is erased")
    work()
    return case


def found_in(text: str | bytes) -> list[str]:
    raw = text.encode() if isinstance(text, str) else text
    return [secret for secret in SECRETS if secret.encode().lower() in raw.lower()]


def every_value() -> Iterator[tuple[str, Any]]:
    """Every value of every row of every table, but for what is staff's or our own configuration."""
    own = {
        "dsr.user",
        "dsr.integration",
        "dsr.connection",
        "dsr.processingrecord",
        "auth.group",
        "auth.permission",
        "contenttypes.contenttype",
    }
    for model in apps.get_models(include_auto_created=True):
        if model._meta.label_lower in own:
            continue
        for row in model._default_manager.values():
            for name, value in row.items():
                yield f"{model._meta.label}.{name}", value


def test_nothing_of_the_person_stands_anywhere_in_the_clear(
    walked: Case, caplog: pytest.LogCaptureFixture, settings: Settings, sandbox: Sandbox
) -> None:
    entries = AuditEntry.objects.filter(case=walked.reference)
    assert entries.count() > 25
    for entry in AuditEntry.objects.all():
        assert found_in(f"{entry.facts} {entry.actor} {entry.verb} {entry.case}") == [], entry.verb

    assert found_in(caplog.text) == []
    for record in caplog.records:
        assert found_in(f"{record.getMessage()} {record.args}") == []

    for where, value in every_value():
        raw = bytes(value) if isinstance(value, bytes | memoryview) else str(value)
        assert found_in(raw) == [], where

    files = [path for path in Path(settings.ENV.data_dir).rglob("*") if path.is_file()]
    assert len(files) >= 5
    for path in files:
        assert found_in(path.read_bytes()) == [], path.name
        assert found_in(str(path)) == []

    # The test would see it: what is sealed opens to the very words.
    assert walked.subject_name == "Linda Dare"
    assert walked.note == "called twice"
    assert "Night owl" in walked.candidates.filter(contact_id="1004").latest("pk").summary["tags"]
    assert {row.text for row in Reason.objects.filter(case=walked)} >= {"order number fits", "passport seen"}


def test_the_raw_pages_of_the_database_hold_nothing_either(walked: Case) -> None:
    if database.vendor != "sqlite":
        return
    raw = database.connection.serialize()
    assert len(raw) > 100_000
    assert found_in(raw) == []
