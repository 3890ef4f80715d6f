"""`manage.py mcp`: what an AI client starts to read and to file requests, under the rights of one person."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from dsr.exceptions import NotAllowed
from dsr.services import agent_tokens


class Command(BaseCommand):
    help = "Serves an AI client on standard input and output (Model Context Protocol). DSR_MCP_TOKEN says for whom."

    def handle(self, *args: Any, **options: Any) -> None:
        token = settings.ENV.mcp_token
        if not token:
            raise CommandError("Set DSR_MCP_TOKEN to a token that was made under Preferences.")
        try:
            agent_tokens.used(token)
        except NotAllowed as error:
            raise CommandError(str(error)) from None
        try:
            import anyio  # noqa: PLC0415 - the optional packages

            from dsr.agents.server import serve  # noqa: PLC0415
        except ImportError:
            raise CommandError(
                "The packages for AI clients aren't installed: pip install --require-hashes -r requirements-agents.lock"
            ) from None
        anyio.run(serve, token)
