"""The migration that keeps everybody who had a file filed: of files that wait, the audit log knows them."""

from __future__ import annotations

import pytest
from django.db import connection as database
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from dsr import triggers

BEFORE = [("dsr", "0045_orders_without_joins")]


@pytest.mark.django_db(transaction=True)
def test_who_had_a_waiting_file_filed_is_known() -> None:
    executor = MigrationExecutor(database)
    newest = [node for node in executor.loader.graph.leaf_nodes() if node[0] == "dsr"]
    try:
        triggers.lift(database)
        executor.migrate(BEFORE)
        apps = executor.loader.project_state(BEFORE).apps
        one, two, three = (
            apps.get_model("dsr", "User").objects.create(email=f"{name}@example.com") for name in ("a", "b", "c")
        )
        shop = apps.get_model("dsr", "Connection").objects.create(name="Shop", account_id="a")
        for reference, stage in (("MANY-1", "stopped"), ("MANY-2", "preview")):
            apps.get_model("dsr", "FilingBatch").objects.create(
                reference=reference,
                connection=shop,
                stage=stage,
                uploaded_by=one,
                uploaded_at=timezone.now(),
                filed_by=three if stage == "stopped" else None,
            )
        apps.get_model("dsr", "AuditEntry").objects.create(
            sequence=1, actor=f"U-{two.pk:04d}", verb="filing_begun", facts={"batch": "MANY-1"}, hash="1"
        )
    finally:
        executor = MigrationExecutor(database)
        executor.migrate(newest)
        triggers.install(database)
    batches = executor.loader.project_state(newest).apps.get_model("dsr", "FilingBatch").objects
    known = {row.reference: {person.email for person in row.filers.all()} for row in batches.all()}
    assert known == {"MANY-1": {"b@example.com", "c@example.com"}, "MANY-2": set()}
