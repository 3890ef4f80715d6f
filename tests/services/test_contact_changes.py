"""What is typed in the place of an id."""

from __future__ import annotations

import pytest

from dsr.actions import READS, Action
from dsr.exceptions import InvalidInput
from dsr.models import AuditEntry, User
from dsr.services import contact_changes
from dsr.services.using import Behalf
from segmetrics_client.sandbox.people import Place
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import make_connection

pytestmark = pytest.mark.django_db


def test_a_name_in_the_place_of_a_new_id_is_not_noted(officer: User, sandbox: Sandbox) -> None:
    """The audit log outlives every purge, and would hold what was typed."""
    connection, behalf = make_connection(sandbox, granted=[*READS, Action.UPSERT_CONTACT]), Behalf(person=officer)
    with pytest.raises(InvalidInput) as refused:
        contact_changes.change(
            connection=connection,
            behalf=behalf,
            contact_id="Noemi Formula",
            integration_id="",
            fields={"first_name": "Noemi"},
            seen=contact_changes.seen_of(
                connection,
                "int9",
                "Noemi Formula",
                [contact_changes.Difference(field="first_name", before="", after="Noemi")],
            ),
        )
    assert refused.value.field == "contact_id"
    assert "Noemi" not in str(list(AuditEntry.objects.values_list("facts", flat=True)))


def test_an_address_that_is_kept_in_lower_case_reads_as_it_was_asked_for(
    officer: User, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    save = Place.save_contact
    monkeypatch.setattr(Place, "save_contact", lambda place, who, email, given: save(place, who, email.lower(), given))
    connection, behalf = make_connection(sandbox, granted=[*READS, Action.UPSERT_CONTACT]), Behalf(person=officer)
    fields = {"email": "Lynda@Example.com"}
    plan = contact_changes.plan_change(
        connection=connection, behalf=behalf, contact_id="1004", integration_id="int9", fields=fields
    )
    sent = contact_changes.change(
        connection=connection, behalf=behalf, contact_id="1004", integration_id="int9", fields=fields, seen=plan.seen
    )
    assert sent.is_read_back
