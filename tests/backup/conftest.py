from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from segmetrics_client.sandbox.testing import Sandbox
from tests.backup.desk import Desk, new_database, server
from tests.builders import add_linda, add_tom

VENDORS = ["postgresql" if server() else "sqlite"]
"""That of the run: `make test` and `make test-postgres` together see both."""


@pytest.fixture(scope="module")
def town() -> Iterator[Sandbox]:
    """SegMetrics with Linda, Tom and Cora."""
    with Sandbox.start() as sandbox:
        yield sandbox


@pytest.fixture(scope="module", params=VENDORS)
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, town: Sandbox) -> Iterator[Any]:
    """A desk with a backup, and what happened before and after that. Once a module; tests restore it elsewhere."""
    town.reset()
    add_linda(town)
    add_tom(town)
    town.add_contact(contact_id="3003", email="cora@example.com", first_name="Cora", last_name="Later")
    folder = tmp_path_factory.mktemp("desk")
    (folder / "data").mkdir()
    with new_database(request.param, folder / "data") as address:
        desk = Desk(data=folder / "data", ledger=folder / "ledger", database=address)
        facts = desk.act("before", sandbox=town.url)
        made = desk.manage("backup", str(folder / "backup"))
        assert made.returncode == 0, made.stderr
        facts |= desk.act("after", a=facts["a"], b=facts["b"])
        yield {"desk": desk, "backup": folder / "backup", "vendor": request.param, **facts}


@pytest.fixture
def elsewhere(told: Any, tmp_path: Path) -> Iterator[Desk]:
    """An empty place, with a copy of the ledger of the old one."""
    shutil.copytree(told["desk"].ledger, tmp_path / "ledger")
    (tmp_path / "data").mkdir()
    with new_database(told["vendor"], tmp_path / "data") as address:
        yield replace(told["desk"], data=tmp_path / "data", ledger=tmp_path / "ledger", database=address)
