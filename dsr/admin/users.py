"""Users: invite, give roles, close and open accounts. Nobody is deleted, since the audit log names them."""

# ruff: noqa: ARG002 - the signatures are those of the admin
from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from dsr.accounts import mail_password_link
from dsr.admin.lists import RoleList
from dsr.exceptions import InvalidInput, RuleBroken
from dsr.forms.errors import put_on
from dsr.forms.safeguards import AskForm
from dsr.forms.user import InviteForm, RolesForm
from dsr.models import ChangeKind, User
from dsr.permissions import Role, has_factor
from dsr.selectors import changes
from dsr.selectors.staff import administrator_of
from dsr.services import safeguards, users

ASKED = gettext_lazy("Asked for. It holds once another administrator has granted it, under Safeguards.")


@admin.register(User)
class UserList(RoleList):
    roles = (Role.ADMINISTRATOR,)
    list_display = ("name_link", "email", "role_names", "active_pill")
    list_filter = ("is_active",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self._is_open_to(request)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("groups")

    @admin.display(description=gettext_lazy("Name"), ordering="full_name")
    def name_link(self, user: User) -> str:
        return format_html('<a href="{}">{}</a>', reverse("admin:dsr_user_change", args=[user.pk]), user.full_name)

    @admin.display(description=gettext_lazy("Roles"))
    def role_names(self, user: User) -> str:
        held = [str(Role(group.name).label) for group in user.groups.all() if group.name in Role.values]
        return ", ".join(held) or pgettext("roles", "none")

    @admin.display(description=gettext_lazy("Account"), ordering="is_active")
    def active_pill(self, user: User) -> str:
        tone, words = ("good", _("Active")) if user.is_active else ("plain", pgettext("an account", "Closed"))
        return format_html('<span class="pill {}">{}</span>', tone, words)

    def get_urls(self) -> list[URLPattern | URLResolver]:  # type: ignore[override]
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/close/", wrap(self.close_view), name="dsr_user_close"),
            path("<int:pk>/open/", wrap(self.open_view), name="dsr_user_open"),
            path("<int:pk>/reset/", wrap(self.reset_view), name="dsr_user_reset"),
            path("<int:pk>/link/", wrap(self.link_view), name="dsr_user_link"),
            *super().get_urls(),
        ]

    def close_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return _switch(request, pk, users.deactivate, _("The account is closed."))

    def open_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        reason = request.POST.get("reason", "")

        def reopen(*, actor: User, user: User) -> str:
            return str(ASKED) if users.reactivate(actor=actor, user=user, reason=reason) else ""

        return _switch(request, pk, reopen, _("The account is open again."))

    def reset_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask for a reset of lost second factors; another administrator grants it."""
        reason = request.POST.get("reason", "")

        def ask(*, actor: User, user: User) -> None:
            safeguards.ask(actor=actor, kind=ChangeKind.MFA_RESET, subject=user, reason=reason)

        return _switch(request, pk, ask, str(ASKED))

    def link_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Mail the link for setting a password, to the account's own address."""
        administrator_of(request)
        user = get_object_or_404(User, pk=pk, is_active=True)
        if request.method == "POST":
            _send_link(request, user)
        return redirect("admin:dsr_user_change", pk)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if object_id is None:
            return _invite(request)
        return _change(request, int(object_id) if object_id.isdecimal() else 0)


def _invite(request: HttpRequest) -> HttpResponse:
    actor = administrator_of(request)
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            user = users.invite(actor=actor, **form.cleaned_data)
        except (InvalidInput, RuleBroken) as error:
            put_on(form, error)
        else:
            _send_link(request, user)
            messages.success(request, ASKED)
            return redirect("admin:dsr_user_change", user.pk)
    context = {"form": form, "title": _("Invite a user")}
    return render(request, "admin/user.html", context, status=422 if request.method == "POST" else 200)


def _change(request: HttpRequest, pk: int) -> HttpResponse:
    actor = administrator_of(request)
    user = get_object_or_404(User, pk=pk)
    held = sorted(user.groups.values_list("name", flat=True))
    form = RolesForm(request.POST or None, initial={"roles": held}, standing=users.standing(user))
    if request.method == "POST" and form.is_valid():
        try:
            asked = users.set_roles(actor=actor, user=user, **form.cleaned_data)
        except (InvalidInput, RuleBroken) as error:
            put_on(form, error)
        else:
            messages.success(request, ASKED if asked else _("Saved."))
            return redirect("admin:dsr_user_change", pk)
    context = {
        "form": form,
        "person": user,
        "title": user.full_name,
        "is_self": user.pk == actor.pk,
        "holds_roles": bool(held),
        "ask_form": AskForm(auto_id="open_%s"),
        "reset_form": AskForm(auto_id="reset_%s") if has_factor(user) else None,
        "waiting": [changes.what(row) for row in changes.open_changes() if row.subject_id == user.pk],
    }
    return render(request, "admin/user.html", context, status=422 if request.method == "POST" else 200)


def _switch(request: HttpRequest, pk: int, service: Any, done: str) -> HttpResponse:
    actor = administrator_of(request)
    user = get_object_or_404(User, pk=pk)
    if request.method == "POST":
        try:
            messages.success(request, service(actor=actor, user=user) or done)
        except (RuleBroken, InvalidInput) as error:
            messages.error(request, str(error))
    return redirect("admin:dsr_user_change", pk)


def _send_link(request: HttpRequest, user: User) -> None:
    """The account is there whether the mail goes out or not; a failed mail is never told as sent."""
    try:
        mail_password_link(request, user)
    except OSError:
        messages.error(
            request,
            _("The mail with the password link could not be sent. Check the mail settings, then send it again."),
        )
    else:
        messages.success(request, _("A mail with the link for setting a password was sent."))
