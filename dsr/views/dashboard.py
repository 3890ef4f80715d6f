"""The first page: numbers that are links, and what waits for this person."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from dsr.models import Case, Connection, User
from dsr.permissions import READS_CASES, Role
from dsr.selectors import bounces, cases, changes, halts, set_up, silence, watching
from dsr.selectors.approvers import nobody_at_all
from dsr.selectors.changes import TOLD
from dsr.selectors.due import due_of
from dsr.selectors.queue import ALL_OPEN
from dsr.selectors.staff import StaffRequest, roles_in
from dsr.views.guards import everybody
from dsr.views.trends import trends

SHOWN = 8


@everybody
def home(request: StaffRequest) -> HttpResponse:
    roles = roles_in(request)
    reads = bool(roles & set(READS_CASES))
    rows = [
        _case_tiles(request, roles) if reads else [],
        _admin_tiles() if Role.ADMINISTRATOR in roles else [],
    ]
    mends = roles & {Role.PRIVACY_OFFICER, Role.ADMINISTRATOR}
    context: dict[str, Any] = {
        "tile_rows": [row for row in rows if row],
        "reads_cases": reads,
        **(trends() if reads else {}),
        "nobody_approves": bool(mends) and nobody_at_all(),
        "bounces_trouble": bounces.trouble() if mends else None,
        "watch_troubles": [(row.connection, watching.trouble_of(row)) for row in watching.troubled()] if mends else [],
        "notices": changes.notices() if roles & TOLD else [],
        "lacks_an_administrator": Role.ADMINISTRATOR in roles and changes.lacks_an_administrator(),
        "halts": halts.told(),
        "lacks_set_up": Role.ADMINISTRATOR in roles and not set_up.is_complete(),
    }
    if roles & {Role.PRIVACY_OFFICER, Role.APPROVER}:
        first = Case.objects.filter(cases.awaits(request.user, roles)).order_by("due_on", "pk").values("pk")[:SHOWN]
        waiting = list(Case.objects.filter(pk__in=first).select_related("assigned_to", "key").order_by("due_on", "pk"))
        context["waiting"] = [(case, due_of(case)) for case in waiting]
        context["to_approve"] = request.to_approve if Role.APPROVER in roles else 0
        context["more_waiting"] = request.waiting > len(waiting)
        if not waiting:
            context["has_cases"] = Case.objects.exists()
            context["has_connection"] = context["has_cases"] or Connection.objects.filter(is_active=True).exists()
    return render(request, "dashboard.html", context)


def _case_tiles(request: StaffRequest, roles: frozenset[str]) -> list[tuple[str, int, str, str]]:
    """(label, number, address, tone) of each tile."""
    counts = cases.counts_for(request.user, roles)
    request.waiting, request.to_approve = counts.waiting, counts.to_approve
    tiles = [
        (_("Unassigned"), counts.unassigned, "officer=nobody", ""),
        (_("Needs a person"), counts.needing_a_person, "state=needs_attention", "warm"),
        (_("Waiting for the data subject"), counts.for_subject, "state=subject", ""),
        (_("Overdue"), counts.overdue, "due=overdue", "hot"),
        (_("Due within a week"), counts.due_soon, "due=soon", "warm"),
        (_("Open in all"), counts.open, ALL_OPEN, ""),
    ]
    if settings.ENV.silence_days:
        tiles.insert(3, (silence.words_for_silent(), counts.silent, "state=silent", "warm"))
    if Role.APPROVER in roles:
        tiles.insert(0, (_("Waiting for my approval"), counts.to_approve, "state=approval", "mine"))
    if Role.PRIVACY_OFFICER in roles:
        tiles.insert(0, (_("Mine"), counts.mine, "officer=me", "mine"))
    requests = reverse("admin:dsr_case_changelist")
    return [(label, number, f"{requests}?{query}", tone) for label, number, query, tone in tiles]


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
