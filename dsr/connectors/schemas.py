"""The JSON Schemas of the twelve actions, in the shape in which AI clients are told of tools (MCP)."""

from __future__ import annotations

import json
from typing import Any

from dsr.actions import READS
from segmetrics_client import actions as typed


def schema_of(action: typed.Action) -> dict[str, Any]:
    """One action as a tool. `x-callable-by-agents` says whether `manage.py mcp` offers it: only what reads."""
    is_read = action.name in READS
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "name": action.name,
        "description": action.description,
        "inputSchema": action.schema(),
        "annotations": {"readOnlyHint": is_read, "destructiveHint": action.effect == "irreversible"},
        "x-callable-by-agents": is_read,
    }


def texts() -> dict[str, str]:
    """By the action's name, what its file holds."""
    return {
        name: json.dumps(schema_of(action), indent=2, ensure_ascii=False) + "\n"
        for name, action in typed.ACTIONS.items()
    }
