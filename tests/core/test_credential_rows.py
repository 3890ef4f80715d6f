"""The migration that gives credentials rows of their own: each connection's key is there after it, as it was sealed."""

from __future__ import annotations

import pytest
from django.db import connection as database
from django.db.migrations.executor import MigrationExecutor

from dsr import triggers


@pytest.mark.django_db(transaction=True)
def test_each_key_moves_into_its_row() -> None:
    executor = MigrationExecutor(database)
    newest = [node for node in executor.loader.graph.leaf_nodes() if node[0] == "dsr"]
    try:
        triggers.lift(database)
        executor.migrate([("dsr", "0035_execution_log")])
        before = executor.loader.project_state([("dsr", "0035_execution_log")]).apps.get_model("dsr", "Connection")
        before.objects.create(name="Shop", account_id="a", api_key_sealed=b"sealed as it was")
        before.objects.create(name="Empty", account_id="b")
    finally:
        executor = MigrationExecutor(database)
        executor.migrate(newest)
        triggers.install(database)
    after = executor.loader.project_state(newest).apps.get_model("dsr", "Credential")
    (row,) = after.objects.all()
    assert (row.connection.name, row.kind, row.status) == ("Shop", "api_key", "working")
    assert bytes(row.secret_sealed) == b"sealed as it was"
