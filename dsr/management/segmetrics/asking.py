"""Who asks, over which connection: the same options for every word of the command."""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import dataclass
from typing import Any

from dsr.exceptions import InvalidInput, NotAllowed
from dsr.management.segmetrics.terminal import Terminal
from dsr.models import Connection, User
from dsr.services.using import Behalf, Through


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One run of the command."""

    terminal: Terminal
    connection: Connection
    behalf: Behalf
    options: dict[str, Any]


def add_common(parser: ArgumentParser, *, writes: bool = False) -> None:
    parser.add_argument(
        "--as", dest="person", required=True, metavar="ADDRESS", help="on whose behalf: a user's e-mail"
    )
    parser.add_argument("--connection", default="", metavar="NAME", help="its name or number; may be left out for one")
    parser.add_argument("--json", action="store_true", help="one JSON document instead of tables")
    if writes:
        parser.add_argument("--integration", default="", metavar="ID", help="where to write; may be left out for one")
        parser.add_argument("--dry-run", action="store_true", help="show what would be sent, and send nothing")
        parser.add_argument("--yes", action="store_true", help="don't ask before it is sent")


def person_of(address: str) -> User:
    """Raises `NotAllowed` where nobody active has this address."""
    found = User.objects.filter(email__iexact=address.strip(), is_active=True).first()
    if found is None:
        raise NotAllowed("No active user has the address given with --as.")
    return found


def connection_of(named: str) -> Connection:
    """The connection with this name or number, or the only one in use. Raises `InvalidInput`."""
    active = Connection.objects.filter(is_active=True)
    if named:
        found = active.filter(name=named).first() or (
            active.filter(pk=int(named)).first() if named.isdecimal() else None
        )
        if found is None:
            raise InvalidInput("No connection in use has this name or number.")
        return found
    only = list(active[:2])
    if len(only) != 1:
        raise InvalidInput("Say which connection: --connection NAME." if only else "No connection is in use.")
    return only[0]


def behalf_of(address: str) -> Behalf:
    return Behalf(person=person_of(address), through=Through.TERMINAL)
