"""What the organisation's tags mean, as an administrator writes it: one tag on each line, “VIP = has bought twice”."""

from __future__ import annotations

from collections.abc import Mapping


def read_meanings(text: str) -> Mapping[str, str]:
    """The meaning of each tag by its `key`. Raises `ValueError` with the number of the line that is no meaning."""
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        name, sign, meaning = (part.strip() for part in line.partition("="))
        if not (name and sign and meaning) or key(name) in found:
            raise ValueError(number)
        found[key(name)] = meaning
    return found


def key(name: str) -> str:
    """Under which a tag's meaning stands in what `read_meanings` gives."""
    return " ".join(name.split()).casefold()
