"""The pages of notifications and preferences."""

from __future__ import annotations

import pytest
from django.utils import timezone

from dsr.models import Case, Preferences, User
from tests.views.conftest import SignIn

pytestmark = pytest.mark.django_db


def test_one_is_told_on_every_page_until_the_case_is_opened(
    approver: User, officer: User, waiting_case: Case, sign_in: SignIn
) -> None:
    browser = sign_in(approver)
    assert 'Notifications <span class="pill">1</span>' in browser.get("/").content.decode()
    page = browser.get("/notifications/").content.decode()
    assert f"{waiting_case.reference}</a>" in page
    assert "waits for a second approval" in page
    assert "Linda" not in page
    assert 'Notifications <span class="pill">1</span>' in page, "the list alone marks nothing as read"

    browser.get(f"/cases/{waiting_case.reference}/")

    assert "Notifications</a>" in browser.get("/").content.decode()
    assert "Notifications</a>" in sign_in(officer).get("/").content.decode()


def test_all_are_marked_as_read_and_only_one_s_own(
    approver: User, officer: User, waiting_case: Case, sign_in: SignIn
) -> None:
    sign_in(officer).post("/notifications/read/")
    assert approver.notifications.filter(read_at=None).exists()
    browser = sign_in(approver)
    browser.get("/notifications/read/")
    assert approver.notifications.filter(read_at=None).exists(), "an address alone does nothing"
    browser.post("/notifications/read/")
    assert not approver.notifications.filter(read_at=None).exists()


def test_an_empty_list_says_what_will_stand_there(officer: User, sign_in: SignIn) -> None:
    assert "Nothing to tell yet" in sign_in(officer).get("/notifications/").content.decode()


def test_preferences_are_kept_and_mistakes_are_said_beside_the_field(
    officer: User, second_officer: User, approver: User, sign_in: SignIn
) -> None:
    browser = sign_in(officer)
    page = browser.get("/preferences/").content.decode()
    assert second_officer.full_name in page
    assert approver.full_name not in page
    today = timezone.localdate().isoformat()
    wrong = browser.post("/preferences/", {"mails": "daily", "dates": "language", "away_from": today})
    assert wrong.status_code == 422
    assert 'id="id_away_until_error"' in wrong.content.decode()
    given = {
        "mails": "daily",
        "dates": "language",
        "away_from": today,
        "away_until": today,
        "substitute": second_officer.pk,
    }
    assert browser.post("/preferences/", {**given, "dates": "language"}).status_code == 302
    row = Preferences.of(officer)
    assert (row.mails, row.substitute) == ("daily", second_officer)
    assert f'value="{today}"' in browser.get("/preferences/").content.decode()


def test_an_approver_has_no_substitute(approver: User, sign_in: SignIn) -> None:
    assert "Who stands in for you" not in sign_in(approver).get("/preferences/").content.decode()
