"""The first page: numbers that are links, and what waits for this person."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from dsr.models import Case, Connection, User
from dsr.permissions import READS_CASES, Role
from dsr.selectors import bounces, cases, changes, set_up
from dsr.selectors.approvers import nobody_at_all
from dsr.selectors.changes import TOLD
from dsr.selectors.due import due_of
from dsr.selectors.staff import StaffRequest, roles_in
from dsr.views.guards import everybody

SHOWN = 8


@everybody
def home(request: StaffRequest) -> HttpResponse:
    roles = roles_in(request)
    rows = [
        _case_tiles(request.user, roles) if roles & set(READS_CASES) else [],
        _admin_tiles() if Role.ADMINISTRATOR in roles else [],
    ]
    context: dict[str, Any] = {
        "tile_rows": [row for row in rows if row],
        "nobody_approves": bool(roles & {Role.PRIVACY_OFFICER, Role.ADMINISTRATOR}) and nobody_at_all(),
        "bounces_trouble": bounces.trouble() if roles & {Role.PRIVACY_OFFICER, Role.ADMINISTRATOR} else None,
        "notices": changes.notices() if roles & TOLD else [],
        "lacks_an_administrator": Role.ADMINISTRATOR in roles and changes.lacks_an_administrator(),
        "lacks_set_up": Role.ADMINISTRATOR in roles and not set_up.is_complete(),
        "has_cases": Case.objects.exists(),
        "has_connection": Connection.objects.filter(is_active=True).exists(),
    }
    if roles & {Role.PRIVACY_OFFICER, Role.APPROVER}:
        waiting = list(
            cases.waiting_for(request.user, roles).select_related("filed_by").order_by("due_on", "pk")[:SHOWN]
        )
        cases.unlock(waiting)
        context["waiting"] = [(case, due_of(case)) for case in waiting]
    return render(request, "dashboard.html", context)


def _case_tiles(user: User, roles: frozenset[str]) -> list[tuple[str, int, str, str]]:
    """(label, number, address, tone) of each tile."""
    requests = reverse("admin:dsr_case_changelist")
    tiles = [
        (_("Needs a person"), cases.needing_a_person().count(), f"{requests}?state=needs_attention", "warm"),
        (_("Overdue"), cases.overdue().count(), f"{requests}?due=overdue", "hot"),
        (_("Due within a week"), cases.due_soon().count(), f"{requests}?due=soon", "warm"),
        (_("Open in all"), cases.open_cases().count(), requests, ""),
        (_("Completed, last 30 days"), cases.recently_completed().count(), f"{requests}?state=recent", ""),
    ]
    if roles & {Role.PRIVACY_OFFICER, Role.APPROVER}:
        waiting = cases.waiting_for(user, roles).count()
        tiles.insert(0, (_("Waiting for me"), waiting, f"{requests}?state=waiting", "mine"))
    return tiles


def _admin_tiles() -> list[tuple[str, int, str, str]]:
    return [
        (
            _("Connections in use"),
            Connection.objects.filter(is_active=True).count(),
            reverse("admin:dsr_connection_changelist"),
            "",
        ),
        (
            _("Active users"),
            User.objects.filter(is_active=True).count(),
            reverse("admin:dsr_user_changelist"),
            "",
        ),
    ]
