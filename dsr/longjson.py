"""JSON that is larger than memory, read one entry at a time, and each value exactly as `json.loads` reads it.

The values are read by the standard library's own scanner, so halves of surrogate pairs, doubled keys, long numbers and
byte order marks come out as they would have of the whole. (A streaming parser with rules of its own, yajl under ijson,
turns half a pair into "?" and refuses marks and NaN: digests of equal answers would differ.)
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable, Iterator
from json import JSONDecoder
from typing import Any

LONGEST_VALUE = 8 * 1024 * 1024
"""Characters that one value may have which is read in one piece: an entry of a list, or a field that is no list."""

_BLANKS = re.compile(r"[ \t\n\r]*")


class Malformed(ValueError):
    """It isn't JSON, it is nested too deeply, or one value of it is longer than `LONGEST_VALUE`."""


class Reader:
    """Goes once through a document from front to back. What is met is said by `peek`, and taken by one of the others.

    Raises `Malformed`, at the latest in `end`: until then it isn't known whether the document is sound.
    """

    def __init__(self, chunks: Iterable[bytes], decoder: JSONDecoder) -> None:
        self._texts = _decoded(chunks)
        self._decoder = decoder
        self._text = ""
        self._at = 0
        self._gone = 0

    @property
    def offset(self) -> int:
        """How many characters lie behind: `skip` leads another reader of the same document there."""
        return self._gone + self._at

    def skip(self, offset: int) -> None:
        """Go on to a place without reading what lies before it."""
        while self._gone + len(self._text) < offset:
            self._at = len(self._text)
            if not self._more():
                raise Malformed
        self._at = offset - self._gone

    def peek(self) -> str:
        """The character that the next value or mark starts with; empty at the end."""
        while True:
            self._at = _after_blanks(self._text, self._at)
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def value(self) -> Any:
        """Take a whole value."""
        return self._value(",]}")

    def members(self) -> Iterator[str]:
        """Enter an object and name its keys in turn; the value of each has to be taken before the next."""
        self._take("{")
        if self.peek() == "}":
            self._take("}")
            return
        while True:
            if self.peek() != '"':
                raise Malformed
            key: str = self._value(":")
            self._take(":")
            yield key
            if self._take(",}") == "}":
                return

    def items(self) -> Iterator[Any]:
        """Enter a list and take its entries in turn."""
        self._take("[")
        if self.peek() == "]":
            self._take("]")
            return
        while True:
            yield self._value(",]")
            if self._take(",]") == "]":
                return

    def drop(self) -> None:
        """Take a value that nobody needs; a list of any length."""
        if self.peek() == "[":
            for _ in self.items():
                pass
        else:
            self.value()

    def end(self) -> None:
        """Nothing may follow."""
        if self.peek():
            raise Malformed

    def _take(self, marks: str) -> str:
        mark = self.peek()
        if not mark or mark not in marks:
            raise Malformed
        self._at += 1
        return mark

    def _value(self, followed_by: str) -> Any:
        self.peek()
        while True:
            try:
                found, end = self._decoder.raw_decode(self._text, self._at)
            except RecursionError:
                raise Malformed from None
            except ValueError:
                pass  # or it goes on in the next piece
            else:
                # Without a look at what follows, 12 could still become 12.5.
                end = _after_blanks(self._text, end)
                if self._text[end : end + 1] and self._text[end] in followed_by:
                    self._at = end
                    return found
                if end == len(self._text):
                    if self._more():
                        continue
                    self._at = len(self._text)
                    return found
            left = len(self._text) - self._at
            if left > LONGEST_VALUE or not self._more(at_least=left):
                raise Malformed

    def _more(self, *, at_least: int = 1) -> bool:
        """Read on, as much again as is held, so that a long value isn't tried at each piece. False at the end."""
        held = [self._text[self._at :]]
        count = 0
        for text in self._texts:
            held.append(text)
            count += len(text)
            if count >= at_least:
                break
        self._gone += self._at
        self._text, self._at = "".join(held), 0
        return count > 0


def _after_blanks(text: str, at: int) -> int:
    found = _BLANKS.match(text, at)
    return found.end() if found else at


def _decoded(chunks: Iterable[bytes]) -> Iterator[str]:
    """The text in pieces, decoded as `json.loads` decodes bytes."""
    head = b""
    decode: codecs.IncrementalDecoder | None = None
    try:
        for chunk in chunks:
            if decode is None:
                head += chunk
                if len(head) < 4:
                    continue
                decode, chunk = _decoder_of(head), head  # noqa: PLW2901
            yield decode.decode(chunk)
        if decode is None:
            decode = _decoder_of(head)
            yield decode.decode(head)
        yield decode.decode(b"", final=True)
    except UnicodeDecodeError:
        raise Malformed from None


def _decoder_of(head: bytes) -> codecs.IncrementalDecoder:
    # Undocumented, and what `json.loads` does with bytes since Python 3.6.
    encoding: str = json.detect_encoding(head)
    return codecs.getincrementaldecoder(encoding)("surrogatepass")
