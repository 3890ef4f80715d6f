"""The worker is killed before any write while it files many requests: each row is filed once, or not and then later."""

from __future__ import annotations

import pytest

from dsr import audit
from dsr.models import AuditEntry, Case, Connection, Errand, FilingBatch, Job, User
from tests.path.driving import after_a_kill
from tests.path.test_kills import Killer, at_each_write, run_killed
from tests.rewinding import Mark
from tests.tables import begun, line

pytestmark = pytest.mark.django_db


def test_killed_while_filing_many(connection: Connection, officer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "dsr.jobs.runner.HANDLERS", {"search": lambda _run: None}
    )  # their searches have tests of their own
    batch = begun(officer, connection, line(1), line(2, type="nonsense"), line(3))

    def assert_each_row_once(instant: int) -> None:
        now = FilingBatch.objects.get(pk=batch.pk)
        assert sorted(case.subject_name for case in Case.objects.all()) == ["Pia Person 1", "Pia Person 3"], instant
        assert now.stage == "finished", instant
        assert [row.status for row in now.rows.all()] == ["filed", "failed", "filed"], instant
        assert Job.objects.count() == 2, instant
        assert AuditEntry.objects.filter(verb="filed").count() == 2, instant
        assert AuditEntry.objects.filter(verb="filing_finished").count() == 1, instant
        assert not Errand.objects.filter(status__in=["due", "running"]).exists(), instant
        assert audit.verify() is None

    mark = Mark.here()
    counter = Killer()
    assert not run_killed(at_each_write, counter)
    assert_each_row_once(0)
    assert counter.instants > 20
    for instant in range(1, counter.instants + 1):
        mark.rewind()
        assert run_killed(at_each_write, Killer(instant)), instant
        after_a_kill()
        assert_each_row_once(instant)
