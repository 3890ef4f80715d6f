"""The measures themselves: what they are there to find, they find."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.browser.conftest import AXE
from tests.browser.fitting import misfits
from tests.browser.keyboard import Keyboard

pytestmark = pytest.mark.browser
PAGE = """<!doctype html><html lang="en"><title>Bad</title><main><h1>Bad</h1>{}</main></html>"""


@pytest.mark.parametrize(
    ("piece", "found"),
    [
        ('<div style="width: 700px">wide</div>', "it scrolls sideways"),
        ('<p style="width: 90px; overflow: hidden; white-space: nowrap">cut off at its end</p>', "cut off"),
        ('<p style="height: 24px; width: 90px; overflow: hidden">cut off below its first line</p>', "cut off below"),
        ('<div style="width: 90px; overflow: auto"><p style="width: 300px">a table</p></div>', "not by keyboard"),
    ],
)
def test_what_does_not_fit_is_found(browser: Browser, piece: str, found: str) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_content(PAGE.format(piece))
    assert found in "\n".join(misfits(page))
    page.close()


def test_a_wide_table_in_a_part_that_scrolls_is_none(browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_content(PAGE.format('<div style="overflow: auto" tabindex="0"><p style="width: 900px">a table</p></div>'))
    assert misfits(page) == []
    page.close()


def test_small_targets_are_found(browser: Browser) -> None:
    page = browser.new_page()
    small = '<button style="width: 9px; height: 9px; padding: 0" aria-label="a"></button>'
    page.set_content(PAGE.format(small + small.replace('"a"', '"b"')))
    assert [row["id"] for row in Axe().run(page, options=AXE).response["violations"]] == ["target-size"]
    page.close()


@pytest.mark.parametrize(
    ("piece", "wrong"),
    [
        ('<a href="#" style="outline: none">Go</a>', "no outline"),
        ('<a href="#">Go</a><p style="position: fixed; inset: 0; margin: 0; background: white">lid</p>', "covered"),
    ],
)
def test_a_focus_that_is_not_seen_is_found(browser: Browser, piece: str, wrong: str) -> None:
    page = browser.new_page()
    page.set_content(PAGE.format(f"<style>:focus-visible {{ outline: 3px solid }}</style>{piece}"))
    with pytest.raises(AssertionError, match=wrong):
        Keyboard(page).go_to(page.get_by_role("link", name="Go"))
    page.close()
