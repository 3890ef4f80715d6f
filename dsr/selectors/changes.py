"""What was asked to weaken a safeguard, in words: for the page, the dashboard and the mails."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dsr.models import ChangeKind, SafeguardChange, User
from dsr.permissions import Role
from dsr.phrases import named

TOLD = frozenset({Role.PRIVACY_OFFICER, Role.APPROVER, Role.ADMINISTRATOR})
TOLD_FOR = dt.timedelta(days=7)


def what(change: SafeguardChange) -> str:
    """“Give roles: Nora New, Approver”."""
    parts = [change.subject.full_name] if change.subject else []
    if change.connection:
        parts.append(change.connection.shown)
    payload = change.payload
    if "minutes" in payload:
        parts.append(ngettext("%(n)d minute", "%(n)d minutes", payload["minutes"]) % {"n": payload["minutes"]})
    if "approvals" in payload:
        parts.append(_("%(n)d a day") % {"n": payload["approvals"]})
    parts += [str(Role(role).label) for role in payload.get("roles", []) if role in Role.values]
    label = ChangeKind(change.kind).label
    return named(label, ", ".join(parts)) if parts else str(label)


def happened(change: SafeguardChange) -> str:
    """One sentence: who asked for what, and what became of it."""
    names: dict[str, object] = {"what": what(change), "asker": change.asked_by}
    if change.granted_by:
        names["who"] = change.granted_by
        return _("%(who)s granted what %(asker)s asked for. %(what)s. It holds now.") % names
    if change.declined_by:
        names["who"] = change.declined_by
        return _("%(who)s declined what %(asker)s asked for. %(what)s. Nothing changed.") % names
    if change.withdrawn_at:
        return _("%(asker)s withdrew what they had asked for. %(what)s. Nothing changed.") % names
    return _("%(asker)s asks to weaken a safeguard. %(what)s. Another administrator has to grant it.") % names


@dataclass(frozen=True)
class Notice:
    text: str
    at: dt.datetime
    reason: str
    is_open: bool


def notices() -> list[Notice]:
    """What was asked for or decided in the last seven days, the newest first."""
    since = timezone.now() - TOLD_FOR
    recent = _all().filter(
        Q(asked_at__gte=since) | Q(granted_at__gte=since) | Q(declined_at__gte=since) | Q(withdrawn_at__gte=since)
    )
    rows = [
        Notice(
            happened(row),
            row.granted_at or row.declined_at or row.withdrawn_at or row.asked_at,
            row.reason,
            row.is_open,
        )
        for row in recent
        if row.is_decided or row.is_open
    ]
    return sorted(rows, key=lambda row: row.at, reverse=True)


def open_changes() -> list[SafeguardChange]:
    """What waits to be granted, the oldest first."""
    now = timezone.now()
    waiting = _all().filter(granted_at=None, declined_at=None, withdrawn_at=None, expires_at__gt=now)
    return list(waiting.order_by("pk"))


def count_for(user: User) -> int:
    """How many of them this administrator may decide on."""
    return sum(user.pk not in (row.asked_by_id, row.subject_id) for row in open_changes())


def lacks_an_administrator() -> bool:
    """Whether nothing can be granted: that takes two active administrators."""
    return User.objects.filter(is_active=True, groups__name=Role.ADMINISTRATOR).distinct().count() < 2


def _all() -> QuerySet[SafeguardChange]:
    return SafeguardChange.objects.select_related("asked_by", "granted_by", "declined_by", "subject", "connection")
