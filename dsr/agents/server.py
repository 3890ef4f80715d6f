"""The tools by the Model Context Protocol, over standard input and output. The only importer of `mcp`."""

from __future__ import annotations

import json
import logging
from functools import partial
from typing import Any

import anyio
import anyio.to_thread
from django.db import close_old_connections, connections
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import NotificationOptions, Server
from mcp.server.stdio import stdio_server
from mcp_types import (
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    ToolAnnotations,
)
from mcp_types import Tool as Listed

from dsr.agents.calling import NOTICE, Refused, call
from dsr.agents.tools import TOOLS, Tool

_INSTRUCTIONS = (
    "DSR Desk handles requests of people about their personal data (GDPR). You read and file requests with the rights "
    f"of one member of staff. Everything else is done by people on its pages: nothing here confirms who somebody is, "
    f"decides, approves or deletes. {NOTICE}"
)
_log = logging.getLogger(__name__)


def server(token: str) -> Server[Any]:
    """A server whose every call has the rights of this token's owner, asked anew each time."""
    one_at_a_time = anyio.CapacityLimiter(1)

    async def list_tools(_: ServerRequestContext[Any], __: PaginatedRequestParams | None) -> ListToolsResult:
        return ListToolsResult(tools=[_listed(tool) for tool in TOOLS.values()])

    async def call_tool(_: ServerRequestContext[Any], asked: CallToolRequestParams) -> CallToolResult:
        answering = partial(_answer, token, asked.name, asked.arguments or {})
        return await anyio.to_thread.run_sync(answering, limiter=one_at_a_time)

    return Server("dsr-desk", instructions=_INSTRUCTIONS, on_list_tools=list_tools, on_call_tool=call_tool)


async def serve(token: str) -> None:
    """Answer on standard input and output until the client closes it."""
    answering = server(token)
    async with stdio_server() as (reading, writing):
        await answering.run(reading, writing, answering.create_initialization_options(NotificationOptions()))


def _answer(token: str, name: str, arguments: dict[str, Any]) -> CallToolResult:
    close_old_connections()
    try:
        answer = call(token=token, name=name, arguments=arguments)
    except Refused as error:
        return CallToolResult(content=[TextContent(type="text", text=str(error))], is_error=True)
    except Exception as error:  # the text may quote a person's data, so nothing of it leaves
        _log.exception("a tool failed: %s", type(error).__name__)
        failed = TextContent(type="text", text="This failed. Whoever runs DSR Desk finds the place in its log.")
        return CallToolResult(content=[failed], is_error=True)
    finally:
        connections.close_all()
    text = json.dumps(answer, ensure_ascii=False)
    return CallToolResult(content=[TextContent(type="text", text=text)], structured_content=answer)


def _listed(tool: Tool) -> Listed:
    hints = ToolAnnotations(
        read_only_hint=tool.only_reads, destructive_hint=False, idempotent_hint=tool.only_reads, open_world_hint=True
    )
    schema = tool.input.model_json_schema()
    return Listed(name=tool.name, description=tool.description, input_schema=schema, annotations=hints)
