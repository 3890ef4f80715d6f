"""Open cases about the same person, found by keyed hashes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

from django.db.models import Q

from dsr.models import Case, Connection, FilingBatch, Identifier, IdentifierKind
from dsr.selectors.cases import open_cases
from dsr.selectors.related import OF_THE_PERSON

_AT_ONCE = 10_000
"""Fewer than SQLite takes in one question. A file that asks for more has hundreds of identifiers in each row."""


def open_with(hashes: Collection[str], *, connection: Connection) -> Mapping[str, list[Case]]:
    """By hash, the open cases that have such an identifier: an address anywhere, an external id of the same account.

    Of a case, only `pk` and `reference` are loaded. One question for up to ten thousand hashes.
    """
    found: dict[str, list[Case]] = defaultdict(list)
    asked = list(hashes)
    for start in range(0, len(asked), _AT_ONCE):
        rows = (
            Identifier.objects.filter(
                OF_THE_PERSON,
                Q(kind=IdentifierKind.EMAIL) | Q(case__connection__account_id=connection.account_id),
                keyed_hash__in=asked[start : start + _AT_ONCE],
                case__in=open_cases(),
            )
            .order_by("case_id")
            .values_list("keyed_hash", "case_id", "case__reference")
        )
        for keyed_hash, pk, reference in rows:
            found[keyed_hash].append(Case(pk=pk, reference=reference))
    return found


def unseen(hashes: Collection[str], *, batch: FilingBatch) -> bool:
    """Whether an open case has one of these that came after it was decided what to file, and not from that file."""
    return any(
        case.pk > batch.newest_case and not batch.rows.filter(case_id=case.pk).exists()
        for cases in open_with(hashes, connection=batch.connection).values()
        for case in cases
    )
