"""The execution log, to be read: every call to SegMetrics."""

# ruff: noqa: ARG002 - the signatures are those of the admin
from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dsr import dates
from dsr.admin.case_filters import Choice
from dsr.admin.lists import RoleList
from dsr.models import Connection, ExecutedCall
from dsr.permissions import READS_CASES, Role
from dsr.selectors.calls import ACTIONS, Outcome, outcome_of
from dsr.selectors.staff import roles_in

_TONES = {Outcome.DONE: "good", Outcome.NOT_FOUND: "plain", Outcome.NOT_SENT: "bad", Outcome.FAILED: "bad"}


class ActionFilter(Choice):
    title = gettext_lazy("Action")
    parameter_name = "does"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(ACTIONS.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[ExecutedCall]) -> QuerySet[ExecutedCall]:
        return queryset.filter(action=self.value()) if self.value() else queryset


class OutcomeFilter(Choice):
    title = gettext_lazy("Outcome")
    parameter_name = "outcome"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(Outcome.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[ExecutedCall]) -> QuerySet[ExecutedCall]:
        match self.value():
            case Outcome.DONE:
                return queryset.filter(error="")
            case Outcome.NOT_FOUND:
                return queryset.filter(status=404)
            case Outcome.NOT_SENT:
                return queryset.filter(attempt=0)
            case Outcome.FAILED:
                return queryset.filter(~Q(error=""), attempt__gt=0).exclude(status=404)
        return queryset


class ConnectionFilter(Choice):
    title = gettext_lazy("Connection")
    parameter_name = "account"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(str(row.pk), row.name) for row in Connection.objects.all()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ExecutedCall]) -> QuerySet[ExecutedCall]:
        chosen = self.value() or ""
        return queryset.filter(connection=int(chosen)) if chosen.isdecimal() else queryset


class CaseFilter(admin.SimpleListFilter):
    """The calls of one request, which its page leads to. Only shown where one is chosen."""

    title = gettext_lazy("Request")
    parameter_name = "request"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        chosen = request.GET.get("request", "")[:20]
        return [(chosen, chosen)] if chosen else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[ExecutedCall]) -> QuerySet[ExecutedCall]:
        return queryset.filter(case=self.value()) if self.value() else queryset


@admin.register(ExecutedCall)
class CallList(RoleList):
    """When, what, for which request, on whose behalf, how it ended. No contact and no identifier stands in it."""

    roles = tuple(Role)
    title = gettext_lazy("Calls to SegMetrics")
    list_display = ("moment", "what", "outcome", "reference", "behalf", "account", "attempt", "duration", "request_id")
    list_filter = (ActionFilter, OutcomeFilter, ConnectionFilter, CaseFilter)
    list_select_related = ("connection", "on_behalf_of")
    ordering = ("-pk",)
    sortable_by = ()

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        """A request is a link for those who may open it."""
        may_open = roles_in(request) & {str(role) for role in READS_CASES}
        return tuple(name if may_open or name != "reference" else "plain_reference" for name in self.list_display)

    @admin.display(description=gettext_lazy("When"))
    def moment(self, call: ExecutedCall) -> str:
        return format_html('<span class="nowrap">{}</span>', dates.moment(call.at, "short", seconds=True))

    @admin.display(description=gettext_lazy("Action"))
    def what(self, call: ExecutedCall) -> str:
        return str(ACTIONS.get(call.action, call.action))

    @admin.display(description=gettext_lazy("Outcome"))
    def outcome(self, call: ExecutedCall) -> str:
        outcome = outcome_of(call)
        words = f"{outcome.label} ({call.status})" if call.status else outcome.label
        return format_html('<span class="pill {}">{}</span>', _TONES[outcome], words)

    @admin.display(description=gettext_lazy("Request"))
    def reference(self, call: ExecutedCall) -> str:
        if not call.case:
            return "—"
        return format_html('<a class="nowrap" href="{}">{}</a>', reverse("case", args=[call.case]), call.case)

    @admin.display(description=gettext_lazy("Request"))
    def plain_reference(self, call: ExecutedCall) -> str:
        return format_html('<span class="nowrap">{}</span>', call.case) if call.case else "—"

    @admin.display(description=gettext_lazy("On behalf of"))
    def behalf(self, call: ExecutedCall) -> str:
        return str(call.on_behalf_of) if call.on_behalf_of else _("the desk itself")

    @admin.display(description=gettext_lazy("Connection"))
    def account(self, call: ExecutedCall) -> str:
        if call.connection is None:
            return _("account %(id)s, not kept here") % {"id": call.account_id}
        return f"{call.connection.shown}, {call.integration_id}" if call.integration_id else call.connection.shown

    @admin.display(description=gettext_lazy("Duration"))
    def duration(self, call: ExecutedCall) -> str:
        return format_html('<span class="nowrap">{} ms</span>', call.milliseconds)
