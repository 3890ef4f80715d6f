"""A restore brings no hand-over link back: what was revoked since the backup is as good as lost with the database."""

from __future__ import annotations

import pytest

from dsr import ledger
from dsr.backup import replaying
from dsr.exceptions import LedgerUnfit
from dsr.models import AuditEntry, Connection, HandOver, User
from dsr.services import handover_links
from dsr.states import Kind
from tests.builders import file_case, packed, prepared
from tests.path.driving import draw_nothing
from tests.rewinding import Mark

pytestmark = pytest.mark.django_db


def test_a_link_that_was_revoked_since_the_backup_opens_nothing(
    connection: Connection, officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw_nothing(monkeypatch)
    case = packed(prepared(file_case(officer, connection, kind=Kind.ACCESS), officer))
    made = handover_links.create(case=case, actor=officer, days=14)
    backup = Mark.here()
    handover_links.revoke(link=made.link, actor=officer)
    backup.rewind(ledger_too=False)

    assert "manage.py restore --finish" in ledger.refusal()
    for refused in (
        lambda: handover_links.open_by(token=made.token, code=made.code),
        lambda: handover_links.create(case=case, actor=officer, days=14),
    ):
        with pytest.raises(LedgerUnfit):
            refused()
    assert HandOver.objects.get().downloads == 0

    report = replaying.finish(api_keys={})

    assert report.links == 1
    assert AuditEntry.objects.get(verb="restored").facts["links"] == 1
    assert handover_links.open_by(token=made.token, code=made.code) is None
    again = handover_links.create(case=case, actor=officer, days=14)
    assert handover_links.open_by(token=again.token, code=again.code)
