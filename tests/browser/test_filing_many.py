"""Many requests from a table, in a real browser: the preview, the worker at it, stopped and gone on with."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import SignIn
from tests.browser.test_main_path import PATIENCE
from tests.ops.waiting import eventually
from tests.smoke.demo_process import Demo
from tests.tables import HEADING, line

pytestmark = pytest.mark.browser

Photograph = Callable[[Page, str], None]
ROWS = 240
SEARCHED_WITHIN = 300.0
AT_WORK = "SELECT COUNT(*) FROM dsr_job WHERE status IN ('due', 'running')"


def is_accessible(page: Page) -> None:
    page.wait_for_load_state()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
    page.emulate_media(color_scheme="light")


@contextmanager
def nothing_followed(page: Page) -> Iterator[None]:
    """The page's questions how far the worker is wait meanwhile: one of the answers would load it anew in the middle
    of what is looked at."""
    asks = re.compile(r"/progress/\?")
    waiting: list[Route] = []

    def hold(question: Route) -> None:
        waiting.append(question)

    page.route(asks, hold)
    yield
    for question in waiting:
        question.continue_()
    page.unroute(asks)


def choose(page: Page, *lines: str) -> None:
    content = "\r\n".join([HEADING, *lines]).encode("utf-8-sig")
    page.get_by_label("File", exact=True).set_input_files(
        {"name": "requests.csv", "mimeType": "text/csv", "buffer": content}
    )
    page.get_by_role("button", name="Look at the rows").click()


def test_a_file_is_looked_at_filed_stopped_and_gone_on_with(
    demo: Demo, sign_in: SignIn, photograph: Photograph
) -> None:
    page = sign_in("anna@example.com")
    page.get_by_role("link", name="File a request").first.click()
    page.get_by_role("link", name="File many from a table").click()
    with page.expect_download() as taken:
        page.get_by_role("link", name="Download the template").click()
    assert taken.value.path().read_bytes().startswith(b"\xef\xbb\xbf")

    choose(page, "nonsense")
    expect(page.get_by_role("heading", name="No row can be filed")).to_be_visible()
    page.get_by_role("button", name="Throw the file away").click()
    expect(page.get_by_text("Thrown away. What is filed stays filed.")).to_be_visible()
    page.goto(page.url.rsplit("MANY", 1)[0])
    is_accessible(page)
    photograph(page, "many-new")

    choose(page, line(1, channel="telepathy"), *[line(n) for n in range(2, ROWS)], line(5, name="Pia once more"))
    expect(page.get_by_role("heading", name="What would be filed")).to_be_visible()
    assert page.locator("input:checked").count() == 0, "nothing is chosen for the officer"
    page.get_by_role("button", name=f"File {ROWS - 1} requests").click()
    expect(page.get_by_role("alert")).to_contain_text("Say for each marked row")
    is_accessible(page)
    photograph(page, "many-preview")
    page.get_by_label("Leave it out").check()
    with demo.worker_held():  # it is quick: all might be filed before there is a button
        page.get_by_role("button", name=f"File {ROWS - 1} requests").click()
        page.get_by_role("button", name="Stop").click()
        expect(page.get_by_role("heading", name="Stopped")).to_be_visible()
    is_accessible(page)
    photograph(page, "many-stopped")
    with nothing_followed(page):
        with demo.worker_held():
            page.get_by_role("button", name="Go on").click()
            expect(page.get_by_role("progressbar")).to_be_visible()
        photograph(page, "many-progress")
        is_accessible(page)
    # Nobody loads the page: it does so itself once the worker is through.
    expect(page.get_by_role("heading", name="What came of it")).to_be_visible(timeout=PATIENCE)
    expect(page.locator("ul.filed li")).to_have_count(ROWS - 2)
    is_accessible(page)
    photograph(page, "many-finished")
    with page.expect_download() as taken:
        page.get_by_role("link", name="Download the rows").click()
    assert b"telepathy" in taken.value.path().read_bytes()
    # The worker searches for each of them, and what other tests wait for would come after all of those.
    assert eventually(lambda: demo.ask(AT_WORK) == [(0,)], within=SEARCHED_WITHIN)
