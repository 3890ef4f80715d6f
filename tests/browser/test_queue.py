"""The list of requests by keyboard alone, with a saved view, and given away without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import AXE, SignIn
from tests.browser.test_main_path import PATIENCE, file_request

pytestmark = pytest.mark.browser

Photograph = Callable[[Page, str], None]
LIST = "/admin/dsr/case/"


def await_search(page: Page) -> None:
    """Until then the page of a new case loads itself anew, which could overtake what is done with it next."""
    expect(page.get_by_text("No contact answers to these identifiers")).to_be_visible(timeout=PATIENCE)


def violations(page: Page) -> list[str]:
    """What axe finds on the page as it stands, in light and in dark."""
    page.wait_for_load_state()
    found: list[str] = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found += [
            f"{scheme}: {row['id']} {row['nodes'][0]['html']}"
            for row in Axe().run(page, options=AXE).response["violations"]
        ]
    page.emulate_media(color_scheme="light")
    return found


def test_the_list_by_keyboard(sign_in: SignIn, photograph: Photograph) -> None:
    anna = sign_in("anna@example.com")
    for name in ("Keya One", "Keya Two"):
        tab = anna.context.new_page()
        tab.goto(anna.url)
        file_request(tab, kind="Access", name=name, email=f"{name[-3:].lower()}@example.com")
        await_search(tab)
        tab.close()
    anna.reload()
    assert violations(anna) == []
    photograph(anna, "dashboard-charts")
    anna.locator("a.tile", has_text="Mine").click()
    rows = anna.locator("#result_list tbody tr")

    expect(anna.get_by_role("button", name="Keys")).to_be_visible()  # the script is there
    anna.keyboard.press("j")
    expect(rows.nth(0).locator("a.row")).to_be_focused()
    anna.keyboard.press("x")
    anna.keyboard.press("j")
    anna.keyboard.press("x")
    expect(rows.nth(1).locator("a.row")).to_be_focused()
    anna.keyboard.press("k")
    expect(rows.nth(0).locator("a.row")).to_be_focused()
    expect(anna.locator("[name=case]:checked")).to_have_count(2)

    anna.keyboard.press("?")
    expect(anna.get_by_role("dialog", name="Keys")).to_be_visible()
    assert violations(anna) == []
    anna.keyboard.press("Escape")
    expect(anna.get_by_role("dialog")).to_have_count(0)
    anna.keyboard.press("/")
    field = anna.get_by_label("Reference, e-mail address or external id")
    expect(field).to_be_focused()
    anna.keyboard.type("jkx?/")
    expect(field).to_have_value("jkx?/")
    assert anna.locator("[name=case]:checked").count() == 2, "no key does anything while one types"

    anna.get_by_label("Give the checked ones to").select_option(label="Nobody")
    anna.get_by_role("button", name="Give", exact=True).press("Enter")
    expect(anna.get_by_role("status")).to_have_text("Nobody looks after 2 requests any more.")

    anna.goto(f"{anna.url.split('/admin/')[0]}{LIST}?officer=nobody")
    anna.get_by_text("Save this view").press("Enter")
    anna.get_by_label("Save these filters as").fill("Unassigned ones")
    anna.get_by_role("button", name="Save", exact=True).press("Enter")
    view = anna.get_by_role("navigation", name="Saved views").get_by_role("link", name="Unassigned ones")
    expect(view).to_have_attribute("aria-current", "true")
    assert violations(anna) == []
    photograph(anna, "requests")
    anna.get_by_role("link", name="Clear all").click()
    anna.get_by_role("link", name="Dashboard").click()
    anna.get_by_role("link", name="Requests", exact=True).click()
    expect(view).not_to_have_attribute("aria-current", "true")
    view.press("Enter")
    expect(anna.get_by_text("Officer: Nobody", exact=True)).to_be_visible()
    expect(anna.get_by_role("button", name="Keys")).to_be_visible()
    anna.keyboard.press("j")
    anna.keyboard.press("Enter")
    expect(anna.get_by_text("Nobody looks after it yet.")).to_be_visible()
    assert violations(anna) == []
    anna.locator("a[rel=next]").press("Enter")
    expect(anna.locator("a[rel=prev]")).to_be_visible()
    anna.get_by_text("Give to …").press("Enter")
    photograph(anna, "case-give-to")


def test_what_was_found_is_listed(sign_in: SignIn, photograph: Photograph) -> None:
    anna = sign_in("anna@example.com")
    file_request(anna, kind="Access", name="Frida Found", email="frida.found@example.com")
    await_search(anna)
    anna.get_by_role("link", name="Requests", exact=True).click()
    anna.get_by_label("Reference, e-mail address or external id").fill("Frida.Found@example.com")
    anna.get_by_role("button", name="Find").click()
    expect(anna.get_by_role("cell", name="Frida Found")).to_be_visible()
    photograph(anna, "found")


def test_the_keys_can_be_switched_off(sign_in: SignIn) -> None:
    anna = sign_in("anna@example.com")
    anna.get_by_role("link", name="Requests", exact=True).click()
    anna.get_by_role("button", name="Keys").click()
    anna.get_by_role("button", name="Switch the keys off").click()
    anna.get_by_role("button", name="Close").click()
    anna.evaluate("document.activeElement.blur()")
    anna.keyboard.press("/")
    expect(anna.get_by_label("Reference, e-mail address or external id")).not_to_be_focused()
    anna.reload()
    expect(anna.get_by_role("button", name="Keys")).to_be_visible()
    anna.keyboard.press("/")
    expect(anna.get_by_label("Reference, e-mail address or external id")).not_to_be_focused()


def test_without_javascript_all_of_it_can_be_done_too(sign_in: SignIn) -> None:
    anna = sign_in("anna@example.com", java_script_enabled=False)
    file_request(anna, kind="Access", name="Noemi Script", email="noemi.script@example.com")
    reference = re.search(r"DSR-\d+-\d+", anna.url)
    assert reference
    anna.goto(f"{anna.url.split('/cases/')[0]}{LIST}?officer=me")
    anna.get_by_label(f"Choose {reference[0]}").check()
    anna.get_by_label("Give the checked ones to").select_option(label="Nobody")
    anna.get_by_role("button", name="Give", exact=True).click()
    expect(anna.get_by_role("status")).to_have_text("Nobody looks after 1 request any more.")
    expect(anna.get_by_role("button", name="Keys")).to_be_hidden()

    anna.get_by_label("Reference, e-mail address or external id").fill("Noemi.Script@example.com")
    anna.get_by_role("button", name="Find").click()
    expect(anna.get_by_role("link", name=reference[0])).to_be_visible()
    assert "noemi" not in anna.url
