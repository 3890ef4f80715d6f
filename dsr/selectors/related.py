"""Other cases with the same e-mail address or id, found by keyed hash. Whether it is the same person is not known."""

from __future__ import annotations

from django.db.models import Case as Choice
from django.db.models import Q, QuerySet, When

from dsr.models import Case, Decision, Identifier, IdentifierKind
from dsr.states import FINAL

OF_THE_PERSON = Q(learnt_from=None) | Q(learnt_from__decision=Decision.SAME_PERSON)
"""What was learnt from a contact that was ruled out since is somebody else's."""


def sharing_identifier(case: Case) -> QuerySet[Identifier, int]:
    """The keys of the cases that share an identifier with this one, itself included: an e-mail address, or an external
    id of the same account. A purged case has none any more."""
    ours = case.known_identifiers
    return Identifier.objects.filter(
        OF_THE_PERSON,
        Q(
            kind=IdentifierKind.EMAIL,
            keyed_hash__in=ours.filter(kind=IdentifierKind.EMAIL).values("keyed_hash"),
        )
        | Q(
            kind=IdentifierKind.EXTERNAL_ID,
            keyed_hash__in=ours.filter(kind=IdentifierKind.EXTERNAL_ID).values("keyed_hash"),
            case__connection__account_id=case.connection.account_id,
        ),
    ).values_list("case", flat=True)


def merged_in(case: Case) -> list[Case]:
    """The requests that go on in this one, also by way of another that was merged into it; the earliest filed first."""
    found: list[Case] = []
    level = [case]
    while level := list(Case.objects.filter(merged_into__in=level)):
        found += level
    return sorted(found, key=lambda row: row.pk)


def related_to(case: Case) -> QuerySet[Case]:
    """The other cases that share an identifier with this one, and those merged with it: open ones first, then newest.

    A merged one is named also when its contents are destroyed.
    """
    # A union, since databases look for each part by its index; for one condition with “or” they read every case.
    known = Case.objects.filter(pk__in=sharing_identifier(case), purge_began_at=None).values("pk").order_by()
    merged = Case.objects.filter(merged_into=case).values("pk").order_by()
    into = Case.objects.filter(pk=case.merged_into_id or 0).values("pk").order_by()
    is_closed = Choice(When(state__in=FINAL, then=1), default=0)
    others = Case.objects.filter(pk__in=known.union(merged, into)).exclude(pk=case.pk)
    return others.select_related("assigned_to").order_by(is_closed, "-pk")
