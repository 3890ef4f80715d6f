"""What an answer is made of, before it goes on the wire."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    body: Mapping[str, Any] | bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False
    """Half of the body is sent, and the connection dropped."""

    def encoded(self) -> tuple[bytes, str]:
        """The bytes and their content type."""
        if isinstance(self.body, bytes):
            return self.body, "text/html; charset=utf-8"
        return json.dumps(self.body).encode("ascii"), "application/json"


class Wrong(Exception):
    """What the vendor answers with a 4xx."""

    def __init__(self, status: int, *errors: str) -> None:
        super().__init__(status, *errors)
        self.status = status
        self.errors = errors

    def as_import(self) -> Response:
        return Response(self.status, {"status": "error", "errors": list(self.errors)})

    def as_oauth(self) -> Response:
        return Response(self.status, {"error": self.errors[0]})

    def as_read(self) -> Response:
        return Response(self.status, {"message": "; ".join(self.errors)})
