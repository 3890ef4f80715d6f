"""The page of the safeguards, what leads there, the notices, and the button that stops a deletion."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from dsr.models import Approval, Case, Connection, SafeguardChange, Safeguards, User
from dsr.permissions import Role, roles_of
from dsr.services import connections, safeguards, users
from tests.builders import PASSWORD, approve, grant_all, make_user, set_levels
from tests.marks import seen_on
from tests.views.conftest import SignIn

PAGE = "/safeguards/"


@pytest.fixture(autouse=True)
def _strict(db: None) -> None:
    set_levels(cooling_off_minutes=60, approvals_per_day=20, mfa_roles=[])


def typed(**changes: object) -> dict[str, object]:
    return {"cooling_off_minutes": 60, "approvals_per_day": 20, "mfa_roles": [], **changes}


def send(browser: Client, fields: dict[str, object]) -> HttpResponse:
    """Save the levels, having read what they are."""
    return browser.post(PAGE, fields | seen_on(browser, PAGE), follow=True)  # type: ignore[return-value]


def test_one_asks_on_the_page_and_another_grants_there(
    administrator: User, second_administrator: User, sign_in: SignIn
) -> None:
    mine, theirs = sign_in(administrator), sign_in(second_administrator)
    page = send(mine, typed(cooling_off_minutes=10, reason="a busy month")).content.decode()
    assert "another administrator has to grant it" in page
    assert "Shorten the time between approval and deletion: 10 minutes" in page
    assert "You asked for this, so another administrator decides" in page
    change = SafeguardChange.objects.get()
    assert f"/safeguards/{change.pk}/grant/" not in page

    assert Safeguards.current().cooling_off_minutes == 60
    refused = mine.post(f"/safeguards/{change.pk}/grant/", follow=True).content.decode()
    assert "You asked for this yourself" in refused
    assert Safeguards.current().cooling_off_minutes == 60

    assert f"/safeguards/{change.pk}/grant/" in theirs.get(PAGE).content.decode()
    page = theirs.post(f"/safeguards/{change.pk}/grant/", follow=True).content.decode()
    assert "Granted. It holds now." in page
    assert Safeguards.current().cooling_off_minutes == 10


def test_stricter_is_saved_at_once(administrator: User, sign_in: SignIn) -> None:
    page = send(sign_in(administrator), typed(approvals_per_day=5)).content.decode()
    assert "Saved." in page
    assert Safeguards.current().approvals_per_day == 5


@pytest.mark.parametrize(
    ("changes", "beside"),
    [
        ({"cooling_off_minutes": 10}, 'id="id_reason_error"'),
        ({"cooling_off_minutes": ""}, 'id="id_cooling_off_minutes_error"'),
        ({"cooling_off_minutes": 10_081}, 'id="id_cooling_off_minutes_error"'),
        ({"approvals_per_day": 0}, 'id="id_approvals_per_day_error"'),
        ({"mfa_roles": ["Emperor"]}, 'id="id_mfa_roles_error"'),
    ],
)
def test_an_error_stands_beside_its_field(
    administrator: User, sign_in: SignIn, changes: dict[str, object], beside: str
) -> None:
    answer = send(sign_in(administrator), typed(**changes))
    assert answer.status_code == 422
    assert beside in answer.content.decode()
    assert Safeguards.current().cooling_off_minutes == 60
    assert not SafeguardChange.objects.exists()


def test_decline_and_withdraw(administrator: User, second_administrator: User, sign_in: SignIn) -> None:
    mine, theirs = sign_in(administrator), sign_in(second_administrator)
    send(mine, typed(approvals_per_day=30, reason="a busy month"))
    theirs.post(f"/safeguards/{SafeguardChange.objects.latest('pk').pk}/decline/")
    send(mine, typed(approvals_per_day=40, reason="a busier month"))
    mine.post(f"/safeguards/{SafeguardChange.objects.latest('pk').pk}/withdraw/")
    page = theirs.get(PAGE).content.decode()
    assert "Mia Admin declined what Max Admin asked for" in page
    assert "Max Admin withdrew what they had asked for" in page
    assert Safeguards.current().approvals_per_day == 20


def test_what_is_not_there_is_told(administrator: User, sign_in: SignIn) -> None:
    assert sign_in(administrator).post("/safeguards/999/grant/").status_code == 404


def test_officers_approvers_and_administrators_see_it_on_the_dashboard_and_auditors_do_not(
    officer: User, approver: User, auditor: User, administrator: User, second_administrator: User, sign_in: SignIn
) -> None:
    users.set_roles(actor=administrator, user=auditor, roles=["Auditor", "Approver"], reason="short of approvers")
    for user in (officer, approver, administrator, second_administrator):
        page = sign_in(user).get("/").content.decode()
        assert "Max Admin asks to weaken a safeguard. Give roles: Adi Auditor, Approver." in page
        assert "short of approvers" in page
    assert "weaken a safeguard" not in sign_in(auditor).get("/").content.decode()


def test_a_lone_administrator_is_told_that_a_second_one_is_needed(
    administrator: User, officer: User, sign_in: SignIn
) -> None:
    for page in ("/", PAGE):
        assert "A second administrator is needed" in sign_in(administrator).get(page).content.decode()
    assert "A second administrator is needed" not in sign_in(officer).get("/").content.decode()
    make_user("mia@example.com", "Mia Admin", Role.ADMINISTRATOR)
    for page in ("/", PAGE):
        assert "A second administrator is needed" not in sign_in(administrator).get(page).content.decode()


def test_the_menu_counts_what_one_may_decide_on(
    administrator: User, second_administrator: User, sign_in: SignIn
) -> None:
    safeguards.ask(actor=administrator, kind="daily_limit", reason="a busy month", payload={"approvals": 30})

    def count(user: User) -> str:
        item = re.search(r'href="/safeguards/".*?</a>', sign_in(user).get("/").content.decode(), re.DOTALL)
        assert item
        return re.sub(r"<[^>]+>|\s", "", item[0].partition(">")[2])

    assert count(second_administrator) == "Safeguards1"
    assert count(administrator) == "Safeguards"


def test_a_connection_gets_and_loses_its_right_on_its_page(
    administrator: User, second_administrator: User, connection: Connection, sign_in: SignIn
) -> None:
    browser, page = sign_in(administrator), f"/admin/dsr/connection/{connection.pk}/change/"
    assert "Take the right to delete away" in browser.get(page).content.decode()
    browser.post(f"/admin/dsr/connection/{connection.pk}/deleting/take/")
    assert not Connection.objects.get().may_delete
    assert "Ask for the right to delete" in browser.get(page).content.decode()

    ask = f"/admin/dsr/connection/{connection.pk}/deleting/ask/"
    assert "Say why" in browser.post(ask, follow=True).content.decode()
    assert "Asked for" in browser.post(ask, {"reason": "tested it"}, follow=True).content.decode()
    assert "waits for another administrator" in browser.get(page).content.decode()
    assert not Connection.objects.get().may_delete
    grant_all(second_administrator)
    assert Connection.objects.get().may_delete


@pytest.mark.parametrize("target", ["deleting/ask/", "deleting/take/", "unique-ids/ask/", "unique-ids/take/"])
def test_nobody_but_an_administrator_touches_the_right(
    target: str, officer: User, approver: User, auditor: User, connection: Connection, sign_in: SignIn
) -> None:
    for user in (officer, approver, auditor):
        answer = sign_in(user).post(f"/admin/dsr/connection/{connection.pk}/{target}", {"reason": "x"})
        assert answer.status_code == 403
    assert Connection.objects.get().may_delete
    assert not SafeguardChange.objects.exists()


def test_a_form_can_not_slip_the_right_in(
    administrator: User, connection: Connection, sign_in: SignIn, officer: User
) -> None:
    connections.take_delete_right(actor=administrator, connection=connection)
    row = connection.integrations.get()
    browser, page = sign_in(administrator), f"/admin/dsr/connection/{connection.pk}/change/"
    browser.post(
        page,
        {
            **seen_on(browser, page),
            "name": "Renamed",
            "environment": "production",
            "account_id": connection.account_id,
            "read_url": connection.read_url,
            "import_url": connection.import_url,
            "rate_per_minute": 600,
            "report_days": 365,
            "report_pages": 20,
            "is_active": "on",
            "may_delete": "on",
            "ids_unique_in_account": "on",
            "integrations-TOTAL_FORMS": 1,
            "integrations-INITIAL_FORMS": 1,
            "integrations-0-id": row.pk,
            "integrations-0-integration_id": row.integration_id,
            "integrations-0-label": row.label,
        },
    )
    connection.refresh_from_db()
    assert connection.name == "Renamed"
    assert not connection.may_delete
    assert not connection.ids_unique_in_account


def test_that_ids_are_unique_is_asked_for_on_its_page_and_granted_by_another(
    administrator: User, second_administrator: User, connection: Connection, sign_in: SignIn
) -> None:
    page, browser = f"/admin/dsr/connection/{connection.pk}/", sign_in(administrator)
    browser.post(f"{page}unique-ids/ask/", {"reason": "SegMetrics wrote so"})
    assert "waits for another administrator" in browser.get(f"{page}change/").content.decode()
    assert not Connection.objects.get().ids_unique_in_account

    waiting = SafeguardChange.objects.get()
    sign_in(second_administrator).post(f"/safeguards/{waiting.pk}/grant/")
    assert Connection.objects.get().ids_unique_in_account

    browser.post(f"{page}unique-ids/take/")
    assert not Connection.objects.get().ids_unique_in_account


def test_without_the_right_the_approver_is_told_and_nothing_is_approved(
    administrator: User, approver: User, waiting_case: Case, connection: Connection, sign_in: SignIn
) -> None:
    connections.take_delete_right(actor=administrator, connection=connection)
    browser, plan = sign_in(approver), waiting_case.current_plan
    assert plan
    assert "no right to delete" in browser.get(f"/cases/{waiting_case.reference}/").content.decode()
    answer = browser.post(
        f"/cases/{waiting_case.reference}/approve/",
        {"typed_ids": "1004", "password": PASSWORD, "fingerprint": plan.fingerprint},
    )
    assert answer.status_code == 409
    assert not Approval.objects.exists()


def test_the_limit_of_the_day_is_told_on_the_page(approver: User, waiting_case: Case, sign_in: SignIn) -> None:
    set_levels(approvals_per_day=0)
    plan = waiting_case.current_plan
    assert plan
    answer = sign_in(approver).post(
        f"/cases/{waiting_case.reference}/approve/",
        {"typed_ids": "1004", "password": PASSWORD, "fingerprint": plan.fingerprint},
    )
    assert answer.status_code == 409
    assert "Go on tomorrow" in answer.content.decode()


@pytest.fixture
def cooling_case(waiting_case: Case, approver: User) -> Case:
    approve(waiting_case, approver)
    return waiting_case


def address(case: Case, end: str = "") -> str:
    return f"/cases/{case.reference}/{end}"


def test_the_page_says_when_it_starts_and_stops_it(cooling_case: Case, officer: User, sign_in: SignIn) -> None:
    starts = timezone.localtime(Approval.objects.get().deletes_from)
    browser = sign_in(officer)
    page = browser.get(address(cooling_case)).content.decode()
    words = f"{starts:%H:%M}" if starts.date() == timezone.localdate() else f"{starts:%H:%M}, "
    assert f"Deletion starts at {words}" in page
    assert "Until then you can stop it." in page
    assert "hx-get" in page, "it goes on asking"

    page = browser.post(
        address(cooling_case, "stop/"), {"reason": "wait for the invoice"}, follow=True
    ).content.decode()
    assert "Stopped before anything was done" in page
    assert "The deletion was stopped by Anna Officer:" in page
    assert "wait for the invoice" in page
    cooling_case.refresh_from_db()
    assert cooling_case.state == "review"


def test_without_a_reason_it_is_asked_for(cooling_case: Case, approver: User, sign_in: SignIn) -> None:
    answer = sign_in(approver).post(address(cooling_case, "stop/"), {"reason": ""})
    assert answer.status_code == 422
    assert 'id="stop_reason_error"' in answer.content.decode()
    cooling_case.refresh_from_db()
    assert cooling_case.state == "erasing"


def test_who_may_not_stop_it_sees_when_it_starts_and_no_button(
    cooling_case: Case, auditor: User, sign_in: SignIn
) -> None:
    for user in (auditor, make_user("cleo@example.com", "Cleo Approver", Role.APPROVER)):
        browser: Client = sign_in(user)
        page = browser.get(address(cooling_case)).content.decode()
        assert "Deletion starts at" in page
        assert "Until then you can stop it" not in page
        assert "/stop/" not in page
        assert browser.post(address(cooling_case, "stop/"), {"reason": "x"}).status_code == 409
    cooling_case.refresh_from_db()
    assert cooling_case.state == "erasing"


def test_the_progress_goes_on_and_the_page_loads_anew_once_the_time_is_over(
    cooling_case: Case, officer: User, sign_in: SignIn, settings: Settings
) -> None:
    settings.ENV = dataclasses.replace(settings.ENV, session_idle_minutes=24 * 60)
    browser = sign_in(officer)
    page = browser.get(address(cooling_case)).content.decode()
    ask = re.search(r'hx-get="([^"]+)"', page)
    assert ask
    asked = ask[1].replace("&amp;", "&")
    first = browser.get(asked)
    assert first.status_code == 200
    assert "Nothing has been done at SegMetrics" in first.content.decode()
    with time_machine.travel(Approval.objects.get().deletes_from + dt.timedelta(seconds=1)):
        again = browser.get(asked)
    assert (again.status_code, again["HX-Refresh"]) == (204, "true")


def test_an_approver_who_left_is_not_told_as_waiting(
    cooling_case: Case, approver: User, administrator: User, officer: User, sign_in: SignIn
) -> None:
    users.deactivate(actor=administrator, user=approver)
    page = sign_in(officer).get(address(cooling_case)).content.decode()
    assert "Deletion starts at" not in page
    assert not roles_of(User.objects.get(pk=approver.pk))
