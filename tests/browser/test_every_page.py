"""Every page that a role sees: nothing for axe to find, light and dark, folded parts opened, and it fits everywhere."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import AXE, SCREENSHOTS, SignIn
from tests.browser.fitting import misfits, open_all
from tests.browser.test_main_path import PATIENCE, file_request
from tests.smoke.demo_process import Demo
from tests.views.test_roles import OK, PAGES

pytestmark = pytest.mark.browser
ROLES = {"anna@example.com": 0, "bea@example.com": 1, "adi@example.com": 2, "max@example.com": 3}
"""Of the cast, with the column of the table of pages. A page is looked at as the first one who sees it."""
NO_PAGE = re.compile(r"\.csv|progress/|\{batch\}|\}/letters/$")
"""Downloads and pieces; a file of many requests is looked at by its own test."""
OF_NO_ROLE = (
    "/preferences/",
    "/accounts/2fa/",
    "/accounts/2fa/app/",
    "/accounts/2fa/keys/",
    "/accounts/again/",
)
"""What the table of pages doesn't list."""
PUBLIC = ("/accounts/sign-in/", "/accounts/password/", "/accounts/password/sent/", "/verify/", "/package/00000/")


def pages_of(email: str) -> list[str]:
    """What this one sees and nobody before them in the cast; the dashboard each sees their own way."""
    column = ROLES[email]
    seen = [
        page
        for page, answers in PAGES.items()
        if answers[column] == OK and OK not in answers[:column] and not NO_PAGE.search(page)
    ]
    return seen if "/" in seen else ["/", *seen]


def faults(page: Page, address: str) -> list[str]:
    """What is wrong with a page; its picture stays in build/screenshots."""
    name = re.sub(r"\W+", "-", f"page{address}").strip("-")
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)
    open_all(page)
    found = [f"{address} at {row}" for row in misfits(page)]
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for row in Axe().run(page, options=AXE).response["violations"]:
            found.append(f"{address}, {scheme}: {row['id']} {[node['html'][:120] for node in row['nodes']]}")
    page.set_viewport_size({"width": 390, "height": 844})
    page.screenshot(path=SCREENSHOTS / f"{name}-open-dark-phone.png", full_page=True)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1280, "height": 900})
    return found


def look_at(page: Page, site: str, addresses: list[str] | tuple[str, ...]) -> list[str]:
    found = []
    for address in addresses:
        page.goto(f"{site}{address}")
        found += faults(page, address)
    return found


def looked_at_by(email: str, demo: Demo, sign_in: SignIn) -> tuple[Page, list[str]]:
    """Their browser, and the addresses of their pages, of a case too."""
    case = ""
    if email == "anna@example.com":
        page = sign_in(email)
        case = file_request(page, kind="Access", name="Eva Everywhere", email="eva.everywhere@example.com")
        expect(page.get_by_text("No contact answers to these identifiers")).to_be_visible(timeout=PATIENCE)
    page = sign_in(email)
    page.on("dialog", lambda dialog: dialog.dismiss())
    reference = case.rstrip("/").rsplit("/", 1)[-1]
    addresses = [address.format(case=reference, connection=1, batch="") for address in pages_of(email)]
    return page, [*addresses, *(OF_NO_ROLE if email == "max@example.com" else ())]


@pytest.mark.parametrize("email", ROLES)
def test_every_page_of_a_role_fits_and_passes_axe(demo: Demo, sign_in: SignIn, email: str) -> None:
    page, addresses = looked_at_by(email, demo, sign_in)

    assert not (found := look_at(page, f"http://127.0.0.1:{demo.web}", addresses)), "\n".join(found)


@pytest.mark.parametrize("email", ROLES)
def test_every_page_fits_in_german_too(demo: Demo, sign_in: SignIn, email: str) -> None:
    """The language of ours with the longest words."""
    page, addresses = looked_at_by(email, demo, sign_in)
    page.set_extra_http_headers({"Accept-Language": "de"})
    found = []
    for address in addresses:
        page.goto(f"http://127.0.0.1:{demo.web}{address}")
        expect(page.locator("html")).to_have_attribute("lang", "de")
        name = re.sub(r"\W+", "-", f"german{address}").strip("-")
        page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)
        open_all(page)
        found += [f"{address} at {row}" for row in misfits(page)]
        page.set_viewport_size({"width": 390, "height": 844})
        page.screenshot(path=SCREENSHOTS / f"{name}-open-phone.png", full_page=True)
        page.set_viewport_size({"width": 1280, "height": 900})
    assert not found, "\n".join(found)


def test_the_public_pages_fit_and_pass_axe(demo: Demo, visitor: Page) -> None:
    assert not (found := look_at(visitor, f"http://127.0.0.1:{demo.web}", PUBLIC)), "\n".join(found)
