"""A database of its own on the server that `DATABASE_URL` names."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql


@contextmanager
def database(server: str) -> Iterator[str]:
    """The address of a new database, which is dropped in the end; "" where no server answers."""
    name = f"dsr_bench_{os.getpid()}"
    if not server:  # which would mean whatever this machine has
        yield ""
        return
    try:
        connection = psycopg.connect(server, autocommit=True, connect_timeout=5)
    except (psycopg.Error, UnicodeError):
        yield ""
        return
    with connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
