"""A resolver that answers what a test says, and notes which numeric addresses were connected to."""

import ipaddress
import socket
from typing import Any

import pytest


class Resolver:
    """``answers``: for each name, what it leads to at the first question, the second, and so on (the last stays)."""

    def __init__(self) -> None:
        self.answers: dict[str, list[list[str]]] = {}
        self.asked: list[str] = []
        self.connected: list[str] = []
        self._real = socket.getaddrinfo

    def look_up(self, host: Any, port: Any, *rest: Any, **options: Any) -> Any:
        try:
            ipaddress.ip_address(host)
        except ValueError:
            pass
        else:  # a number leads to itself; a connection asks with its port
            if port:
                self.connected.append(host)
            return self._real(host, port, *rest, **options)
        self.asked.append(host)
        answers = self.answers.get(host)
        if not answers:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        addresses = answers.pop(0) if len(answers) > 1 else answers[0]
        return [found for address in addresses for found in self._real(address, port, *rest, **options)]


def install(monkeypatch: pytest.MonkeyPatch) -> Resolver:
    resolver = Resolver()
    monkeypatch.setattr(socket, "getaddrinfo", resolver.look_up)
    return resolver
