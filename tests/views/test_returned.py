"""The case page of somebody who came back."""

from __future__ import annotations

import pytest
from django.utils import timezone

from dsr.models import Case, Connection, Returned, User
from tests.builders import approve, file_case, prepared, work
from tests.path.driving import draw_nothing
from tests.views.conftest import SignIn

pytestmark = pytest.mark.django_db


@pytest.fixture
def returned(officer: User, approver: User, connection: Connection, monkeypatch: pytest.MonkeyPatch) -> Returned:
    draw_nothing(monkeypatch)
    case = prepared(file_case(officer, connection), officer)
    approve(case, approver)
    work()
    return Returned.objects.create(case=case, contact_id="5005", seen_at=timezone.now())


def test_one_click_files_the_follow_up(returned: Returned, officer: User, sign_in: SignIn) -> None:
    browser = sign_in(officer)
    here = f"/cases/{returned.case.reference}/"
    assert "Contact 5005 carries an address of this person again" in browser.get(here).content.decode()
    browser.get(f"{here}returned/{returned.pk}/follow-up/")
    assert Case.objects.count() == 1, "an address alone does nothing"
    page = browser.post(f"{here}returned/{returned.pk}/follow-up/", follow=True).content.decode()
    new = Case.objects.latest("pk")
    assert f'href="/cases/{new.reference}/"' in page
    assert "File a follow-up request" not in page


def test_a_second_click_files_nothing_more(returned: Returned, officer: User, sign_in: SignIn) -> None:
    browser = sign_in(officer)
    there = f"/cases/{returned.case.reference}/returned/{returned.pk}/follow-up/"
    browser.post(there)
    again = browser.post(there)
    assert again.status_code == 409
    assert "This was settled already. Look at the case again." in again.content.decode()
    assert Case.objects.count() == 2


def test_or_it_is_noted_that_nothing_has_to_be_done(
    returned: Returned, officer: User, approver: User, sign_in: SignIn
) -> None:
    browser = sign_in(officer)
    here = f"/cases/{returned.case.reference}/"
    wrong = browser.post(f"{here}returned/{returned.pk}/dismiss/", {"reason": ""})
    assert wrong.status_code == 422
    assert f'id="returned_{returned.pk}_reason_error"' in wrong.content.decode()
    page = browser.post(f"{here}returned/{returned.pk}/dismiss/", {"reason": "bought again"}, follow=True)
    assert "No follow-up is needed." in page.content.decode()
    assert "File a follow-up request" not in sign_in(approver).get(here).content.decode()


def test_another_case_s_is_not_settled_here(
    returned: Returned, officer: User, connection: Connection, sign_in: SignIn
) -> None:
    other = file_case(officer, connection)
    answer = sign_in(officer).post(f"/cases/{other.reference}/returned/{returned.pk}/follow-up/")
    assert answer.status_code == 404
