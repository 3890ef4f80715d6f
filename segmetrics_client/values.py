"""Reading what the service sends without ever failing on it: an export must not stop at one odd value.

Each reader gives the value in its proper type where it can, and the value as it came where it can't.
"""

import json
import math
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, PlainValidator


def as_text(value: Any) -> str | None:
    """Text stays, numbers become text; half surrogate pairs, which can't be encoded, are replaced."""
    if value is None:
        return None
    if not isinstance(value, str):
        value = str(value) if isinstance(value, int | float) and not isinstance(value, bool) else json.dumps(value)
    return str(value).encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def as_moment(value: Any) -> datetime | str | None:
    """An ISO 8601 date becomes a datetime, with its own offset or none; whatever else comes stays text."""
    if value is None or isinstance(value, datetime):
        return value
    text = as_text(value) or ""
    try:
        # "20211218…" is ISO 8601 too, but so would be many a plain number.
        return datetime.fromisoformat(text) if text[4:5] == "-" else text
    except ValueError:
        return text


def as_flag(value: Any) -> bool | str | None:
    """true and false, also as 1 and 0 or as text."""
    if value is None or isinstance(value, bool):
        return value
    text = as_text(value) or ""
    return {"1": True, "true": True, "0": False, "false": False, "": False}.get(text.strip().lower(), text)


def as_cents(value: Any) -> int | str | None:
    """Whole cents (ASSUMED: the read side doesn't state the unit); an amount that isn't whole stays text."""
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        return int(value)
    text = as_text(value) or ""
    return int(text) if text.isascii() and text.removeprefix("-").isdigit() and len(text) < 30 else text


def as_list(value: Any) -> list[Any]:
    """No list is an empty one; an object with keys 0, 2, … is what PHP makes of a list with a gap."""
    if value is None:
        return []
    if isinstance(value, dict) and all(str(key).isdigit() for key in value):
        return list(value.values())
    return value if isinstance(value, list) else [value]


def as_objects(value: Any) -> list[Any]:
    """A list of objects; an item that is none stands as ``{"value": item}``."""
    return [item if isinstance(item, dict | BaseModel) else {"value": item} for item in as_list(value)]


def as_dict(value: Any) -> dict[str, Any]:
    """An object; PHP writes an empty one as an empty list."""
    if isinstance(value, dict):
        return value
    return {} if value is None or value == [] else {"value": value}


def as_required_text(value: Any) -> Any:
    """For an id without which the thing isn't one: without it, the validation that follows fails."""
    return None if value == "" else as_text(value)


def moment(value: datetime | str | None) -> datetime | None:
    """A datetime that can be compared with others: UTC where no zone was said, None where it isn't a date."""
    if not isinstance(value, datetime):
        return None
    return value if value.tzinfo is not None else value.replace(tzinfo=UTC)


def on_the_wire(value: datetime) -> str:
    """``YYYY-MM-DD HH:MM:SS`` without a zone, as imports want it; a zone is turned to UTC first."""
    if value.tzinfo is not None:
        value = value.astimezone(UTC)
    return value.strftime("%Y-%m-%d %H:%M:%S")


Text = Annotated[str | None, BeforeValidator(as_text)]
Moment = Annotated[datetime | str | None, PlainValidator(as_moment)]
Flag = Annotated[bool | str | None, PlainValidator(as_flag)]
Cents = Annotated[int | str | None, PlainValidator(as_cents)]
