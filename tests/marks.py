"""What a form carries of what it showed, for tests that send forms without a browser."""

from __future__ import annotations

import re

from django.test import Client


def find_mark(page: str, action: str = "") -> str:
    """The mark in the form with this target, or in the first that has one where none is named; or nothing."""
    for form in re.findall(r"<form\b.*?</form>", page, re.DOTALL):
        found = re.search(r'name="seen" value="(\w{64})"', form)
        if found and (not action or f'action="{action}"' in form):
            return found[1]
    return ""


def mark_in(page: str, action: str = "") -> str:
    """The same, where there must be one."""
    mark = find_mark(page, action)
    assert mark, f"no form for {action or 'anything'} carries a mark"
    return mark


def seen_on(browser: Client, page: str, action: str = "") -> dict[str, str]:
    """The field to send with a form that this person has just read."""
    return {"seen": mark_in(browser.get(page).content.decode(), action)}
