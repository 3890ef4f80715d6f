"""File names from foreign ids: no path, no device name, no two alike."""

import hashlib
import re
from collections.abc import Iterable


def safe_names(ids: Iterable[str]) -> list[str]:
    """A name for each id, in order: letters, digits, `-` and `_` only, unequal even without regard to case.

    An id that is not kept as it is ends in a piece of its digest.
    """
    names: list[str] = []
    taken: set[str] = set()
    for number, given in enumerate(ids, start=1):
        name = re.sub("[^A-Za-z0-9_-]", "_", given)[:60]
        if name != given or not name or name.lower() in taken:
            name = f"{name}-{hashlib.sha256(given.encode('utf-8', 'replace')).hexdigest()[:8]}"
        if name.lower() in taken:
            name = f"{name}-{number}"
        taken.add(name.lower())
        names.append(name)
    return names
