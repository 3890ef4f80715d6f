"""The tools: all that an AI client can ask for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from dsr.actions import READS, Action
from dsr.agents import filing, reading
from dsr.agents.inputs import READING, FileRequest, GetCase, ListCases
from dsr.connectors import looking
from dsr.services.agent_tokens import Limit

CALLS = Limit("calls", most=30, seconds=60)
"""Of all tools together."""
LOOKS = Limit("looks", most=300, seconds=24 * 60 * 60)
FILINGS = Limit("filings", most=20, seconds=24 * 60 * 60)


@dataclass(frozen=True, slots=True)
class Tool:
    name: str
    description: str
    input: type[BaseModel]
    do: Callable[[Any, Any], dict[str, Any]]
    limits: tuple[Limit, ...] = ()
    only_reads: bool = True


def _of_action(action: Action) -> Tool:
    return Tool(
        action.value,
        f"{looking.DESCRIPTIONS[action]} From SegMetrics; counted in the audit log.",
        READING[action],
        reading.from_segmetrics(action),
        limits=(LOOKS,),
    )


TOOLS: dict[str, Tool] = {
    tool.name: tool
    for tool in (
        *(_of_action(action) for action in READS),
        Tool(
            "list_cases",
            "List requests: reference, kind, state and due date.",
            ListCases,
            reading.list_cases,
        ),
        Tool("get_case", "One request: reference, kind, state and due date.", GetCase, reading.get_case),
        Tool(
            "file_request",
            "File a request of any kind. A person confirms, decides and approves everything after that.",
            FileRequest,
            filing.file_request,
            limits=(FILINGS,),
            only_reads=False,
        ),
    )
}
