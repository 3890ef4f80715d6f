"""The clock that stops, the holidays and the calendar, in a real browser."""

from __future__ import annotations

import datetime as dt
import sqlite3
import urllib.request
from collections.abc import Callable
from contextlib import closing

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from dsr.days import controller_midnight
from tests.browser.conftest import SignIn
from tests.browser.test_main_path import PATIENCE, file_request
from tests.smoke.demo_process import Demo

pytestmark = pytest.mark.browser

Photograph = Callable[[Page, str], None]


def test_the_clock_stops_for_the_question_and_runs_on_with_the_answer(sign_in: SignIn, photograph: Photograph) -> None:
    page = sign_in("anna@example.com")
    file_request(page, kind="Access", name="Clara Clock", email="clara@example.com")
    expect(page.get_by_text("No contact answers")).to_be_visible(timeout=PATIENCE)
    page.get_by_role("button", name="Note: proof asked for").click()
    expect(page.get_by_text("Clock stopped since")).to_be_visible()
    photograph(page, "case-clock-stopped")

    address = page.url
    page.get_by_role("link", name="Dashboard").click()
    page.locator("a.tile", has_text="Mine").click()
    expect(page.get_by_text("Clock stopped since")).to_be_visible()
    photograph(page, "list-clock-stopped")

    page.goto(address)
    page.get_by_text("They answered, but it isn't enough").click()
    photograph(page, "case-clock-answer")
    page.get_by_role("button", name="Note the answer").click()
    expect(page.locator(".due").get_by_text("days left")).to_be_visible()
    page.get_by_role("button", name="Note: proof asked for").click()
    page.get_by_label("How it was confirmed").select_option("reply")
    page.get_by_label("Day of the answer").first.fill((timezone.localdate() + dt.timedelta(days=1)).isoformat())
    page.get_by_role("button", name="Confirm the identity").click()
    expect(page.get_by_text("not before the question, and not in the future")).to_be_visible()
    page.get_by_label("Day of the answer").first.fill(timezone.localdate().isoformat())
    page.get_by_role("button", name="Confirm the identity").click()
    expect(page.get_by_text("Clock stopped since")).to_have_count(0)


def test_holidays_are_added_and_removed(sign_in: SignIn, photograph: Photograph) -> None:
    page = sign_in("max@example.com")
    page.get_by_role("link", name="Set-up").click()
    page.get_by_role("link", name="Holidays").click()
    expect(page.get_by_text("None yet.")).to_be_visible()
    photograph(page, "holidays-empty")
    page.get_by_label("Day", exact=True).fill(f"{timezone.localdate().year + 1}-12-24")
    page.get_by_label("Name").fill("Christmas Eve")
    page.get_by_label("In every year").check()
    page.get_by_role("button", name="Add the day").click()
    expect(page.get_by_text("24 December in every year")).to_be_visible()
    page.get_by_role("button", name="Add the day").click()
    expect(page.locator(".errorlist").first).to_be_visible()
    photograph(page, "holidays")
    page.get_by_role("button", name="Remove Christmas Eve").click()
    expect(page.get_by_text("None yet.")).to_be_visible()


def test_a_calendar_is_made_read_and_ended(sign_in: SignIn, photograph: Photograph, demo: Demo) -> None:
    page = sign_in("anna@example.com")
    page.get_by_role("link", name="Anna Officer").click()
    photograph(page, "preferences")
    page.get_by_role("link", name="Address for your calendar").click()
    photograph(page, "calendar-empty")
    page.get_by_role("button", name="Make an address").click()
    token = page.locator("#address").inner_text().rsplit("/", 1)[1]
    photograph(page, "calendar-made")
    with urllib.request.urlopen(f"http://127.0.0.1:{demo.web}/calendar/{token}") as answer:
        assert answer.headers["Content-Type"].startswith("text/calendar")
        assert answer.read().startswith(b"BEGIN:VCALENDAR\r\n")
    page.goto(page.url)
    expect(page.locator("#address")).to_have_count(0)
    page.get_by_role("button", name="End the address").click()
    expect(page.get_by_text("The address has ended.")).to_be_visible()


def test_where_no_answer_comes_closing_is_proposed(sign_in: SignIn, photograph: Photograph, demo: Demo) -> None:
    page = sign_in("anna@example.com")
    file_request(page, kind="Access", name="Sam Silent", email="sam@example.com")
    expect(page.get_by_text("No contact answers")).to_be_visible(timeout=PATIENCE)
    page.get_by_role("button", name="Note: proof asked for").click()
    expect(page.get_by_text("Clock stopped since")).to_be_visible()
    reference = page.url.rstrip("/").rsplit("/", 1)[1]
    # At noon, so that neither UTC nor a clock that was changed meanwhile makes another day of it.
    asked = controller_midnight(timezone.localdate() - dt.timedelta(days=33)) + dt.timedelta(hours=12)
    asked = asked.astimezone(dt.UTC)
    with closing(sqlite3.connect(demo.data_dir / "dsr.sqlite3", timeout=30)) as database, database:
        database.execute(
            "UPDATE dsr_case SET identity_at = ?, paused_on = ?, received_on = ? WHERE reference = ?",
            (f"{asked:%Y-%m-%d %H:%M:%S}", f"{asked:%Y-%m-%d}", f"{asked - dt.timedelta(days=2):%Y-%m-%d}", reference),
        )

    page.get_by_role("link", name="Dashboard").click()
    photograph(page, "dashboard-silent")
    page.locator("a.tile", has_text="No answer for 30 days").click()
    page.get_by_role("link", name=reference).click()
    expect(page.get_by_text("The person hasn't answered for 33 days")).to_be_visible()
    photograph(page, "case-silent")
    page.locator("#silence").get_by_label("Reason").fill(" ")
    page.get_by_role("button", name="Refuse and close").click()
    expect(page.get_by_text("Nothing was done yet")).to_be_visible()
    page.locator("#silence").get_by_label("Reason").fill("We asked on 3 November who you are and had no answer.")
    page.get_by_role("button", name="Refuse and close").click()
    expect(page.locator(".pill", has_text="Refused")).to_be_visible()
