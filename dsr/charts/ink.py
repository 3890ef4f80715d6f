"""The colours of charts. As attributes they are those of light paper; on a page its stylesheet decides."""

from __future__ import annotations

from enum import StrEnum


class Ink(StrEnum):
    """Each has a value of its own, by which it is found again in what matplotlib wrote."""

    INK = "#1b2430"
    SOFT = "#566270"
    LINE = "#dfe4ea"
    FIRST = "#1f5fae"
    SECOND = "#c2740a"
    THIRD = "#3f8f6b"
    FOURTH = "#8a5aa8"
    FIFTH = "#9a3b3b"
    SIXTH = "#7b8794"


SERIES = (Ink.FIRST, Ink.SECOND, Ink.THIRD, Ink.FOURTH, Ink.FIFTH, Ink.SIXTH)
"""In the order in which the parts of a chart take them; each differs from its neighbours in lightness too."""
