"""The page of the holidays."""

from __future__ import annotations

import dataclasses

import pytest
import time_machine
from pytest_django import Settings

from dsr.models import Case, Holiday, User
from tests.views.conftest import SignIn


def test_it_says_which_country_is_set_and_what_that_means(
    administrator: User, sign_in: SignIn, settings: Settings
) -> None:
    settings.ENV = dataclasses.replace(settings.ENV, country="DE", region="BY")
    with time_machine.travel("2026-11-05T12:00:00+01:00", tick=False):
        html = sign_in(administrator).get("/holidays/").content.decode()

    assert "Those of DE, region BY" in html
    assert all(f"<h3>{year}</h3>" in html for year in (2026, 2027))
    assert html.count("All Saints&#x27; Day") == 2
    assert "None yet." in html


def test_a_day_is_added_and_removed(administrator: User, matching_case: Case, sign_in: SignIn) -> None:
    browser, day = sign_in(administrator), matching_case.due_on
    added = browser.post("/holidays/", {"day": day.isoformat(), "name": "City <day>"}, follow=True).content.decode()

    assert "Added. 1 open request has another due date now." in added
    assert "City &lt;day&gt;" in added
    matching_case.refresh_from_db()
    assert matching_case.due_on > day

    removed = browser.post(f"/holidays/{Holiday.objects.get().pk}/remove/", follow=True).content.decode()
    assert "Removed. 1 open request has another due date now." in removed
    assert browser.post("/holidays/999/remove/").status_code == 404


@pytest.mark.parametrize("day", ["", "nonsense", "2026-12-25", "2026-12-05"])
def test_what_is_wrong_is_said_beside_the_field(administrator: User, sign_in: SignIn, day: str) -> None:
    answer = sign_in(administrator).post("/holidays/", {"day": day, "name": "x"})

    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.content.decode()
    assert not Holiday.objects.exists()
