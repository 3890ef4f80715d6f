"""Which legal holds bind a case."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from dsr.models import Candidate, Case, Decision, LegalHold
from dsr.selectors.related import sharing_identifier


def in_force() -> QuerySet[LegalHold]:
    """The holds that nobody has lifted. One on a purged case can only come from a backup older than its lifting."""
    return LegalHold.objects.filter(lifted_at=None, case__purge_began_at=None)


def binding(case: Case) -> QuerySet[LegalHold]:
    """The holds that bind this case: placed on it, or on another case about the same data subject.

    The same person is whoever shares an e-mail address, an external id of the same account, or a confirmed contact. It
    may bind too much (an address that a family shares), never too little: a hold is lifted, an erasure isn't.
    """
    same_contact = Candidate.objects.filter(
        decision=Decision.SAME_PERSON,
        contact_id__in=case.candidates.filter(decision=Decision.SAME_PERSON).values("contact_id"),
        case__connection__account_id=case.connection.account_id,
    )
    return in_force().filter(
        Q(case=case) | Q(case__in=sharing_identifier(case)) | Q(case__in=same_contact.values("case"))
    )
