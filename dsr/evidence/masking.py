"""Shorten an identifier so that its owner knows it again and nobody else learns it."""

HIDDEN = "•••"


def _first(part: str) -> str:
    # Of one or two characters, the first would be most of it.
    return part[0] + HIDDEN if len(part) > 2 and part[0].isalnum() else HIDDEN


def mask(kind: str, value: str) -> str:
    """Mask an identifier: "linda@example.com" to "l•••@e•••.com", "cust-4711" to "c•••".

    The number of dots is always the same, so that it doesn't tell the length. `kind` is the code of the kind
    of identifier; whatever holds an @ is masked as an address, even where it was given as another kind.
    """
    value = value.strip()
    local, at, domain = value.rpartition("@")
    if kind != "email" and not at:
        return _first(value)
    if not at:
        return HIDDEN
    host, dot, ending = domain.rpartition(".")
    ending = dot + ending if dot and ending.isalpha() else ""
    return f"{_first(local)}@{_first(host if dot else domain)}{ending}"
