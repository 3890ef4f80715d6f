"""A real browser before the real demo: web server, worker and sandbox in processes of their own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from dsr.demo.options import secrets_of
from segmetrics_client.sandbox.testing import Sandbox
from tests.browser.fitting import misfits
from tests.smoke.demo_process import Demo, free_ports

PASSWORD = "demo-only-password"
PAGE_WITHIN = 60_000
"""Milliseconds in which a page comes, and shows what it has to: the worker draws and calls on the same cores."""
expect.set_options(timeout=PAGE_WITHIN)
PRIVATE = ("linda", "noemi.", "dare@", "formula@", "lena@", "rolf@", "li.xiaolong@", "a/b@", "c#dur@", "wrong password")
"""Of the people and passwords that the tests type."""
AXE = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
"""What axe looks for: all that it does by itself, and the size of targets (WCAG 2.5.8), which it leaves out."""
SCREENSHOTS = Path(__file__).resolve().parents[2] / "build" / "screenshots"
# Debian's browser, without what would call home.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("demo")
    web, sandbox = free_ports(2)
    with Demo(folder / "data", web=web, sandbox=sandbox, output=folder / "said.txt") as running:
        running.wait_until_well()
        yield running
    # Whatever the tests did: no log holds a datum of a person, a password or a key.
    logs = [running.output, *(running.data_dir / "logs").glob("*.log")]
    assert len(logs) >= 3
    said = "\n".join(log.read_text(errors="replace") for log in logs if log.name != "sandbox.log").lower()
    secrets = [*PRIVATE, *secrets_of(running.data_dir).values(), Sandbox.api_key]
    assert [secret for secret in secrets if secret.lower() in said] == []


@pytest.fixture(scope="session")
def segmetrics(demo: Demo) -> Sandbox:
    return Sandbox.connect(f"http://127.0.0.1:{demo.sandbox_port}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    executable = shutil.which("chromium")
    assert executable, "Debian's chromium is missing; `make test-browser` installs it"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield browser
        browser.close()


def _is_complaint(said: ConsoleMessage) -> bool:
    """An error of the page itself; that a form was answered with 422, or with 409, is what the test asked for."""
    return said.type == "error" and not any(f"status of {code}" in said.text for code in (409, 422))


SignIn = Callable[..., Page]
OpenSite = Callable[..., Page]


@pytest.fixture
def open_site(demo: Demo, browser: Browser) -> Iterator[OpenSite]:
    """Open the sign-in page in a browser profile of its own. A console error fails the test."""
    complaints: list[str] = []
    contexts = []

    def opened(**options: object) -> Page:
        context = browser.new_context(**({"viewport": {"width": 1280, "height": 900}} | options))  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PAGE_WITHIN)
        page.on("console", lambda said: complaints.append(said.text) if _is_complaint(said) else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"http://127.0.0.1:{demo.web}/")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def sign_in(open_site: OpenSite) -> SignIn:
    """Open the site as one of the cast."""

    def signed_in(email: str, **options: object) -> Page:
        page = open_site(**options)
        page.locator("input[name=login]").fill(email)
        page.locator("input[name=password]").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("heading", name="Dashboard").wait_for()
        return page

    return signed_in


@pytest.fixture
def visitor(demo: Demo, browser: Browser) -> Iterator[Page]:
    """A browser of somebody who has no account here. A console error fails the test, but for a refused code."""
    complaints: list[str] = []
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(PAGE_WITHIN)
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert [text for text in complaints if "status of 403" not in text and "status of 404" not in text] == []


@pytest.fixture
def photograph() -> Callable[[Page, str], None]:
    """Leave a picture of the whole page in build/screenshots: light, dark, and at the width of a phone.

    In each of them axe-core must find nothing; at no width anything may be cut off or scroll the page sideways.
    """
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    axe = Axe()

    def audit(page: Page, name: str) -> None:
        found = axe.run(page, options=AXE).response["violations"]
        assert [(row["id"], [node["target"] for node in row["nodes"]]) for row in found] == [], name

    def take(page: Page, name: str) -> None:
        page.wait_for_load_state()  # a click only waits until the next page begins
        size = page.viewport_size
        assert size
        page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)
        audit(page, name)
        page.emulate_media(color_scheme="dark")
        page.screenshot(path=SCREENSHOTS / f"{name}-dark.png", full_page=True)
        audit(page, f"{name}, dark")
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": 390, "height": 844})
        page.screenshot(path=SCREENSHOTS / f"{name}-phone.png", full_page=True)
        audit(page, f"{name} on a phone")
        page.set_viewport_size(size)
        assert not (found := misfits(page)), f"{name}: " + "\n".join(found)

    return take
