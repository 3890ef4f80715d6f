"""Tags of odd names, given to a contact or taken from it outside of a request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from dsr.actions import READS, Action
from dsr.exceptions import InvalidInput
from dsr.models import Connection, User
from dsr.services import contact_tags
from dsr.services.contact_changes import Sent
from dsr.services.using import Behalf
from segmetrics_client import TagRef
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import make_connection

pytestmark = pytest.mark.django_db


@pytest.fixture
def connection(db: None, sandbox: Sandbox) -> Connection:
    may = [*READS, Action.ADD_CONTACT_TAGS, Action.REMOVE_CONTACT_TAGS]
    return make_connection(sandbox, granted=may, may_delete=False)


def change(
    connection: Connection,
    officer: User,
    *,
    contact_id: str = "1004",
    add: Sequence[str] = (),
    remove: Sequence[str] = (),
) -> Sent:
    about: dict[str, Any] = {"connection": connection, "behalf": Behalf(person=officer), "contact_id": contact_id}
    plan = contact_tags.plan_tags(**about, integration_id="", add=add, remove=remove)
    return contact_tags.change_tags(**about, integration_id="", add=add, remove=remove, seen=plan.seen)


def tags_of(sandbox: Sandbox, contact_id: str = "1004") -> list[str]:
    return sorted(row["name"] for row in sandbox.state()["tags"] if row["contact_id"] == contact_id)


def test_a_number_is_given_to_nobody_since_it_would_be_another_tags_id(
    connection: Connection, officer: User, sandbox: Sandbox
) -> None:
    vip = next(row["tag_id"] for row in sandbox.state()["tags"] if row["name"] == "VIP")
    sandbox.add_contact(contact_id="60", email="noemi@example.com")
    with pytest.raises(InvalidInput, match="isn't a number"):
        change(connection, officer, contact_id="60", add=[vip])
    assert tags_of(sandbox, "60") == []


def test_a_tag_whose_name_is_a_number_is_taken_and_no_other(
    connection: Connection, officer: User, sandbox: Sandbox
) -> None:
    vip = next(row["tag_id"] for row in sandbox.state()["tags"] if row["name"] == "VIP")
    with sandbox.client() as client:
        client.tags.add("1004", [TagRef(id="9001", name=vip)])
    assert change(connection, officer, remove=[vip]).is_read_back
    assert tags_of(sandbox) == ["Buyer", "Newsletter", "VIP"]


def test_of_two_tags_that_differ_by_a_space_the_one_that_was_chosen_is_taken(
    connection: Connection, officer: User, sandbox: Sandbox
) -> None:
    with sandbox.client() as client:
        client.tags.add("1004", ["VIP "])
    assert change(connection, officer, remove=["VIP "]).is_read_back
    assert tags_of(sandbox) == ["Buyer", "Newsletter", "VIP"]
    assert change(connection, officer, remove=[" VIP "]).is_read_back, "typed"
    assert tags_of(sandbox) == ["Buyer", "Newsletter"]


def test_an_id_with_spaces_around_it_is_written_to_as_it_was_read(
    connection: Connection, officer: User, sandbox: Sandbox
) -> None:
    assert change(connection, officer, contact_id=" 1004 ", add=["Gold"]).is_read_back
    assert "Gold" in tags_of(sandbox)
