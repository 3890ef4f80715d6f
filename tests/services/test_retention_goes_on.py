"""Where the database fails over one case, the others are destroyed on their day all the same."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError
from django.utils import timezone

from dsr import audit
from dsr.models import Case, Connection, Document, User
from dsr.services import closing, disposal, retention
from tests.builders import file_case, prepared
from tests.path.driving import draw_nothing

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("verb", "destroy"),
    [("case_purged", retention.purge_due), ("document_destroyed", disposal.destroy_due)],
    ids=["cases", "files"],
)
def test_one_that_the_database_refuses_does_not_keep_the_others(
    verb: str,
    destroy: Any,
    connection: Connection,
    officer: User,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    draw_nothing(monkeypatch)
    cases = [prepared(file_case(officer, connection), officer) for _ in range(2)]
    for case in cases:
        closing.withdraw(case=case, actor=officer, reason="by phone")
    Case.objects.update(purge_on=timezone.localdate())
    Document.objects.filter(kind="export").update(destroy_on=timezone.localdate())
    record, failing = audit.record, Case.objects.all()[0].reference

    def refuse_one(**entry: Any) -> Any:
        if entry["verb"] == verb and entry["case"].reference == failing:
            raise DatabaseError("linda.dare@example.com is in the way")
        return record(**entry)

    monkeypatch.setattr(audit, "record", refuse_one)
    assert destroy() == 1
    assert failing in caplog.text
    assert "example.com" not in caplog.text
    monkeypatch.setattr(audit, "record", record)
    assert destroy() == 1
