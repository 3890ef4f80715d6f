"""A connection's credentials in words. No secret is opened for it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from dsr.models import LIVE, Connection, Credential, CredentialKind, CredentialStatus, User

_ENDED_SHOWN = 3


@dataclass(frozen=True)
class Signer:
    """One credential. `tone` is that of its pill."""

    kind: str
    status: str
    tone: str
    hint: str
    given_by: str
    given_at: dt.datetime
    worked_at: dt.datetime | None
    ended_at: dt.datetime | None


def signed_by(connection: Connection, user: User | None = None) -> list[Signer]:
    """The live ones first, then the last few that ended."""
    rows = Credential.objects.filter(connection=connection, user=user).select_related("created_by")
    live = Credential.live_of(connection, user)
    ended = list(rows.filter(status=CredentialStatus.RETIRED)[:_ENDED_SHOWN])
    order = {row.pk: place for place, row in enumerate(live)}
    shown = sorted(rows.filter(status__in=LIVE), key=lambda row: order.get(row.pk, 0))
    return [_signer(row, beside=len(live) > 1) for row in [*shown, *ended]]


def own_accounts(user: User) -> list[tuple[Connection, list[Signer], bool]]:
    """The connections that ask this person for a sign-in of their own, with what they have, and whether it is live."""
    rows = []
    for connection in Connection.objects.filter(personal_deletes=True, is_active=True):
        signers = signed_by(connection, user)
        rows.append((connection, signers, any(signer.ended_at is None for signer in signers)))
    return rows


def _signer(row: Credential, *, beside: bool) -> Signer:
    status, tone, hint = _status(row, beside=beside)
    return Signer(
        kind=str(CredentialKind(row.kind).label),
        status=status,
        tone=tone,
        hint=hint,
        given_by=str(row.created_by) if row.created_by else "",
        given_at=row.created_at,
        worked_at=row.worked_at,
        ended_at=row.retired_at,
    )


def _status(row: Credential, *, beside: bool) -> tuple[str, str, str]:
    if row.status == CredentialStatus.RETIRED:
        return pgettext("credential", "ended"), "plain", _end_there(row)
    if row.refused_at:
        if row.status == CredentialStatus.NEW and beside:
            return pgettext("credential", "refused"), "bad", _("SegMetrics refuses it; the one before it is used.")
        if row.kind == CredentialKind.OAUTH:
            return pgettext("credential", "refused"), "bad", _("SegMetrics refuses it: sign in again.")
        return pgettext("credential", "refused"), "bad", _("SegMetrics refuses it: set a new one.")
    if row.status == CredentialStatus.NEW:
        hint = _("It is tried at the next call; the one before it ends once it has worked.") if beside else ""
        return pgettext("credential", "not tried yet"), "", hint
    return pgettext("credential", "in use"), "good", ""


def _end_there(row: Credential) -> str:
    """Of a sign-in; a key ends at SegMetrics only where somebody withdraws it there."""
    if row.kind != CredentialKind.OAUTH or row.ended_there is None:
        return ""
    if row.ended_there:
        return _("Ended at SegMetrics too.")
    return _("SegMetrics couldn't be told: end it in the account's settings there.")
