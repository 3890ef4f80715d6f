"""An address that can't be meant names nothing; it breaks no page."""

from __future__ import annotations

import pytest

from dsr.models import Case, Connection, User
from tests.builders import file_case
from tests.views.conftest import SignIn

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "address",
    [
        "/cases/approvals/?after=%00",
        "/admin/dsr/executedcall/?request=%00",
        "/admin/dsr/case/?state=%00",
        "/verify/?code=%00",
        "/verify/%00/",
    ],
)
def test_a_nul_in_it(address: str, approver: User, sign_in: SignIn) -> None:
    assert sign_in(approver).get(address).status_code == 404


def test_a_nul_among_the_chosen_requests(officer: User, connection: Connection, sign_in: SignIn) -> None:
    case = file_case(officer, connection)
    Case.objects.update(assigned_to=None)
    sent = {"case": ["\x00", case.reference], "officer": officer.pk}
    said = sign_in(officer).post("/cases/assign/", sent, follow=True)
    assert said.status_code == 200
    assert Case.objects.get().assigned_to == officer
