"""End sign-ins at SegMetrics that have ended here. As far as it can be reached: nothing waits for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db import transaction

from dsr import audit
from dsr.connectors import oauth
from dsr.connectors.execution_log import Purpose
from dsr.exceptions import InvalidInput, NotReady, Unreadable
from dsr.models import Connection, Credential, CredentialKind


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A sign-in as SegMetrics knows it: read before its secret is destroyed here."""

    credential: int
    access: str = field(repr=False)
    refresh: str = field(repr=False)


def opened(rows: Iterable[Credential]) -> list[SignedIn]:
    """The sign-ins among these. One under a master key that is gone ends here only."""
    found = []
    for row in rows:
        if row.kind != CredentialKind.OAUTH:
            continue
        try:
            found.append(SignedIn(row.pk, *row.open_tokens()))
        except Unreadable:
            continue
    return found


def tell(connection: Connection, purpose: Purpose, ended: Sequence[SignedIn]) -> int:
    """Tell SegMetrics that these are over, outside any transaction, and keep what came of it. How many it took."""
    if not ended:
        return 0
    told = _told(connection, purpose, ended)
    facts = {
        "connection": connection.pk,
        "ended_there": told,
        "not_ended_there": [row.credential for row in ended if row.credential not in told],
    }
    with transaction.atomic():
        Credential.objects.filter(pk__in=told).update(ended_there=True)
        audit.record(actor=purpose.on_behalf_of, verb="sign_ins_ended", facts=facts)
    return len(told)


def _told(connection: Connection, purpose: Purpose, ended: Sequence[SignedIn]) -> list[int]:
    try:
        with oauth.for_connection(connection, purpose) as server:
            return [
                row.credential for row in ended if oauth.ended_there(server, access=row.access, refresh=row.refresh)
            ]
    except (NotReady, InvalidInput):
        return []
