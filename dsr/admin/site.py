"""The stock admin for lists, connections, users and the audit log; everything else it offers is off."""

# ruff: noqa: ARG002 - the signatures are those of the admin
from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from dsr.selectors.staff import roles_in


class DeskAdminSite(AdminSite):
    """Whoever holds a role may come in; each list asks for its own. Flags such as `is_staff` mean nothing."""

    enable_nav_sidebar = False
    empty_value_display = "—"

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(roles_in(request))

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """One way in: the desk's own sign-in page. Whoever is signed in and is sent here has no role yet."""
        if request.user.is_authenticated:
            return render(request, "no_role.html", status=403)
        return redirect_to_login(request.GET.get(REDIRECT_FIELD_NAME, "/"))

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return redirect("account_logout")

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return redirect("home")

    def app_index(self, request: HttpRequest, app_label: str, extra_context: dict[str, Any] | None = None) -> Any:
        return redirect("home")

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        raise Http404

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        raise Http404
