"""A recorded identity verification can be corrected until the case is prepared, and the trail keeps both."""

from __future__ import annotations

import pytest

from dsr.exceptions import WrongState
from dsr.models import AuditEntry, Connection, User
from dsr.services import approval, identity
from tests.builders import file_case, prepared

pytestmark = pytest.mark.django_db


def test_what_the_approver_found_thin_is_corrected_after_sending_back(
    connection: Connection, officer: User, approver: User
) -> None:
    case = prepared(file_case(officer, connection), officer)
    with pytest.raises(WrongState):
        identity.confirm(case=case, actor=officer, method="reply")
    approval.send_back(case=case, actor=approver, reason="identity is thin")
    identity.confirm(case=case, actor=officer, method="known_facts", note="two order numbers")
    assert (case.identity, case.identity_method) == ("confirmed", "known_facts")
    methods = AuditEntry.objects.filter(verb="identity_confirmed").values_list("facts__method", flat=True)
    assert list(methods) == ["signed_letter", "known_facts"]
    with pytest.raises(WrongState):
        identity.ask(case=case, actor=officer)
