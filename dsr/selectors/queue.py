"""How somebody looks at the list of requests: their columns, what they chose last, and what stood there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import TextChoices
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from dsr.models import QueueView, User

SORT = "o"
"""The list's parameter for sorting: places of columns, with a minus where it goes down, between dots."""
KEPT = ("account", "due", "kind__exact", "officer", "state", SORT)
ALL_OPEN = "state=open"
"""What is shown where nothing was chosen, as an address says it."""
LONGEST = 500


class Column(TextChoices):
    """What the list can show beside the reference. The values are those of its columns in `admin/cases.py`."""

    PERSON = "subject", _("Person")
    TYPE = "kind_words", _("Type")
    STATE = "state_pill", _("State")
    DUE = "due", _("Due")
    OFFICER = "officer", _("Officer")
    CONNECTION = "account", _("Connection")
    RECEIVED = "received", _("Received")
    FILED_BY = "filed", _("Filed by")


DEFAULT = (Column.PERSON, Column.TYPE, Column.STATE, Column.DUE, Column.OFFICER)


def columns_of(user: User) -> list[Column]:
    """What this person chose to see, always in the same order."""
    chosen = (user.queue or {}).get("columns")
    return [column for column in Column if column in (DEFAULT if chosen is None else chosen)]


def shown_to(user: User, *, is_officer: bool) -> tuple[str, ...]:
    """The columns of the list in their order; first the box to check, for whoever may assign, and the reference."""
    box = ("box",) if is_officer else ()
    return (*box, "reference_link", *(column.value for column in columns_of(user)))


def last_query(user: User) -> str:
    """What they chose last; nothing where that is all open requests."""
    return cleaned((user.queue or {}).get("query", ""))


def cleaned(query: str) -> str:
    """Only what the list knows, in one order. Nothing where it says no more than all open requests."""
    given = QueryDict(query)
    kept = urlencode([(name, given[name]) for name in KEPT if given.get(name)])
    return "" if kept == ALL_OPEN or len(kept) > LONGEST else kept


def by_name(query: QueryDict, shown: Sequence[str]) -> str:
    """What an address asks for, to be kept: columns are named in place of counted, so that others may be shown."""
    kept = {name: str(value) for name, value in query.items()}
    kept[SORT] = ".".join(_turned(kept.get(SORT, ""), dict(enumerate(shown))))
    return cleaned(urlencode(kept))


def by_place(query: str, shown: Sequence[str]) -> str:
    """The same as an address for the columns that are shown now; never empty."""
    kept = {name: str(value) for name, value in QueryDict(query).items()}
    places = {name: str(place) for place, name in enumerate(shown)}
    kept[SORT] = ".".join(_turned(kept.get(SORT, ""), places))
    return urlencode([(name, value) for name, value in kept.items() if value]) or ALL_OPEN


def _turned(order: str, other: Mapping[Any, str]) -> list[str]:
    found = []
    for part in filter(None, order.split(".")):
        minus, name = ("-", part[1:]) if part.startswith("-") else ("", part)
        key: Any = int(name) if name.isdecimal() else name
        if key in other:
            found.append(f"{minus}{other[key]}")
    return found


@dataclass(frozen=True)
class SavedView:
    pk: int
    name: str
    address: str
    is_current: bool


def views_of(user: User, *, current: str, shown: Sequence[str]) -> list[SavedView]:
    """What this person saved. `current` is what the list shows, as `by_name` keeps it."""
    return [
        SavedView(view.pk, view.name, f"?{by_place(view.query, shown)}", view.query == current)
        for view in QueueView.objects.filter(user=user)
    ]


def neighbours(user: User, reference: str) -> tuple[str, str]:
    """The requests before and after this one in the list that this person saw last; empty where none is."""
    shown = ["", *(user.queue or {}).get("shown", []), ""]
    if not reference or reference not in shown:
        return "", ""
    at = shown.index(reference)
    return shown[at - 1], shown[at + 1]
