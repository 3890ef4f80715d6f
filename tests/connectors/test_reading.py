"""A contact's answer on its way: asked for anew where it broke, left where it is too large, gone after the run."""

from __future__ import annotations

import dataclasses
from contextlib import suppress
from pathlib import Path

import pytest
from pytest_django import Settings

from dsr import storage
from dsr.connectors.segmetrics import Account
from dsr.exceptions import NeedsPerson, TryLater
from dsr.models import Connection
from segmetrics_client import Extend
from segmetrics_client.sandbox.testing import Sandbox

pytestmark = pytest.mark.django_db


def spools() -> int:
    """How many files without a name are open in the data directory."""
    count = 0
    for entry in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            count += str(entry.readlink()).startswith(str(storage.root()))
    return count


def test_one_that_was_cut_is_read_as_if_it_had_not_been(sandbox: Sandbox, connection: Connection) -> None:
    with Account(connection) as account:
        whole = account.read("1004")
        sandbox.fault("cut", object="contact")
        again = account.read("1004")
    assert whole
    assert again
    assert again.content_digest == whole.content_digest
    assert again.summary == whole.summary


def test_one_that_is_cut_each_time_is_tried_later(sandbox: Sandbox, connection: Connection) -> None:
    sandbox.fault("cut", object="contact", times=None)
    with Account(connection) as account, pytest.raises(TryLater):
        account.read("1004")


def test_one_that_is_too_large_goes_to_a_person(sandbox: Sandbox, connection: Connection, settings: Settings) -> None:
    settings.ENV = dataclasses.replace(settings.ENV, answer_limit=1_000)
    with Account(connection) as account, pytest.raises(NeedsPerson) as caught:
        account.read("1004")
    assert caught.value.code == "answer_too_large"


def test_what_is_kept_is_there_to_the_byte_until_the_account_is_closed(
    sandbox: Sandbox, connection: Connection
) -> None:
    with Account(connection) as account:
        kept = account.keep("1004")
        assert kept
        with sandbox.client() as segmetrics:
            raw = segmetrics.contacts.get_raw("1004", extend=Extend.ALL).content
        assert b"".join(kept.raw.chunks()) == raw
        account.read("1004")
        assert spools() == 1
    assert spools() == 0


def test_nothing_is_kept_of_what_failed(sandbox: Sandbox, connection: Connection) -> None:
    with Account(connection) as account:
        assert account.keep("1") is None
        sandbox.fault("malformed_json", object="contact")
        with pytest.raises(NeedsPerson):
            account.keep("1004")
    assert spools() == 0
    assert not [path for path in storage.root().rglob("*") if path.is_file()]
