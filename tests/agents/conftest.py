"""AI clients are let in, and Anna has a token."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import Settings

from dsr.agents.calling import call
from dsr.models import User
from dsr.services import agent_tokens

Ask = Callable[..., dict[str, Any]]


@pytest.fixture(autouse=True)
def _let_in(settings: Settings) -> None:
    settings.ENV = dataclasses.replace(settings.ENV, agents=True)


@pytest.fixture
def token(officer: User) -> str:
    return agent_tokens.make(actor=officer, days=30)


@pytest.fixture
def ask(token: str) -> Ask:
    """Ask a tool as Anna; what was answered, without its wrapping."""

    def asked(name: str, **arguments: object) -> dict[str, Any]:
        answer: dict[str, Any] = call(token=token, name=name, arguments=arguments)["untrusted_data"]
        return answer

    return asked
