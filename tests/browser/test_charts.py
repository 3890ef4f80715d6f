"""A chart in a real browser, in a page under the site's own policy and stylesheet."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import Browser, Route

from dsr.charts import bars, stacked

pytestmark = pytest.mark.browser

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    "</svg><style>*{}</style>",
]
SITE = "http://desk.example/"


def test_the_policy_refuses_nothing_of_it_and_the_page_decides_on_its_colours(browser: Browser) -> None:
    charts = [bars(HOSTILE, [3, 1, 2, 0], title=HOSTILE[0]), stacked(["Jan"], {HOSTILE[1]: [1]}, title="By month")]
    html = (
        '<!doctype html><html lang="en"><title>Charts</title><link rel="stylesheet" href="/desk.css">'
        f"<main><h1>Charts</h1>{''.join(charts)}</main></html>"
    )
    policy = "; ".join(
        f"{name} {' '.join(values)}" for name, values in settings.CONTENT_SECURITY_POLICY["DIRECTIVES"].items()
    )
    style = (settings.BASE_DIR / "dsr/static/dsr/desk.css").read_text()
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        if route.request.url == f"{SITE}desk.css":
            route.fulfill(body=style, content_type="text/css")
        else:
            route.fulfill(body=html, content_type="text/html", headers={"Content-Security-Policy": policy})

    page = browser.new_page(color_scheme="light")
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.route("**/*", answer)
    page.goto(SITE)

    colour = "getComputedStyle(document.querySelector('.fill-first')).fill"
    light = page.evaluate(colour)
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(colour) != light
    assert page.get_by_role("img", name=HOSTILE[0]).count() == 1
    assert page.locator("svg").count() == 2
    assert Axe().run(page).response["violations"] == []
    assert said == []
    assert [address for address in asked if "favicon" not in address] == [SITE, f"{SITE}desk.css"]
    page.close()
