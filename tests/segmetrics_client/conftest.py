"""A sandbox for each test (one server, emptied in between), and a clock that nobody waits for."""

from collections.abc import Iterator

import pytest

from segmetrics_client import SegMetrics
from segmetrics_client.sandbox.testing import Sandbox

from .clock import FakeClock
from .resolver import Resolver, install


@pytest.fixture(scope="session")
def running_sandbox() -> Iterator[Sandbox]:
    with Sandbox.start() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running_sandbox: Sandbox) -> Sandbox:
    running_sandbox.reset()
    return running_sandbox


@pytest.fixture
def segmetrics(sandbox: Sandbox) -> Iterator[SegMetrics]:
    with sandbox.client() as session:
        yield session


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Resolver:
    return install(monkeypatch)
