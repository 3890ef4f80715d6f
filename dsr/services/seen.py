"""No lost update: a form carries a mark of what it showed, and what was written meanwhile isn't written over unseen.

Under the lock that writes, a service compares the mark with what stands now. Where somebody else wrote in between, and
something else than what is wanted now, it raises `ChangedMeanwhile` with both versions; a form shows them side by side
(`forms.seen`) with the new mark, so that the person may write over it knowingly. Where nobody has written anything yet
there is nothing to lose, and where both wrote the same neither.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from django.db.models import Model

from dsr import fingerprint
from dsr.exceptions import ChangedMeanwhile
from dsr.models import AuditEntry, Case, User

Values = Mapping[str, str]
"""What stands or is wanted, as text, by the names of the form's fields."""
About = Mapping[str, object]
_NONE: About = MappingProxyType({})


def mark_of(values: Values) -> str:
    """What a form carries of what it showed: a digest of it."""
    return fingerprint.digest(dict(values))


def raise_if_unseen(
    seen: str | None,
    *,
    now: Values,
    wanted: Values,
    verbs: Iterable[str],
    case: Case | None = None,
    about: About = _NONE,
) -> None:
    """Raise `ChangedMeanwhile` unless `now` is what `seen` is the mark of. None is for whoever writes without a form.

    `verbs`, `case` and `about` (facts of it) find the audit entry that says who changed it, and when.
    """
    if seen is None or not any(now.values()) or seen == mark_of(now) or dict(now) == dict(wanted):
        return
    by, at = _last(verbs, case, about)
    raise ChangedMeanwhile(by=by, at=at, now=now, wanted=wanted, mark=mark_of(now))


def values_of(row: Model, names: Iterable[str]) -> dict[str, str]:
    """Fields of a row as text: lists by commas, and a box as “True” or nothing."""
    return {name: _text(getattr(row, name)) for name in names}


def _text(value: object) -> str:
    if isinstance(value, list | tuple | set):
        return ", ".join(sorted(str(item) for item in value))
    return str(value) if value not in {None, False} else ""


def _last(verbs: Iterable[str], case: Case | None, about: About) -> tuple[str, dt.datetime | None]:
    entries = AuditEntry.objects.filter(verb__in=[str(verb) for verb in verbs], case=case.reference if case else "")
    entry = entries.filter(**{f"facts__{name}": value for name, value in about.items()}).order_by("-sequence").first()
    if entry is None:
        return "", None
    person = User.objects.filter(pk=int(entry.actor[2:])).first() if entry.actor.startswith("U-") else None
    return person.full_name if person else "", dt.datetime.fromisoformat(entry.at)
