"""A restore files nothing by itself: rows that were filed since the backup wait until a person goes on."""

from __future__ import annotations

import pytest

from dsr.backup import replaying
from dsr.jobs import errands
from dsr.models import Case, Connection, Errand, FilingBatch, User
from dsr.services import filing_many, filing_worker
from tests.builders import file_case
from tests.rewinding import Mark
from tests.tables import begun, line

pytestmark = pytest.mark.django_db


def test_what_was_being_filed_at_the_backup_is_stopped_and_nothing_becomes_two(
    connection: Connection, officer: User
) -> None:
    batch = begun(officer, connection, line(1), line(2))
    backup = Mark.here()
    filing_worker.work_through(batch.pk)
    lost = set(Case.objects.values_list("reference", flat=True))
    backup.rewind(ledger_too=False)

    report = replaying.finish(api_keys={})

    assert set(report.lost) == lost
    errands.run(Errand.objects.get(kind="filing").pk)
    now = FilingBatch.objects.get(pk=batch.pk)
    assert (now.stage, now.why_stopped, Case.objects.count()) == ("stopped", "restored", 0)
    file_case(officer, connection, subject_name="Pia Person 1", emails=["pia1@example.com"])
    filing_many.go_on(batch=now, actor=officer)
    errands.run(Errand.objects.get(kind="filing", status="due").pk)
    assert sorted(case.subject_name for case in Case.objects.all()) == ["Pia Person 1", "Pia Person 2"]
    assert not lost & set(Case.objects.values_list("reference", flat=True)), "no reference is given twice"
    assert [row.status for row in now.rows.all()] == ["failed", "filed"]
