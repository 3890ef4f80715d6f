"""A real client of the protocol before the real process: what it is offered, what it gets, and what stays quiet."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import pytest
from django.db import connection as database
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

from dsr.agents.tools import TOOLS
from dsr.env import PROJECT
from dsr.models import AuditEntry, Case, Connection, ExecutedCall, User
from dsr.services import agent_tokens
from segmetrics_client.sandbox.testing import Sandbox

pytestmark = pytest.mark.django_db(transaction=True)
Talk = Callable[[Client], Coroutine[Any, Any, None]]


def environment(token: str, data_dir: Path) -> dict[str, str]:
    row = database.settings_dict
    if database.vendor == "sqlite":
        url = f"sqlite:///{row['NAME']}"
    else:
        password = f":{row['PASSWORD']}" if row["PASSWORD"] else ""
        url = f"postgresql://{row['USER']}{password}@{row['HOST']}:{row['PORT']}/{row['NAME']}"
    ours = {name: value for name, value in os.environ.items() if name.startswith("DSR_")}
    return {
        **ours,
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "dsr.settings",
        "DATABASE_URL": url,
        "DSR_DATA_DIR": str(data_dir),
        "DSR_AGENTS": "1",
        "DSR_MCP_TOKEN": token,
        "DSR_LOG_LEVEL": "DEBUG",
    }


@pytest.fixture
def talk(shared_database: None, tmp_path: Path) -> Callable[[str, Talk], str]:
    """Start the process with a token and talk to it; what it wrote to its log."""

    def talked(token: str, talk: Talk) -> str:
        command = StdioServerParameters(
            command=sys.executable, args=["manage.py", "mcp"], cwd=PROJECT, env=environment(token, tmp_path)
        )
        log = tmp_path / "log"

        async def run() -> None:
            with log.open("w") as errors:
                async with Client(stdio_client(command, errlog=errors), read_timeout_seconds=60) as client:
                    await talk(client)

        anyio.run(run)
        return log.read_text()

    return talked


def test_a_client_reads_files_and_is_told_no(
    talk: Callable[[str, Talk], str], officer: User, connection: Connection, sandbox: Sandbox
) -> None:
    token = agent_tokens.make(actor=officer, days=30)

    async def said(client: Client) -> None:
        listed = (await client.list_tools()).tools
        assert [tool.name for tool in listed] == list(TOOLS)
        assert all(tool.annotations and tool.annotations.destructive_hint is False for tool in listed)
        found = await client.call_tool("get_contact", {"contact_id": "1004"})
        assert not found.is_error
        assert found.structured_content["untrusted_data"]["contact"]["first_name"] == "Linda"
        assert json.loads(found.content[0].text) == found.structured_content  # type: ignore[union-attr]
        filed = await client.call_tool(
            "file_request",
            {
                "kind": "access",
                "subject_name": "Linda Dare",
                "emails": ["linda.dare@example.com"],
                "received_on": "2026-01-05",
                "channel": "email",
            },
        )
        assert filed.structured_content["untrusted_data"]["filed"]
        for name in ("delete_contact", "approve"):
            assert (await client.call_tool(name, {"contact_id": "1004"})).is_error
        wrong = await client.call_tool("get_contact", {"contact_id": "linda.dare@example.com"})
        assert wrong.is_error
        assert "linda" not in wrong.content[0].text  # type: ignore[union-attr]

    log = talk(token, said)

    case = Case.objects.get()
    assert (case.state, case.kind, case.filed_by) == ("received", "access", officer)
    assert [row.verb for row in AuditEntry.objects.order_by("sequence")] == [
        "agent_token_made",
        "agent_read",
        "filed_by_agent",
        "filed",
    ]
    assert [(row.action, row.on_behalf_of) for row in ExecutedCall.objects.all()] == [("get contact", officer)]
    assert sandbox.deletes() == []
    for secret in ("linda", "dare", "1004", token, sandbox.api_key):
        assert secret not in log.lower(), log


def test_what_ends_while_it_runs_ends_at_once(
    talk: Callable[[str, Talk], str], officer: User, connection: Connection
) -> None:
    token = agent_tokens.make(actor=officer, days=30)

    async def said(client: Client) -> None:
        assert not (await client.call_tool("list_cases", {})).is_error
        await anyio.to_thread.run_sync(_end, officer)
        assert (await client.call_tool("list_cases", {})).is_error

    talk(token, said)


def _end(user: User) -> None:
    agent_tokens.end(actor=user)
    database.close()


@pytest.mark.parametrize("token", ["", "dsr_wrong"])
def test_without_a_token_it_does_not_start(token: str, shared_database: None, tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "manage.py", "mcp"],
        cwd=PROJECT,
        env=environment(token, tmp_path),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert "token" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_half_a_surrogate_pair_in_an_answer_does_not_end_the_process(
    talk: Callable[[str, Talk], str], officer: User, connection: Connection, sandbox: Sandbox
) -> None:
    """A campaign that was cut amid an emoji, say: it can't be written in UTF-8, and neither could the answer."""
    half = "Sale \ud83d"
    report = {"fields": [{"key": half}], "rows": [[half]], "totals": [half]}
    sandbox.fault("body", path="data/query", body=json.dumps(report))
    person = {"data": {"contact_id": "1004", "first_name": half, "custom_fields": {half: half}, "lists": [half]}}
    sandbox.fault("body", object="contact", method="GET", body=json.dumps(person))

    async def said(client: Client) -> None:
        with anyio.fail_after(30):
            found = await client.call_tool("get_attribution_report", {"start": "2026-01-01", "end": "2026-01-31"})
            assert "Sale \N{REPLACEMENT CHARACTER}" in str(found.content)
            found = await client.call_tool("get_contact", {"contact_id": "1004"})
            assert "Sale \N{REPLACEMENT CHARACTER}" in str(found.content)
            assert not (await client.call_tool("list_cases", {})).is_error

    talk(agent_tokens.make(actor=officer, days=30), said)
