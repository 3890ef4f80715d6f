"""Reading a long list page by page, and being able to say how far it was read."""

from collections.abc import Callable, Iterator
from typing import Any

from .answers import Reply


class Pages:
    """Pages of ``data`` with a ``meta`` beside, read lazily: from ``first_page`` on, ``max_pages`` of them at most."""

    def __init__(self, fetch: Callable[[int], Reply], *, max_pages: int, first_page: int = 1) -> None:
        if max_pages < 1 or first_page < 1:
            raise ValueError("max_pages and first_page must be at least 1.")
        self._fetch = fetch
        self._first_page = first_page
        self._max_pages = max_pages
        #: Items seen so far.
        self.looked_at = 0
        #: How many there are, as the service says; None where it doesn't, or nothing was read yet.
        self.total: int | None = None
        self.pages_read = 0
        #: Whether the last page was reached.
        self.is_over = False

    def __iter__(self) -> Iterator[tuple[Reply, Any]]:
        """Each item with the answer that it came in. Starts anew each time."""
        self.looked_at, self.pages_read, self.total, self.is_over = 0, 0, None, False
        for number in range(self._first_page, self._first_page + self._max_pages):
            reply = self._fetch(number)
            items, meta = reply.body.get("data"), reply.body.get("meta") or {}
            if not isinstance(items, list) or not isinstance(meta, dict):
                raise reply.unexpected("JSON of another shape")
            if _number(meta.get("current_page"), number) != number:
                # The same page again and again would look like a very long list.
                raise reply.unexpected("another page than the one asked for")
            self.pages_read += 1
            self.total = _number(meta.get("total"), None)
            # An empty page isn't the last one where the service says that more follow.
            last = number >= (_number(meta.get("last_page"), None) or number)
            for place, item in enumerate(items, start=1):
                self.looked_at += 1
                self.is_over = last and place == len(items)
                yield reply, item
            if last:
                self.is_over = True
                return

    @property
    def complete(self) -> bool:
        """Whether the last page was reached, and from the first one on no less was seen than the service counts."""
        has_missed_some = self._first_page == 1 and self.total is not None and self.looked_at < self.total
        return self.is_over and not has_missed_some


def _number(value: Any, default: int | None) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return default
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else default
