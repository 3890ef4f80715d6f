"""Second factors in a real browser, under the real policy: a security key is added, signs in, approves, and goes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page

from tests.browser.conftest import PAGE_WITHIN, PASSWORD
from tests.smoke.demo_process import Demo

pytestmark = pytest.mark.browser
# A key that is plugged in and touched at once.
KEY = {
    "protocol": "ctap2",
    "transport": "usb",
    "hasResidentKey": False,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
EMAIL = "adi@example.com"
Photograph = Callable[[Page, str], None]


@pytest.fixture
def page(demo: Demo, browser: Browser) -> Iterator[Page]:
    """A browser with a security key, at the address under which browsers allow one without TLS."""
    complaints: list[str] = []

    def note(said: ConsoleMessage) -> None:
        if said.type == "error":
            complaints.append(said.text)

    context = browser.new_context(viewport={"width": 1280, "height": 900}, base_url=f"http://localhost:{demo.web}")
    page = context.new_page()
    page.set_default_timeout(PAGE_WITHIN)
    page.on("console", note)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    devtools = context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})
    yield page
    context.close()
    assert complaints == []


def give_password(page: Page) -> None:
    page.goto("/accounts/sign-in/")
    page.locator("input[name=login]").fill(EMAIL)
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_a_security_key_is_added_signs_in_and_is_taken_off_again(page: Page, photograph: Photograph) -> None:
    give_password(page)
    page.locator(".who a").first.click()
    page.get_by_role("link", name="Sign-in security").click()
    photograph(page, "second-factor")
    page.get_by_role("link", name="Set up an app").click()
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("heading", name="Set up an app for codes").wait_for()
    assert re.fullmatch("[A-Z2-7]{32}", page.locator("code.secret").inner_text())
    box = page.locator(".qr svg path").bounding_box()
    assert box
    assert box["width"] > 100, "the picture isn't drawn"
    photograph(page, "second-factor-app")

    page.goto("/accounts/2fa/keys/add/")
    photograph(page, "second-factor-add-key")
    page.get_by_role("button", name="Add this key").click()
    page.get_by_role("heading", name="Your recovery codes").wait_for()
    photograph(page, "second-factor-recovery-codes")
    page.get_by_role("link", name="Back to sign-in security").click()
    page.get_by_role("link", name="See your keys").click()
    page.get_by_text("Security key 1", exact=True).wait_for()
    photograph(page, "second-factor-keys")

    page.get_by_role("button", name="Sign out").click()
    page.locator("input[name=login]").wait_for()
    give_password(page)
    page.get_by_role("heading", name="Your second factor").wait_for()
    photograph(page, "second-factor-sign-in")
    page.get_by_role("button", name="Use a security key").click()
    page.get_by_role("heading", name="Dashboard").wait_for()

    page.goto("/accounts/2fa/keys/")
    page.get_by_role("link", name="Remove…").click()
    page.get_by_role("heading", name="Sign in again").wait_for()
    page.get_by_role("link", name="Use a security key").click()
    page.wait_for_load_state()  # without its script the button would send an empty form
    page.get_by_role("button", name="Use a security key").click()
    page.get_by_role("heading", name="Remove “Security key 1”?").wait_for()
    photograph(page, "second-factor-remove")
    page.get_by_role("button", name="Remove the key").click()
    page.get_by_text("You have no security key yet.").wait_for()
