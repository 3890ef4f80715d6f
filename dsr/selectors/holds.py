"""Which legal holds bind a case."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from dsr.models import Candidate, Case, Decision, Identifier, IdentifierKind, LegalHold

OF_THE_PERSON = Q(learnt_from=None) | Q(learnt_from__decision=Decision.SAME_PERSON)


def in_force() -> QuerySet[LegalHold]:
    """The holds that nobody has lifted. One on a purged case can only come from a backup older than its lifting."""
    return LegalHold.objects.filter(lifted_at=None, case__purge_began_at=None)


def binding(case: Case) -> QuerySet[LegalHold]:
    """The holds that bind this case: placed on it, or on another case about the same data subject.

    The same person is whoever shares an e-mail address, an external id of the same account, or a confirmed contact. It
    may bind too much (an address that a family shares), never too little: a hold is lifted, an erasure isn't.
    """
    ours = case.known_identifiers
    same_identifier = Identifier.objects.filter(OF_THE_PERSON).filter(
        Q(
            kind=IdentifierKind.EMAIL,
            keyed_hash__in=ours.filter(kind=IdentifierKind.EMAIL).values("keyed_hash"),
        )
        | Q(
            kind=IdentifierKind.EXTERNAL_ID,
            keyed_hash__in=ours.filter(kind=IdentifierKind.EXTERNAL_ID).values("keyed_hash"),
            case__connection__account_id=case.connection.account_id,
        )
    )
    same_contact = Candidate.objects.filter(
        decision=Decision.SAME_PERSON,
        contact_id__in=case.candidates.filter(decision=Decision.SAME_PERSON).values("contact_id"),
        case__connection__account_id=case.connection.account_id,
    )
    return in_force().filter(
        Q(case=case) | Q(case__in=same_identifier.values("case")) | Q(case__in=same_contact.values("case"))
    )
