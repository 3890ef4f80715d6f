"""A recorded identity verification can be corrected until the case is prepared, and the trail keeps both."""

from __future__ import annotations

import pytest

from dsr.exceptions import WrongState
from dsr.models import AuditEntry, Connection, User
from dsr.services import approval, identity
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import approve, file_case, prepared, work

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


def test_under_an_approval_it_stays_as_the_evidence_says(
    connection: Connection, officer: User, approver: User, sandbox: Sandbox
) -> None:
    case = prepared(file_case(officer, connection), officer)
    approve(case, approver)
    sandbox.fault("status", status=401, times=None)
    work()
    case.refresh_from_db()
    assert (case.state, case.attention) == ("needs_attention", "key_refused")
    with pytest.raises(WrongState):
        identity.confirm(case=case, actor=officer, method="other", note="said so on the phone")
    assert case.identity_method == "signed_letter"
