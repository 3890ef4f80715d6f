"""A catalogue that is synced product by product, while the connection is changed."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from dsr.actions import READS, Action
from dsr.exceptions import NotGranted
from dsr.models import User
from dsr.services import catalogue_sync, connections
from dsr.services.using import Behalf
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import make_connection

pytestmark = pytest.mark.django_db


def test_a_grant_that_is_taken_meanwhile_ends_it_before_the_next_product(
    officer: User, administrator: User, sandbox: Sandbox
) -> None:
    connection = make_connection(sandbox, granted=[*READS, Action.CREATE_PRODUCT], may_delete=False)
    asked: dict[str, Any] = {"connection": connection, "behalf": Behalf(person=officer)}
    file = SimpleUploadedFile("products.csv", b"id,name\n1,One\n2,Two\n")
    sending = catalogue_sync.carry_out(catalogue_sync.plan(**asked, integration_id="", file=file), **asked)
    next(sending)
    connections.grant(connection=connection, actor=administrator, actions=[*READS])
    with pytest.raises(NotGranted, match="Create or rename"):
        next(sending)
    assert [row["id"] for row in sandbox.state()["products"] if row["id"] in {"1", "2"}] == ["1"]
