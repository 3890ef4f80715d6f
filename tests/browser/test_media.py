"""What the reader's system asks for: forced colours, and less motion."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import SCREENSHOTS, SignIn
from tests.browser.keyboard import Keyboard

pytestmark = pytest.mark.browser


def test_in_forced_colours_the_focus_and_every_field_and_button_are_seen(sign_in: SignIn) -> None:
    anna = sign_in("anna@example.com", forced_colors="active")
    anna.get_by_role("link", name="File a request").first.click()
    expect(anna.get_by_role("heading", name="File a request")).to_be_visible()
    anna.screenshot(path=SCREENSHOTS / "forced-colours.png", full_page=True)

    keys = Keyboard(anna)
    keys.go_to(anna.get_by_role("button", name="File and search"))
    assert keys.rests > 10, "each rest on the way was seen"
    edges = anna.locator("main :is(input:not([type=radio], [type=hidden]), select, textarea, button)").evaluate_all(
        "all => all.filter(one => getComputedStyle(one).borderStyle === 'none').map(one => one.outerHTML)"
    )
    assert edges == [], "a colour of its own is gone there, so only an edge shows what can be pressed"


def test_nothing_moves_where_less_motion_is_asked_for(sign_in: SignIn) -> None:
    anna = sign_in("anna@example.com")
    anna.locator("main").evaluate("main => main.insertAdjacentHTML('beforeend', '<p class=\"pill busy\">Deleting</p>')")
    # Its own alone: what other tests filed may be at work, and shown like this too.
    assert anna.locator("p.pill.busy").evaluate("pill => pill.getAnimations({subtree: true}).length") == 1
    anna.emulate_media(reduced_motion="reduce")
    assert anna.evaluate("document.getAnimations().length") == 0
