"""Connections: a list, a form, and a test of what was saved. All writing is done by the service."""

# ruff: noqa: ARG002 - the signatures are those of the admin
from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters

from dsr.admin import processing
from dsr.admin.lists import RoleList
from dsr.connectors import oauth
from dsr.exceptions import InvalidInput, RuleBroken
from dsr.forms.connection import ConnectionForm, GrantForm, IntegrationFormSet, KeyForm
from dsr.forms.errors import put_on, status_of
from dsr.forms.safeguards import AskForm
from dsr.models import LIVE, Connection, User
from dsr.permissions import Role
from dsr.selectors import changes, halts, watching
from dsr.selectors.credentials import signed_by
from dsr.selectors.processing import kept_for
from dsr.selectors.staff import administrator_of
from dsr.services import connections, credentials
from dsr.views.sign_ins import leave_for_sign_in

_ASKED = gettext_lazy("Asked for. It holds once another administrator has granted it, under Safeguards.")


@admin.register(Connection)
class ConnectionList(RoleList):
    roles = (Role.ADMINISTRATOR,)
    list_display = ("name_link", "environment_pill", "account_id", "integration_names", "use_pill", "delete_pill")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self._is_open_to(request)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("integrations")

    @admin.display(description=gettext_lazy("Name"), ordering="name")
    def name_link(self, connection: Connection) -> str:
        return format_html(
            '<a href="{}">{}</a>',
            reverse("admin:dsr_connection_change", args=[connection.pk]),
            connection.name,
        )

    @admin.display(description=gettext_lazy("Environment"), ordering="environment")
    def environment_pill(self, connection: Connection) -> str:
        tone = "" if connection.is_staging else "plain"
        return format_html('<span class="pill {}">{}</span>', tone, connection.get_environment_display())

    @admin.display(description=gettext_lazy("Integrations"))
    def integration_names(self, connection: Connection) -> str:
        return ", ".join(str(row) for row in connection.integrations.all())

    @admin.display(description=gettext_lazy("In use"), ordering="is_active")
    def use_pill(self, connection: Connection) -> str:
        tone, words = ("good", _("In use")) if connection.is_active else ("plain", _("Not in use"))
        if connection.is_active and connection.switched_off_at:
            tone, words = "bad", _("Only reads since a restore")
        return format_html('<span class="pill {}">{}</span>', tone, words)

    @admin.display(description=gettext_lazy("May delete"), ordering="may_delete")
    def delete_pill(self, connection: Connection) -> str:
        tone, words = ("plain", _("Yes")) if connection.may_delete else ("", _("No"))
        return format_html('<span class="pill {}">{}</span>', tone, words)

    def get_urls(self) -> list[URLPattern | URLResolver]:  # type: ignore[override]
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/test/", wrap(self.test_view), name="dsr_connection_test"),
            path("<int:pk>/key/", wrap(self.key_view), name="dsr_connection_key"),
            path("<int:pk>/sign-in/", wrap(self.sign_in_view), name="dsr_connection_sign_in"),
            path("<int:pk>/revoke/", wrap(self.revoke_view), name="dsr_connection_revoke"),
            path("<int:pk>/grant/", wrap(self.grant_view), name="dsr_connection_grant"),
            path("<int:pk>/deleting/ask/", wrap(self.ask_view), name="dsr_connection_ask"),
            path("<int:pk>/deleting/take/", wrap(self.take_view), name="dsr_connection_take"),
            path("<int:pk>/unique-ids/ask/", wrap(self.ask_unique_view), name="dsr_connection_ask_unique"),
            path("<int:pk>/unique-ids/take/", wrap(self.take_unique_view), name="dsr_connection_take_unique"),
            *processing.urls(wrap),
            *super().get_urls(),
        ]

    @method_decorator(sensitive_post_parameters("api_key"))
    def key_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Set a new API key."""
        done = _("Saved. The one in use stays until the new one has worked: test it.")
        api_key, place = request.POST.get("api_key", ""), request.POST.get("place")
        return _do(request, pk, partial(credentials.set_key, api_key=api_key, place=place), done=done)

    def sign_in_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Begin a sign-in by OAuth: a page that says where it leads."""
        actor, connection = administrator_of(request), get_object_or_404(Connection, pk=pk)
        back = reverse("admin:dsr_connection_change", args=[pk])
        return leave_for_sign_in(request, connection, actor, back=back) if request.method == "POST" else redirect(back)

    def revoke_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """End every credential of the connection."""
        return _do(request, pk, credentials.revoke)

    def grant_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Say which calls it may make."""
        actor, connection = administrator_of(request), get_object_or_404(Connection, pk=pk)
        if request.method != "POST":
            return redirect("admin:dsr_connection_change", pk)
        form = _grant_form(connection, request.POST)
        if form.is_valid() and _grant(actor, connection, form):
            messages.success(request, _("Saved: it may do what is ticked."))
            return redirect("admin:dsr_connection_change", pk)
        return _page(request, connection, title=connection.shown, status=status_of(form), grant_form=form)

    def ask_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask for the right to delete."""
        return _do(request, pk, partial(connections.ask_to_delete, reason=_reason(request)), done=str(_ASKED))

    def take_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take the right to delete away."""
        return _do(request, pk, connections.take_delete_right, done=_("This connection deletes nothing any more."))

    def ask_unique_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask that ids count as unique in the account."""
        return _do(request, pk, partial(connections.ask_for_unique_ids, reason=_reason(request)), done=str(_ASKED))

    def take_unique_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Let a person decide line by line again."""
        done = _("From the next plan on a person decides on each line again.")
        return _do(request, pk, connections.take_unique_ids, done=done)

    def test_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Try the saved connection with one harmless read, and say what came of it."""
        return _do(request, pk, connections.test)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return _form_view(request, object_id)


def _reason(request: HttpRequest) -> str:
    return request.POST.get("reason", "")


def _do(request: HttpRequest, pk: int, act: Callable[..., object], *, done: str = "") -> HttpResponse:
    """Do it, say `done` or what came of it, and show the connection."""
    actor, connection = administrator_of(request), get_object_or_404(Connection, pk=pk)
    if request.method == "POST":
        try:
            said = act(connection=connection, actor=actor)
            messages.success(request, done or str(said))
        except (RuleBroken, InvalidInput) as error:
            messages.error(request, str(error))
    return redirect("admin:dsr_connection_change", pk)


@sensitive_post_parameters("api_key")
def _form_view(request: HttpRequest, object_id: str | None) -> HttpResponse:
    actor = administrator_of(request)
    pk = int(object_id) if object_id and object_id.isdecimal() else 0
    connection = get_object_or_404(Connection, pk=pk) if object_id else Connection()
    title = connection.shown or _("New connection")
    form, rows = _forms(connection, request.POST or None)
    is_valid = request.method == "POST" and all([form.is_valid(), rows.is_valid()])
    if is_valid and _save(actor, form, rows):
        messages.success(request, _("Saved. Test the connection before the first request."))
        return redirect("admin:dsr_connection_change", form.instance.pk)
    status = 422 if request.method == "POST" else 200
    return _page(request, connection, title=title, status=status, form=form, rows=rows)


def _forms(connection: Connection, data: QueryDict | None = None) -> tuple[ConnectionForm, Any]:
    standing = connections.standing(connection)
    form = ConnectionForm(data, instance=connection, may_sign_in=oauth.is_set(), standing=standing)
    return form, IntegrationFormSet(data, instance=connection, prefix="integrations")


def _grant_form(connection: Connection, data: QueryDict | None = None) -> GrantForm:
    ticked = {"reads": connection.granted, "writes": connection.granted}
    return GrantForm(data, initial=ticked, standing=connections.standing_grant(connection), auto_id="grant_%s")


def _page(request: HttpRequest, connection: Connection, *, title: str, status: int, **bound: Any) -> HttpResponse:
    """`bound` are forms with what was typed, by their names on the page."""
    pk = connection.pk
    form, rows = _forms(connection)
    context = {
        "form": form,
        "rows": rows,
        "connection": connection,
        "title": title,
        "grant_form": _grant_form(connection),
        "ask_form": AskForm(auto_id="deleting_%s"),
        "ask_unique_form": AskForm(auto_id="unique_%s"),
        "key_form": KeyForm(auto_id="new_%s"),
        "may_sign_in": oauth.is_set(),
        "credentials": signed_by(connection) if pk else [],
        "is_signed": bool(pk) and connection.credentials.filter(status__in=LIVE).exists(),
        "owners": connection.credentials.filter(user__isnull=False, status__in=LIVE).count() if pk else 0,
        "place": Connection.objects.get(pk=pk).place if pk else "",  # not what was typed into the form above it
        "kept": kept_for(connection) if pk else [],
        "halts": halts.told(connection_id=pk) if pk else [],
        "watched": watching.words_for(connection) if pk else "",
        "waiting": [row.kind for row in changes.open_changes() if pk and row.connection_id == pk],
        **bound,
    }
    return render(request, "admin/connection.html", context, status=status)


def _grant(actor: User, connection: Connection, form: GrantForm) -> bool:
    try:
        seen = form.cleaned_data["seen"]
        connections.grant(connection=connection, actor=actor, actions=form.actions(), seen=seen)
    except (InvalidInput, RuleBroken) as error:
        put_on(form, error)
        return False
    return True


def _save(actor: User, form: ConnectionForm, rows: Any) -> bool:
    try:
        connections.save(
            actor=actor,
            connection=form.instance,
            api_key=form.cleaned_data.get("api_key") or None,
            integrations=rows.rows(),
            seen=form.cleaned_data["seen"],
        )
    except (InvalidInput, RuleBroken) as error:
        put_on(form, error)
        return False
    return True
