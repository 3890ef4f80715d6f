"""What one was told, and how one wants to be told."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language_from_request
from django.utils.translation import gettext as _

from dsr.exceptions import InvalidInput
from dsr.forms.errors import point_to_first, put_on
from dsr.forms.preferences import PreferencesForm
from dsr.models import Connection, Preferences, User
from dsr.permissions import READS_CASES, Role
from dsr.selectors.staff import StaffRequest, roles_in
from dsr.services import notifying
from dsr.services import preferences as own
from dsr.services.reading import as_read_by
from dsr.views.guards import everybody

SHOWN = 100


@everybody
def listed(request: StaffRequest) -> HttpResponse:
    rows = list(request.user.notifications.select_related("case", "connection")[:SHOWN])
    context = {
        "rows": rows,
        "has_unread": any(row.read_at is None for row in rows),
        "reads_cases": bool(roles_in(request) & set(READS_CASES)),
        "shown": SHOWN if len(rows) == SHOWN else 0,
    }
    return render(request, "notifications.html", context)


@everybody
def mark_read(request: StaffRequest) -> HttpResponse:
    if request.method == "POST":
        notifying.mark_read(user=request.user)
    return redirect("notifications")


@everybody
def preferences(request: StaffRequest) -> HttpResponse:
    now = Preferences.of(request.user)
    initial = {name: getattr(now, name) for name in PreferencesForm.base_fields}
    form = PreferencesForm(request.POST or None, initial=initial, user=request.user)
    if request.method == "POST" and form.is_valid() and _save(request, form):
        chosen = User.objects.select_related("preferences").get(pk=request.user.pk)
        with as_read_by(chosen, otherwise=get_language_from_request(request)):
            messages.success(request, _("Saved."))
        return redirect("preferences")
    if form.errors:
        point_to_first(form)
    context = {
        "form": form,
        "reads_cases": bool(roles_in(request) & set(READS_CASES)),
        "signs_deletions": Role.APPROVER in roles_in(request)
        and Connection.objects.filter(personal_deletes=True, is_active=True).exists(),
        "lets_agents_in": settings.ENV.agents,
    }
    return render(request, "preferences.html", context, status=422 if form.errors else 200)


def _save(request: StaffRequest, form: PreferencesForm) -> bool:
    try:
        own.save(user=request.user, **form.cleaned_data)
    except InvalidInput as error:
        put_on(form, error)
        return False
    return True
