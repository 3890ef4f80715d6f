"""Whether a page fits: at 200 % zoom, on a phone, at 320 pixels (WCAG 1.4.10), and with wider text (1.4.12)."""

from __future__ import annotations

from playwright.sync_api import Page

WIDTHS = (1280, 640, 390, 320)
"""A window, the same at 200 % zoom, a phone, and what a page has to fit at the least."""

_OPEN_ALL = "document.querySelectorAll('main details:not(.filters details)').forEach(part => { part.open = true; })"
_WIDER_TEXT = """() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`
        * { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; }
        p { margin-bottom: 2em !important; }`);
    document.adoptedStyleSheets = [sheet];
}"""
_MISFITS = """() => {
    const page = document.documentElement;
    const found = page.scrollWidth > page.clientWidth ? [`it scrolls sideways: ${page.scrollWidth}`] : [];
    const told = element => element.outerHTML.replace(/\\s+/g, " ").slice(0, 140);
    const is_scroller = element => ["auto", "scroll"].includes(getComputedStyle(element).overflowX);
    const in_scroller = element => {
        for (let at = element.parentElement; at; at = at.parentElement) if (is_scroller(at)) return true;
        return false;
    };
    for (const element of document.body.querySelectorAll(":not(svg *, input, select, select *, textarea)")) {
        if (element.closest(".visually-hidden, .skip, thead") || !element.checkVisibility()) continue;
        const style = getComputedStyle(element);
        const box = element.getBoundingClientRect();
        if (!box.width || style.clipPath !== "none") continue;
        if ((box.right > page.clientWidth + 1 || box.left < -1) && !in_scroller(element))
            found.push(`beyond the edge: ${told(element)}`);
        if (["hidden", "clip"].includes(style.overflowX) && element.scrollWidth > element.clientWidth + 1)
            found.push(`cut off: ${told(element)}`);
        if (["hidden", "clip"].includes(style.overflowY) && element.scrollHeight > element.clientHeight + 1)
            found.push(`cut off below: ${told(element)}`);
        if (is_scroller(element) && element.scrollWidth > element.clientWidth + 1 && element.tabIndex < 0
            && !element.querySelector("a[href], button, input, select, textarea, summary"))
            found.push(`scrolls, but not by keyboard: ${told(element)}`);
    }
    return found;
}"""


def open_all(page: Page) -> None:
    """Unfold what is folded away: it has to fit, and to be looked at, too."""
    page.evaluate(_OPEN_ALL)


def misfits(page: Page) -> list[str]:
    """What is cut off, or makes the page scroll sideways, at any of the widths; the window stays as it was."""
    size = page.viewport_size
    assert size
    found: list[str] = []
    for spacing in ("", " with wider text"):
        if spacing:
            page.evaluate(_WIDER_TEXT)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": size["height"]})
            found += [f"{width} pixels{spacing}: {row}" for row in page.evaluate(_MISFITS)]
    page.evaluate("document.adoptedStyleSheets = []")
    page.set_viewport_size(size)
    return found
