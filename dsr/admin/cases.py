"""The list of requests."""

# ruff: noqa: ARG002 - the signatures are those of the admin
from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Case as When
from django.db.models import IntegerField, QuerySet, Value
from django.db.models import When as IfThen
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dsr.admin.lists import RoleList
from dsr.evidence.text import clean
from dsr.models import Case, User
from dsr.permissions import READS_CASES, Role
from dsr.selectors import cases
from dsr.selectors.due import due_of
from dsr.selectors.staff import roles_in
from dsr.states import State

_SHOWN_NAME = 80
PILLS = {
    State.COMPLETED: "good",
    State.NEEDS_ATTENTION: "bad",
    State.RECEIVED: "busy",
    State.PREPARING: "busy",
    State.ERASING: "busy",
    State.WITHDRAWN: "plain",
    State.REFUSED: "plain",
    State.MERGED: "plain",
}


class _Choice(admin.SimpleListFilter):
    """A filter whose first choice is what is shown without it."""

    first = gettext_lazy("All")

    def choices(self, changelist: ChangeList) -> Any:
        for number, choice in enumerate(super().choices(changelist)):
            yield {**choice, "display": self.first} if number == 0 else choice


class StateFilter(_Choice):
    title = gettext_lazy("State")
    parameter_name = "state"
    first = gettext_lazy("All open")

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        mine = [("waiting", _("Waiting for me"))] if roles_in(request) & {Role.PRIVACY_OFFICER, Role.APPROVER} else []
        states = [(value, label) for value, label in State.choices if value != State.MERGED]
        return [*mine, *states, ("recent", _("Completed, last 30 days")), ("any", _("Open and closed"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Case]) -> QuerySet[Case]:
        match self.value():
            case None:
                return queryset.filter(pk__in=cases.open_cases().values("pk"))
            case "any":
                return queryset
            case "recent":
                return queryset.filter(pk__in=cases.recently_completed().values("pk"))
            case "waiting" if isinstance(request.user, User):
                return queryset.filter(pk__in=cases.waiting_for(request.user, roles_in(request)).values("pk"))
            case value:
                return queryset.filter(state=value)


class DueFilter(_Choice):
    title = gettext_lazy("Due")
    parameter_name = "due"
    first = gettext_lazy("Any day")

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("overdue", _("Overdue")), ("soon", _("Within a week"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Case]) -> QuerySet[Case]:
        chosen = {"overdue": cases.overdue, "soon": cases.due_soon}.get(self.value() or "")
        return queryset.filter(pk__in=chosen().values("pk")) if chosen else queryset


@admin.register(Case)
class CaseList(RoleList):
    """The subject's name is sealed, so it can't be sorted or searched by; a search would put it into an address."""

    roles = READS_CASES
    list_display = ("reference_link", "subject", "kind_words", "state_pill", "due", "filed_by")
    list_filter = (StateFilter, "kind", DueFilter)
    list_select_related = ("filed_by",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Case]:
        closed = When(IfThen(closed_at__isnull=False, then=Value(1)), default=Value(0), output_field=IntegerField())
        # Annotated first: the admin would sort before there is anything of this name.
        return Case.objects.annotate(closed=closed).order_by(*self.get_ordering(request))

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ("closed", "due_on")

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        changelist = super().get_changelist_instance(request)
        cases.unlock(changelist.result_list)
        changelist.title = _("Waiting for me") if request.GET.get("state") == "waiting" else _("Requests")
        return changelist

    @admin.display(description=gettext_lazy("Request"), ordering="reference")
    def reference_link(self, case: Case) -> str:
        return format_html('<a class="nowrap" href="{}">{}</a>', reverse("case", args=[case.reference]), case.reference)

    @admin.display(description=gettext_lazy("Person"))
    def subject(self, case: Case) -> str:
        return Truncator(clean(case.subject_name)).chars(_SHOWN_NAME) or _("(destroyed)")

    @admin.display(description=gettext_lazy("Type"), ordering="kind")
    def kind_words(self, case: Case) -> str:
        return format_html('<span class="nowrap">{}</span>', case.get_kind_display())

    @admin.display(description=gettext_lazy("State"), ordering="state")
    def state_pill(self, case: Case) -> str:
        words = case.get_outcome_display() if case.outcome else case.get_state_display()
        return format_html('<span class="pill {}">{}</span>', PILLS.get(State(case.state), ""), words)

    @admin.display(description=gettext_lazy("Due"), ordering="due_on")
    def due(self, case: Case) -> str:
        due = due_of(case)
        return format_html(
            '<strong class="nowrap tone-{}">{}</strong><br><span class="hint nowrap">{}</span>',
            due.tone,
            due.words,
            date_format(due.on, "j M Y"),
        )
