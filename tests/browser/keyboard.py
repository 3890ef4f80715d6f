"""A person with a keyboard and nothing else: what they press, and whether they see where they are."""

from __future__ import annotations

from playwright.sync_api import ElementHandle, FilePayload, Locator, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

_WHERE = """target => {
    const at = document.activeElement;
    if (at === document.body) return {is_there: false, wrong: ""};
    const name = at.outerHTML.slice(0, 160);
    const style = getComputedStyle(at);
    const is_outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    const box = at.getBoundingClientRect();
    // On a link of several lines, the middle of the box may be beside it: look at its first line.
    const {left, top, width, height} = at.getClientRects()[0] || box;
    const seen = [[.5, .5], [.1, .5], [.9, .5], [.5, .1], [.5, .9]].some(([x, y]) => {
        const on_top = document.elementFromPoint(left + width * x, top + height * y);
        return on_top !== null && (at.contains(on_top) || on_top.contains(at) && on_top !== document.body);
    });
    const wrong = [is_outlined ? "" : "no outline", seen ? "" : "covered, or out of sight"].filter(Boolean);
    return {is_there: at === target, wrong: wrong.length ? `${wrong.join(", ")}: ${name}` : ""};
}"""
"""Whether the focus is where it should be, and what is wrong with how it is seen (WCAG 2.4.7, 2.4.11)."""


class Keyboard:
    """Presses keys on a page. Wherever the focus rests on its way, it has to be seen."""

    FARTHEST = 150
    PRESSES = 3

    def __init__(self, page: Page) -> None:
        self.page = page
        self.rests = 0

    def go_to(self, thing: Locator) -> None:
        """Press Tab until the thing has the focus; where it isn't further on, Shift-Tab back to it."""
        expect(thing).to_be_visible()
        handle = thing.element_handle()
        for key in ("Tab", "Shift+Tab"):
            for _ in range(self.FARTHEST):
                if self._is_on(handle):
                    return
                self.page.keyboard.press(key)
        raise AssertionError(f"Tab never led to {thing}")

    def _is_on(self, handle: ElementHandle) -> bool:
        found = self.page.evaluate(_WHERE, handle)
        assert found["wrong"] == "", found["wrong"]
        self.rests += 1
        return bool(found["is_there"])

    def skip_to_content(self) -> None:
        """The first thing on each page leads past the menu."""
        self.go_to(self.page.get_by_role("link", name="Skip to the content"))
        self.page.keyboard.press("Enter")

    def press(self, thing: Locator, *, by: str = "Enter") -> None:
        self.go_to(thing)
        self.page.keyboard.press(by)

    def write(self, thing: Locator, text: str) -> None:
        self.go_to(thing)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)
        expect(thing).to_have_value(text)

    def write_day(self, thing: Locator, day: str) -> None:
        """Into a date field, part by part; in which order its parts stand is the browser's language."""
        year, month, number = day.split("-")
        self.go_to(thing)
        for order in ((month, number, year), (number, month, year)):
            self.page.keyboard.type("".join(order))
            if thing.input_value() == day:
                return
            for _ in order:
                self.page.keyboard.press("ArrowLeft")
        raise AssertionError(f"{day} can't be typed: {thing.input_value()}")

    def choose(self, select: Locator, label: str) -> None:
        """With the arrow keys, as a select is used that isn't opened."""
        self.go_to(select)
        for _ in range(30):
            if select.locator("option:checked").inner_text() == label:
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"no option {label}")

    def tick(self, radio: Locator) -> None:
        """Go to the group's first button, and with the arrow keys on to this one."""
        group = self.page.locator(f'input[type="radio"][name="{radio.get_attribute("name")}"]')
        self.go_to(group.first)
        self.page.keyboard.press("Space")
        for _ in range(group.count()):
            if radio.is_checked():
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"never ticked: {radio}")

    def attach(self, field: Locator, file: FilePayload) -> None:
        """Open the field's chooser with Space, and pick the file.

        Chromium opens a chooser only in the five seconds after a key went down, without a word otherwise; on a busy
        machine the key may come up later than that. A person presses again, and so does this.
        """
        for _ in range(self.PRESSES):
            self.go_to(field)
            try:
                with self.page.expect_file_chooser(timeout=10_000) as chooser:
                    self.page.keyboard.press("Space")
            except PlaywrightTimeout:
                continue
            chooser.value.set_files(file)
            return
        raise AssertionError(f"Space never opened the chooser of {field}")
