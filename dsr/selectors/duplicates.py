"""Open cases about the same person, found by keyed hashes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

from django.db.models import Q

from dsr.models import Case, Connection, Identifier, IdentifierKind
from dsr.selectors.cases import open_cases
from dsr.selectors.related import OF_THE_PERSON


def open_with(hashes: Collection[str], *, connection: Connection) -> Mapping[str, list[Case]]:
    """By hash, the open cases that have such an identifier: an address anywhere, an external id of the same account.

    Of a case, only `pk` and `reference` are loaded.
    """
    found: dict[str, list[Case]] = defaultdict(list)
    rows = (
        Identifier.objects.filter(
            OF_THE_PERSON,
            Q(kind=IdentifierKind.EMAIL) | Q(case__connection__account_id=connection.account_id),
            keyed_hash__in=list(hashes),
            case__in=open_cases(),
        )
        .order_by("case_id")
        .values_list("keyed_hash", "case_id", "case__reference")
    )
    for keyed_hash, pk, reference in rows:
        found[keyed_hash].append(Case(pk=pk, reference=reference))
    return found
