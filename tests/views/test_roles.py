"""Every page by every role: who sees it, who is told no, who is led to the sign-in page."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.test import Client

from dsr.models import CalendarFeed, Case, Connection, FilingBatch, Holiday, User
from dsr.permissions import Role
from dsr.services import holds, holidays, safeguards
from tests.builders import make_user, record_processing
from tests.tables import line, uploaded
from tests.views.conftest import SignIn

OK, NO, MISSING, SIGN_IN = 200, 403, 404, 302
PAGES = {
    # address: officer, approver, auditor, administrator
    "/": (OK, OK, OK, OK),
    "/admin/dsr/case/": (OK, OK, OK, NO),
    "/admin/dsr/case/?state=any&due=overdue": (OK, OK, OK, NO),
    "/admin/dsr/case/export.csv?state=any": (OK, OK, OK, NO),
    "/cases/find/": (SIGN_IN, SIGN_IN, SIGN_IN, NO),
    "/cases/assign/": (SIGN_IN, NO, NO, NO),
    "/cases/columns/": (SIGN_IN, SIGN_IN, SIGN_IN, NO),
    "/cases/views/": (SIGN_IN, SIGN_IN, SIGN_IN, NO),
    "/cases/views/1/delete/": (SIGN_IN, SIGN_IN, SIGN_IN, NO),
    "/cases/new/": (OK, NO, NO, NO),
    "/cases/new/many/": (OK, NO, NO, NO),
    "/cases/new/many/template.csv": (OK, NO, NO, NO),
    "/cases/new/many/{batch}/": (OK, NO, NO, NO),
    "/cases/new/many/{batch}/progress/": (204, NO, NO, NO),
    "/cases/new/many/{batch}/not-filed.csv": (SIGN_IN, NO, NO, NO),
    "/cases/new/many/MANY-2026-00000000/": (MISSING, NO, NO, NO),
    "/cases/new/many/MANY-2026-00000000/progress/": (MISSING, NO, NO, NO),
    "/cases/{case}/": (OK, OK, OK, NO),
    "/cases/{case}/progress/?state=received": (204, 204, 204, NO),
    "/cases/{case}/approval/": (NO, SIGN_IN, NO, NO),
    "/cases/approvals/": (NO, OK, NO, NO),
    "/cases/{case}/letters/": (OK, OK, OK, NO),
    "/cases/{case}/letters/new/acknowledgement/": (OK, NO, NO, NO),
    "/cases/{case}/letters/new/refusal/": (409, NO, NO, NO),
    "/cases/{case}/letters/new/recipient/": (MISSING, NO, NO, NO),
    "/cases/{case}/letters/new/nonsense/": (MISSING, NO, NO, NO),
    "/cases/{case}/recipients/1/letter/": (MISSING, NO, NO, NO),
    "/letters/": (NO, NO, NO, OK),
    "/letters/refusal/de/": (NO, NO, NO, OK),
    "/letters/refusal/xx/": (NO, NO, NO, MISSING),
    "/admin/dsr/connection/": (NO, NO, NO, OK),
    "/admin/dsr/connection/add/": (NO, NO, NO, OK),
    "/admin/dsr/connection/{connection}/change/": (NO, NO, NO, OK),
    "/admin/dsr/connection/{connection}/key/": (NO, NO, NO, SIGN_IN),
    "/admin/dsr/connection/{connection}/sign-in/": (NO, NO, NO, SIGN_IN),
    "/admin/dsr/connection/{connection}/revoke/": (NO, NO, NO, SIGN_IN),
    "/admin/dsr/connection/{connection}/record/": (NO, NO, NO, OK),
    "/admin/dsr/connection/{connection}/record/de/": (NO, NO, NO, OK),
    "/admin/dsr/connection/{connection}/record/xx/": (NO, NO, NO, MISSING),
    "/admin/dsr/connection/{connection}/recipients/add/": (NO, NO, NO, OK),
    "/admin/dsr/connection/{connection}/recipients/1/": (NO, NO, NO, MISSING),
    "/admin/dsr/user/": (NO, NO, NO, OK),
    "/admin/dsr/user/add/": (NO, NO, NO, OK),
    "/holidays/": (NO, NO, NO, OK),
    "/calendar/": (OK, OK, OK, NO),
    "/calendar/00000.ics": (MISSING, MISSING, MISSING, MISSING),
    "/notifications/": (OK, OK, OK, OK),
    "/notifications/read/": (SIGN_IN, SIGN_IN, SIGN_IN, SIGN_IN),
    "/agents/": (OK, OK, OK, OK),
    "/agents/end/": (SIGN_IN, SIGN_IN, SIGN_IN, SIGN_IN),
    "/preferences/": (OK, OK, OK, OK),
    "/safeguards/": (NO, NO, NO, OK),
    "/set-up/": (NO, NO, NO, OK),
    "/set-up/test-mail/": (NO, NO, NO, SIGN_IN),
    "/sign-ins/": (NO, OK, NO, NO),
    "/sign-ins/answer/": (NO, SIGN_IN, NO, SIGN_IN),
    "/sign-ins/{connection}/key/": (NO, MISSING, NO, NO),
    "/sign-ins/{connection}/begin/": (NO, MISSING, NO, NO),
    "/sign-ins/{connection}/test/": (NO, MISSING, NO, NO),
    "/sign-ins/{connection}/end/": (NO, SIGN_IN, NO, NO),
    "/deletions/": (OK, OK, OK, OK),
    "/deletions/progress/?stage=": (OK, OK, OK, OK),
    "/deletions/{connection}/pause/": (SIGN_IN, NO, NO, SIGN_IN),
    "/deletions/{connection}/resume/": (SIGN_IN, NO, NO, SIGN_IN),
    "/deletions/{connection}/go-on/": (SIGN_IN, NO, NO, SIGN_IN),
    "/deletions/999/pause/": (MISSING, NO, NO, MISSING),
    "/deletions/dry-run/": (OK, OK, OK, NO),
    "/deletions/dry-run/begin/": (SIGN_IN, SIGN_IN, SIGN_IN, NO),
    "/deletions/dry-run/progress/": (204, 204, 204, NO),
    "/deletions/dry-run/dry-run.csv": (SIGN_IN, SIGN_IN, SIGN_IN, NO),
    "/segmetrics/": (OK, NO, NO, SIGN_IN),
    "/segmetrics/contact/": (SIGN_IN, NO, NO, NO),
    "/segmetrics/contact/change/": (SIGN_IN, NO, NO, NO),
    "/segmetrics/contact/tags/": (SIGN_IN, NO, NO, NO),
    "/segmetrics/products/": (OK, NO, NO, OK),
    "/segmetrics/products/save/": (SIGN_IN, NO, NO, SIGN_IN),
    "/segmetrics/report/": (OK, NO, NO, OK),
    "/webhooks/": (NO, NO, NO, OK),
    "/webhooks/add/": (NO, NO, NO, OK),
    "/webhooks/999/": (NO, NO, NO, MISSING),
    "/webhooks/999/secret/": (NO, NO, NO, MISSING),
    "/webhooks/999/remove/": (NO, NO, NO, MISSING),
    "/webhooks/999/test/": (NO, NO, NO, MISSING),
    "/webhooks/told/999/again/": (NO, NO, NO, MISSING),
    "/admin/dsr/auditentry/": (NO, NO, OK, OK),
    "/admin/dsr/executedcall/": (OK, OK, OK, OK),
    "/admin/dsr/auditentry/1/change/": (MISSING, MISSING, MISSING, MISSING),
    "/admin/reports/": (OK, NO, OK, OK),
    "/admin/reports/register/": (OK, NO, OK, OK),
    "/admin/reports/figures.csv?start=2026-01-01&end=2026-01-31": (OK, NO, OK, OK),
    "/admin/reports/register.csv": (OK, NO, OK, OK),
    "/admin/reports/make/": (SIGN_IN, NO, SIGN_IN, SIGN_IN),
    "/admin/reports/progress/?waiting=0": (204, NO, 204, 204),
    "/admin/reports/999/again/": (MISSING, NO, MISSING, MISSING),
    "/admin/reports/999/download/": (MISSING, NO, MISSING, MISSING),
    "/verify/": (OK, OK, OK, OK),
    "/verify/00000-00000-00000-00000/": (MISSING, MISSING, MISSING, MISSING),
    "/package/00000/": (OK, OK, OK, OK),
    "/admin/dsr/case/add/": (MISSING, MISSING, MISSING, MISSING),
}
PUBLIC = {page for page in PAGES if page.startswith(("/verify/", "/package/", "/calendar/0"))}
OFFICER, EITHER = frozenset({Role.PRIVACY_OFFICER}), frozenset({Role.PRIVACY_OFFICER, Role.APPROVER})
POSTS = {
    "identity/ask/": OFFICER,
    "identity/answered/": OFFICER,
    "identity/confirm/": OFFICER,
    "notes/add/": EITHER,
    "attach/": EITHER,
    "language/": OFFICER,
    "contacts/1/decide/": OFFICER,
    "search-again/": OFFICER,
    "review/open/": OFFICER,
    "review/save/": OFFICER,
    "review/changes/": OFFICER,
    "prepare/": OFFICER,
    "impact/totals/": EITHER,
    "nothing-found/": OFFICER,
    "refuse/": OFFICER,
    "closing-record/": OFFICER,
    "withdraw/": OFFICER,
    "merge/": OFFICER,
    "package/": OFFICER,
    "hand-over/": OFFICER,
    "returned/1/follow-up/": OFFICER,
    "returned/1/dismiss/": OFFICER,
    "hand-over/link/": OFFICER,
    "hand-over/link/1/revoke/": OFFICER,
    "leave-out/": OFFICER,
    "leave-out/1/take-back/": OFFICER,
    "resume/": OFFICER,
    "back-to-review/": OFFICER,
    "approve/": frozenset({Role.APPROVER}),
    "send-back/": frozenset({Role.APPROVER}),
    "identity/proof/": OFFICER,
    "hold/": OFFICER,
    "hold/{hold}/ask-to-lift/": OFFICER,
    "hold/{hold}/lift/": EITHER,
    "hold/{hold}/keep/": EITHER,
    "assign/": OFFICER,
    "extend/": OFFICER,
    "letters/1/again/": OFFICER,
    "letters/1/once-more/": OFFICER,
    "letters/1/sent/": OFFICER,
    "letters/1/came-back/": OFFICER,
    "recipients/1/told/": OFFICER,
    "recipients/1/answer/": OFFICER,
    "recipients/1/not-told/": OFFICER,
}


@pytest.fixture
def everybody(officer: User, approver: User, auditor: User, administrator: User, connection: Connection) -> list[User]:
    record_processing(connection, administrator)
    return [officer, approver, auditor, administrator]


@pytest.fixture
def batch(officer: User, connection: Connection) -> FilingBatch:
    return uploaded(officer, connection, line(1))


@pytest.mark.parametrize("page", PAGES)
def test_each_page_by_each_role(
    page: str, everybody: list[User], matching_case: Case, batch: FilingBatch, sign_in: SignIn
) -> None:
    address = page.format(case=matching_case.reference, connection=matching_case.connection_id, batch=batch.reference)

    answers = tuple(sign_in(user).get(address).status_code for user in everybody)

    assert answers == PAGES[page]


@pytest.mark.parametrize("page", sorted(PUBLIC))
def test_the_public_page_is_the_same_for_everybody(page: str, officer: User, client: Client, sign_in: SignIn) -> None:
    answers = [browser.get(page) for browser in (client, sign_in(officer))]

    assert {answer.status_code for answer in answers} == {PAGES[page][0]}
    assert len({re.sub(r'value="\w{64}"', "", answer.content.decode()) for answer in answers}) == 1


@pytest.mark.parametrize("page", sorted(PAGES.keys() - PUBLIC))
def test_nobody_sees_a_page_without_signing_in(
    page: str, matching_case: Case, batch: FilingBatch, client: Client
) -> None:
    address = page.format(case=matching_case.reference, connection=matching_case.connection_id, batch=batch.reference)

    answer = client.get(address)

    assert answer.status_code == SIGN_IN
    assert "/accounts/sign-in/" in client.get(address, follow=True).redirect_chain[-1][0]


@pytest.mark.parametrize("target", POSTS)
def test_no_other_role_can_act(
    target: str, everybody: list[User], matching_case: Case, sign_in: SignIn, client: Client
) -> None:
    hold = holds.place(case=matching_case, actor=everybody[0], reason="a claim")
    holds.ask_to_lift(hold=hold, actor=everybody[0], reason="settled")
    address = f"/cases/{matching_case.reference}/{target.format(hold=hold.pk)}"
    for user in everybody:
        if not user.groups.filter(name__in=POSTS[target]).exists():
            assert sign_in(user).post(address).status_code == NO

    assert client.post(address).status_code == SIGN_IN
    matching_case.refresh_from_db()
    assert matching_case.state == "matching"
    hold.refresh_from_db()
    assert not hold.is_lifted


@pytest.mark.parametrize("verb", ["file", "stop", "go-on", "throw-away"])
def test_nobody_but_an_officer_has_anything_to_do_with_a_file_of_requests(
    verb: str, everybody: list[User], batch: FilingBatch, sign_in: SignIn, client: Client
) -> None:
    address = f"/cases/new/many/{batch.reference}/{verb}/"
    for user in everybody[1:]:
        assert sign_in(user).post(address).status_code == NO
        assert sign_in(user).post("/cases/new/many/").status_code == NO
    assert client.post(address).status_code == SIGN_IN
    assert sign_in(everybody[0]).get(address)["Location"] == f"/cases/new/many/{batch.reference}/"
    batch.refresh_from_db()
    assert (batch.stage, batch.rows.count()) == ("preview", 1), "a reload does nothing either"


@pytest.mark.parametrize("verb", ["grant", "decline", "withdraw"])
def test_nobody_but_an_administrator_decides_on_a_safeguard(
    verb: str, everybody: list[User], second_administrator: User, sign_in: SignIn, client: Client
) -> None:
    change = safeguards.ask(
        actor=second_administrator, kind="daily_limit", payload={"approvals": 1001}, reason="a busy month"
    )
    address = f"/safeguards/{change.pk}/{verb}/"
    for user in everybody[:3]:
        assert sign_in(user).post(address).status_code == NO
    assert client.post(address).status_code == SIGN_IN
    assert sign_in(everybody[3]).get(address)["Location"] == "/safeguards/"
    change.refresh_from_db()
    assert change.is_open


def test_nobody_but_an_administrator_changes_the_holidays(
    everybody: list[User], sign_in: SignIn, client: Client
) -> None:
    holidays.add(actor=everybody[3], day=dt.date(2026, 12, 24), name="Christmas Eve", every_year=True)
    target = f"/holidays/{Holiday.objects.get().pk}/remove/"
    new = {"day": "2026-12-31", "name": "New Year's Eve"}
    for user in everybody[:3]:
        assert sign_in(user).post(target).status_code == NO
        assert sign_in(user).post("/holidays/", new).status_code == NO
    assert client.post(target).status_code == SIGN_IN
    assert sign_in(everybody[3]).get(target)["Location"] == "/holidays/"
    assert [row.name for row in Holiday.objects.all()] == ["Christmas Eve"]


def test_who_reads_no_cases_has_no_calendar(administrator: User, sign_in: SignIn, client: Client) -> None:
    for address in ("/calendar/", "/calendar/end/"):
        assert sign_in(administrator).post(address).status_code == NO
        assert client.post(address).status_code == SIGN_IN
    assert not CalendarFeed.objects.exists()


def test_who_reads_no_cases_stops_none(administrator: User, matching_case: Case, sign_in: SignIn) -> None:
    address = f"/cases/{matching_case.reference}/stop/"
    assert sign_in(administrator).post(address, {"reason": "x"}).status_code == NO
    assert sign_in(administrator).get(address)["Location"] == f"/cases/{matching_case.reference}/"


@pytest.mark.parametrize("target", POSTS)
def test_a_reload_of_a_form_leads_back_to_the_case(
    target: str, officer: User, matching_case: Case, sign_in: SignIn
) -> None:
    hold = holds.place(case=matching_case, actor=officer, reason="a claim")
    answer = sign_in(officer).get(f"/cases/{matching_case.reference}/{target.format(hold=hold.pk)}")

    assert answer["Location"] == f"/cases/{matching_case.reference}/"


def test_without_a_role_a_page_says_what_is_missing(db: None, sign_in: SignIn) -> None:
    answer = sign_in(make_user("new@example.com", "New Person")).get("/")

    assert answer.status_code == NO
    assert "You have no role yet" in answer.content.decode()


def test_a_superuser_flag_opens_nothing(db: None, sign_in: SignIn) -> None:
    client = sign_in(make_user("root@example.com", "Root", is_superuser=True))

    for page in ("/admin/dsr/user/", "/admin/dsr/case/", "/cases/new/"):
        assert client.get(page, follow=True).status_code == NO


def test_the_auditor_sees_no_form_and_no_way_into_the_contents(
    auditor: User, waiting_case: Case, sign_in: SignIn
) -> None:
    page = sign_in(auditor).get(f"/cases/{waiting_case.reference}/").content.decode()

    assert page.count("<form") == 1, "signing out is the one thing to send"
    assert "/documents/" not in page
    assert "Linda Dare" in page


def test_a_deactivated_person_is_out_at_once(officer: User, sign_in: SignIn) -> None:
    client = sign_in(officer)
    officer.is_active = False
    officer.save()

    assert client.get("/").status_code == SIGN_IN
