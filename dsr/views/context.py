"""What every page knows: whose it is, and the menu for this person's roles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from dsr.models import Case, User
from dsr.permissions import READS_CASES, READS_REPORTS, USES_CATALOGUE, Role
from dsr.selectors import cases, changes
from dsr.selectors.staff import StaffRequest, lacks_factor_in, roles_in, unread_in

WAITING = "state=waiting"


@dataclass(frozen=True)
class Item:
    label: str
    href: str
    is_current: bool
    count: int = 0


def desk(request: HttpRequest) -> dict[str, Any]:
    context: dict[str, Any] = {"is_demo": settings.ENV.is_demo, "organisation": settings.ENV.organisation}
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return context
    roles = roles_in(request)
    return {
        **context,
        "roles": roles,
        "my_roles": ", ".join(str(Role(role).label) for role in sorted(roles)),
        "is_officer": Role.PRIVACY_OFFICER in roles,
        "unread": len(unread_in(cast("StaffRequest", request))) if roles else 0,
        "menu": [] if lacks_factor_in(request) else _menu(request, user, roles),
    }


def _menu(request: HttpRequest, user: User, roles: frozenset[str]) -> list[Item]:
    if not roles:
        return []
    path = request.path
    menu = [Item(_("Dashboard"), reverse("home"), path == "/")]
    requests = reverse("admin:dsr_case_changelist")
    if roles & set(READS_CASES):
        is_list = path.startswith((requests, "/cases/")) and WAITING not in request.GET.urlencode()
        menu.append(Item(_("Requests"), requests, is_list))
    if roles & {Role.PRIVACY_OFFICER, Role.APPROVER}:
        is_waiting = path == requests and WAITING in request.GET.urlencode()
        menu.append(Item(_("Waiting for me"), f"{requests}?{WAITING}", is_waiting, _waiting(request, user, roles)))
    waiting = changes.count_for(user) if Role.ADMINISTRATOR in roles else 0
    for label, name, holders, count in (
        (_("Connections"), "admin:dsr_connection_changelist", {Role.ADMINISTRATOR}, 0),
        (_("Users"), "admin:dsr_user_changelist", {Role.ADMINISTRATOR}, 0),
        (_("Safeguards"), "safeguards", {Role.ADMINISTRATOR}, waiting),
        (_("Set-up"), "set_up", {Role.ADMINISTRATOR}, 0),
        (_("Deletions"), "bulk", set(Role), 0),
        ("SegMetrics", "segmetrics", set(USES_CATALOGUE), 0),
        (_("Reports"), "reports", set(READS_REPORTS), 0),
        (_("Calls"), "admin:dsr_executedcall_changelist", {Role.ADMINISTRATOR, Role.AUDITOR}, 0),
        (_("Audit log"), "admin:dsr_auditentry_changelist", {Role.ADMINISTRATOR, Role.AUDITOR}, 0),
    ):
        if roles & holders:
            href = reverse(name)
            menu.append(Item(label, href, path.startswith(href), count))
    return menu


def _waiting(request: HttpRequest, user: User, roles: frozenset[str]) -> int:
    """How many cases wait for this person; the dashboard has counted them already."""
    counted: int | None = getattr(request, "waiting", None)
    return Case.objects.filter(cases.awaits(user, roles)).count() if counted is None else counted
