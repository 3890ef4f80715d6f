"""Find cases by what is known of a person, without that being stored or logged anywhere."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from dsr import audit, crypto
from dsr.exceptions import InvalidInput
from dsr.models import Case, Identifier, IdentifierKind, User
from dsr.permissions import READS_CASES, raise_if_not
from dsr.services import intake

MOST = 50
LONGEST = 320


def by_reference(reference: str) -> Case | None:
    """The case with this reference, however it is written."""
    return Case.objects.filter(reference=reference.strip().upper()).first()


def by_identifier(*, actor: User, typed: str) -> list[Case]:
    """The newest cases that have this e-mail address or external id. The audit log has how many, and not of what."""
    raise_if_not(actor, *READS_CASES)
    if len(typed) > LONGEST or not crypto.normalise(typed):
        raise InvalidInput(_("Type a reference, an e-mail address or an external id."), field="wanted")
    hashes = [intake.hash_of(kind, typed) for kind in IdentifierKind]
    known = Identifier.objects.filter(case=OuterRef("pk"), keyed_hash__in=hashes)
    with transaction.atomic():
        found = list(
            Case.objects.filter(Exists(known)).select_related("assigned_to", "connection", "key").order_by("-pk")[:MOST]
        )
        audit.record(actor=actor, verb="requests_searched", facts={"found": len(found)})
    return found
