"""The list of requests: what was chosen stays, views have names, and checked requests are given away together."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from dsr.models import AuditEntry, Case, Connection, QueueView, User
from dsr.selectors import queue
from dsr.services import closing
from tests.builders import file_case
from tests.many import make_many
from tests.marks import seen_on
from tests.views.conftest import SignIn

LIST = "/admin/dsr/case/"


@pytest.fixture
def three(officer: User, connection: Connection) -> list[Case]:
    return [file_case(officer, connection, subject_name=name) for name in ("Ann One", "Bob Two", "Cid Three")]


def page_of(browser: Client, query: str = "") -> str:
    return browser.get(f"{LIST}{query}", follow=True).content.decode()


def test_by_officer_and_connection(three: list[Case], officer: User, second_officer: User, sign_in: SignIn) -> None:
    one, two, three_ = three
    browser = sign_in(officer)
    for case, to in ((one, officer), (two, second_officer)):
        here = f"/cases/{case.reference}/"
        browser.post(f"{here}assign/", {"officer": to.pk, **seen_on(browser, here, f"{here}assign/")})
    for query, there in (
        ("officer=me", {one}),
        ("officer=nobody", {three_}),
        (f"officer={second_officer.pk}", {two}),
        ("officer=gone", set()),
        ("officer=nonsense", set()),
        (f"account={one.connection_id}", {one, two, three_}),
        ("account=999", set()),
        ("account=-1", set()),
    ):
        page = page_of(browser, f"?{query}")
        assert {case for case in three if case.reference in page} == there, query
    second_officer.groups.clear()
    assert two.reference in page_of(browser, "?officer=gone")


def test_what_was_chosen_stays_until_it_is_cleared(three: list[Case], officer: User, sign_in: SignIn) -> None:
    sign_in(officer).get(f"{LIST}?officer=me&due=soon")

    again = sign_in(officer)  # another browser, on another day
    assert again.get(LIST)["Location"] == f"{LIST}?due=soon&officer=me"
    clear = re.search(r'<a href="([^"]+)">Clear all', page_of(again))
    assert clear
    assert again.get(f"{LIST}{clear[1]}").status_code == 200
    assert again.get(LIST).status_code == 200
    assert three[0].reference in page_of(again)


def test_every_way_back_to_all_is_one(three: list[Case], officer: User, sign_in: SignIn) -> None:
    browser = sign_in(officer)
    changelist = browser.get(f"{LIST}?officer=me").context["cl"]
    officers = next(spec for spec in changelist.filter_specs if getattr(spec, "parameter_name", "") == "officer")
    first = next(iter(officers.choices(changelist)))

    assert three[0].reference in page_of(browser, first["query_string"])
    assert three[0].reference in page_of(browser), "and it is what is remembered"


def test_the_list_of_what_waits_is_not_remembered(three: list[Case], officer: User, sign_in: SignIn) -> None:
    browser = sign_in(officer)
    browser.get(f"{LIST}?officer=me")
    browser.get(f"{LIST}?state=waiting")

    assert browser.get(LIST)["Location"] == f"{LIST}?officer=me"


def test_what_somebody_put_into_the_store_is_only_what_the_list_knows(officer: User, sign_in: SignIn) -> None:
    User.objects.filter(pk=officer.pk).update(queue={"query": "filed_by__password__startswith=md5&due=soon"})

    assert sign_in(officer).get(LIST)["Location"] == f"{LIST}?due=soon"


def test_they_are_chosen_by_each_person(
    three: list[Case], officer: User, second_officer: User, sign_in: SignIn
) -> None:
    browser = sign_in(officer)
    assert "Ann One" in page_of(browser)
    browser.post("/cases/columns/", {"columns": ["account", "received"]})

    page = page_of(browser)
    assert "Ann One" not in page
    assert "Acme Webshop" in page
    assert "Ann One" in page_of(sign_in(second_officer)), "each person's own"


def test_sorting_stays_with_its_column(three: list[Case], officer: User, sign_in: SignIn) -> None:
    browser = sign_in(officer)
    browser.get(f"{LIST}?o=-4")  # the box, the reference, the person, the type: sorted by state, downwards
    officer.refresh_from_db()
    assert queue.last_query(officer) == "o=-state_pill"
    browser.post("/cases/columns/", {"columns": ["state_pill"]})

    assert browser.get(LIST)["Location"] == f"{LIST}?o=-2"
    browser.post("/cases/columns/", {"columns": ["subject"]})
    assert browser.get(LIST)["Location"] == f"{LIST}?state=open", "a column that isn't shown sorts nothing"


def test_one_is_saved_shown_and_deleted(
    three: list[Case], officer: User, second_officer: User, sign_in: SignIn
) -> None:
    browser = sign_in(officer)
    browser.post("/cases/views/", {"name": "Mine, soon", "query": "due=soon&officer=me&password=x"})
    page = page_of(browser)
    assert '<a href="?due=soon&amp;officer=me">Mine, soon</a>' in page
    assert 'aria-current="true">Mine, soon' in page_of(browser, "?officer=me&due=soon")
    theirs = sign_in(second_officer)
    assert "Mine, soon" not in page_of(theirs)

    view = QueueView.objects.get()
    theirs.post(f"/cases/views/{view.pk}/delete/")
    assert QueueView.objects.exists(), "a view is its owner's alone"
    browser.post(f"/cases/views/{view.pk}/delete/")
    assert not QueueView.objects.exists()


@pytest.mark.parametrize("name", ["", "   ", "x" * 61])
def test_a_name_that_is_none_is_refused_with_a_sentence(name: str, officer: User, sign_in: SignIn) -> None:
    page = sign_in(officer).post("/cases/views/", {"name": name, "query": "due=soon"}, follow=True)

    assert "Give the view a name" in page.content.decode()
    assert not QueueView.objects.exists()


def test_a_name_is_given_once(officer: User, sign_in: SignIn) -> None:
    browser = sign_in(officer)
    for _ in range(2):
        page = browser.post("/cases/views/", {"name": "Soon", "query": "due=soon"}, follow=True)

    assert "You have a view of this name already" in page.content.decode()
    assert QueueView.objects.count() == 1


def test_the_checked_ones_are_given_and_the_others_named(
    three: list[Case], officer: User, second_officer: User, sign_in: SignIn
) -> None:
    closing.withdraw(case=three[2], actor=officer, reason="she changed her mind")
    answer = sign_in(officer).post(
        "/cases/assign/",
        {"case": [case.reference for case in three], "officer": second_officer.pk, "back": "due=soon"},
        follow=True,
    )
    page = answer.content.decode()

    assert answer.redirect_chain[-1][0] == f"{LIST}?due=soon"
    assert "2 requests were given to Otto Officer." in page
    assert f"{three[2].reference}: This case is closed" in page
    assert set(Case.objects.filter(assigned_to=second_officer)) == set(three[:2])
    assert AuditEntry.objects.filter(verb="assigned").count() == 2


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"officer": "nobody"}, "check the requests first"),
        ({"case": "x", "officer": ""}, "choose who looks after them"),
        ({"case": "x", "officer": "999"}, "choose who looks after them"),
    ],
)
def test_without_a_choice_nothing_is_done(
    fields: dict[str, str], said: str, three: list[Case], officer: User, sign_in: SignIn
) -> None:
    sent = fields | ({"case": three[0].reference} if "case" in fields else {})
    assert said in sign_in(officer).post("/cases/assign/", sent, follow=True).content.decode()
    assert not AuditEntry.objects.filter(verb="assigned").exists()


def test_an_approver_can_not_be_given_any(three: list[Case], officer: User, approver: User, sign_in: SignIn) -> None:
    sign_in(officer).post("/cases/assign/", {"case": three[0].reference, "officer": approver.pk})
    three[0].refresh_from_db()
    assert three[0].assigned_to is None


def test_only_officers_see_boxes(three: list[Case], officer: User, auditor: User, sign_in: SignIn) -> None:
    assert page_of(sign_in(officer)).count('name="case"') == 3
    assert 'name="case"' not in page_of(sign_in(auditor))


def test_the_way_back_leads_nowhere_else(three: list[Case], officer: User, sign_in: SignIn) -> None:
    answer = sign_in(officer).post("/cases/assign/", {"back": "//elsewhere.example.com/?x=1"})
    assert answer["Location"] == f"{LIST}?state=open"


def test_it_is_taken_and_given_back(three: list[Case], officer: User, second_officer: User, sign_in: SignIn) -> None:
    browser, address = sign_in(officer), f"/cases/{three[0].reference}/"
    assert "Nobody looks after it yet." in browser.get(address).content.decode()
    page = browser.post(f"{address}assign/", {"officer": officer.pk}, follow=True).content.decode()
    assert "Anna Officer looks after it." in page
    assert "Take it" not in page
    assert "Take it" in sign_in(second_officer).get(address).content.decode()
    nobody = {"officer": "nobody", **seen_on(browser, address, f"{address}assign/")}
    page = browser.post(f"{address}assign/", nobody, follow=True).content.decode()
    assert "Nobody looks after it yet." in page


def test_without_a_choice_it_says_so_beside_the_field(three: list[Case], officer: User, sign_in: SignIn) -> None:
    answer = sign_in(officer).post(f"/cases/{three[0].reference}/assign/", {"officer": ""})
    assert answer.status_code == 422
    assert "Choose who looks after it from now on." in answer.content.decode()


def test_it_leads_to_the_one_before_and_after_in_the_list(three: list[Case], officer: User, sign_in: SignIn) -> None:
    browser = sign_in(officer)
    assert 'rel="next"' not in browser.get(f"/cases/{three[1].reference}/").content.decode()
    changelist = browser.get(f"{LIST}?o=-1").context["cl"]
    first, second, third = [case.reference for case in changelist.result_list]

    page = browser.get(f"/cases/{second}/").content.decode()
    assert f'<a rel="prev" href="/cases/{first}/">' in page
    assert f'<a rel="next" href="/cases/{third}/">' in page
    assert 'rel="prev"' not in browser.get(f"/cases/{first}/").content.decode()


def test_it_leads_on_past_the_end_of_the_page(officer: User, connection: Connection, sign_in: SignIn) -> None:
    make_many(120, connection=connection, filed_by=officer, officers=(officer, None))
    browser = sign_in(officer)
    pages = [browser.get(f"{LIST}?state=any&p={number}").context["cl"].result_list for number in (2, 1)]
    last_here, first_there, second_there = pages[1][49].reference, pages[0][0].reference, pages[0][1].reference

    assert f'<a rel="next" href="/cases/{first_there}/">' in browser.get(f"/cases/{last_here}/").content.decode()
    page = browser.get(f"/cases/{first_there}/").content.decode()
    assert f'<a rel="prev" href="/cases/{last_here}/">' in page
    assert f'<a rel="next" href="/cases/{second_there}/">' in page


def test_every_column_can_be_shown_and_sorted(officer: User, connection: Connection, sign_in: SignIn) -> None:
    make_many(30, connection=connection, filed_by=officer, officers=(officer, None))
    browser = sign_in(officer)
    browser.post("/cases/columns/", {"columns": queue.Column.values})
    page = page_of(browser, "?state=any")
    for label in queue.Column.labels:
        assert str(label) in page
    for place in range(10):
        assert browser.get(f"{LIST}?state=any&o=-{place}").status_code == 200
