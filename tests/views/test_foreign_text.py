"""A name can't turn round, hide or imitate what stands beside it on a page where ids are typed."""

from __future__ import annotations

import pytest

from dsr.models import Connection, User
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import file_case, work
from tests.views.conftest import SignIn

pytestmark = pytest.mark.django_db
OVERRIDE = "\u202e"


def test_a_direction_override_is_shown_and_turns_nothing(
    sandbox: Sandbox, connection: Connection, officer: User, sign_in: SignIn
) -> None:
    sandbox.add_contact(contact_id="3010", email="turn@example.com", first_name="Nul", last_name=f"x{OVERRIDE}elpoeP")
    case = file_case(officer, connection, emails=["turn@example.com"], subject_name=f"Turn{OVERRIDE}ed")
    work()
    browser = sign_in(officer)
    for address in (f"/cases/{case.reference}/", "/", "/admin/dsr/case/"):
        page = browser.get(address).content.decode()
        assert OVERRIDE not in page, address
        assert "⟨U+202E⟩" in page, address
