"""A restore brings no calendar address back: one that was ended since the backup would answer again."""

from __future__ import annotations

import pytest

from dsr.backup import replaying
from dsr.models import User
from dsr.services import calendars, noting
from tests.rewinding import Mark

pytestmark = pytest.mark.django_db


def test_an_address_that_was_ended_since_the_backup_answers_nothing(officer: User) -> None:
    token = calendars.make(actor=officer)
    backup = Mark.here()
    calendars.end(actor=officer)
    noting.anchor()
    backup.rewind(ledger_too=False)
    assert calendars.reader_of(token) == officer

    replaying.finish(api_keys={})

    assert calendars.reader_of(token) is None
