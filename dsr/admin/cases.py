"""The list of requests: filters that stay, columns by choice, and what is shown as CSV."""

# ruff: noqa: ARG002 - the signatures are those of the admin
from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db.models import Case as When
from django.db.models import IntegerField, QuerySet, Value
from django.db.models import When as IfThen
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dsr import dates
from dsr.admin.case_export import MOST, export
from dsr.admin.case_filters import ConnectionFilter, DueFilter, OfficerFilter, StateFilter
from dsr.admin.lists import RoleList
from dsr.evidence.text import clean
from dsr.forms.queue import BulkAssignForm, ColumnsForm, FindForm, ViewForm
from dsr.models import Case, User
from dsr.permissions import READS_CASES, Role
from dsr.selectors import queue
from dsr.selectors.due import due_of
from dsr.selectors.queue import Column
from dsr.selectors.staff import officers_in, roles_in
from dsr.services import queue_views
from dsr.states import State

_SHOWN_NAME = 80
_AROUND = 100
"""Requests before and behind a page of the list that one can go on to from case to case."""
_CLOSED = ("any", "recent", "completed", "withdrawn", "refused")
PILLS = {
    State.COMPLETED: "good",
    State.NEEDS_ATTENTION: "bad",
    State.RECEIVED: "busy",
    State.PREPARING: "busy",
    State.ERASING: "busy",
    State.CHANGING: "busy",
    State.WITHDRAWN: "plain",
    State.REFUSED: "plain",
    State.MERGED: "plain",
}


class NarrowPaginator(Paginator[Case]):
    """Sorts the numbers of the rows, then reads one page of rows: far down, sorting whole rows takes seconds."""

    def page(self, number: int | str) -> Page[Case]:
        valid = self.validate_number(number)
        first = (valid - 1) * self.per_page
        rows = cast("QuerySet[Case]", self.object_list)
        return Page(rows.filter(pk__in=rows.values("pk")[first : first + self.per_page]), valid, self)


class Queue(ChangeList):
    """The admin's, with an address for each choice: an empty one would lead to what was chosen last."""

    def get_query_string(self, new_params: Any = None, remove: Any = None) -> str:
        query = super().get_query_string(new_params, remove)
        return query if query != "?" else f"?{queue.ALL_OPEN}"


@admin.register(Case)
class CaseList(RoleList):
    """The subject's name is sealed, so it can't be sorted or searched by; a search would put it into an address."""

    roles = READS_CASES
    list_filter = (StateFilter, "kind", DueFilter, OfficerFilter, ConnectionFilter)
    list_select_related = ("filed_by", "assigned_to", "connection", "key")
    paginator = NarrowPaginator

    def get_urls(self) -> list[URLPattern]:
        table = path("export.csv", self.admin_site.admin_view(self.export), name="dsr_case_export")
        return [table, *super().get_urls()]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return Queue

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        return queue.shown_to(_reader(request), is_officer=Role.PRIVACY_OFFICER in roles_in(request))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Case]:
        closed = When(IfThen(closed_at__isnull=False, then=Value(1)), default=Value(0), output_field=IntegerField())
        # Annotated first: the admin would sort before there is anything of this name.
        return Case.objects.annotate(closed=closed).order_by(*self.get_ordering(request))

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """By due date. Closed ones stand below; where only open ones are shown, an index has the order already."""
        return ("closed", "due_on") if request.GET.get("state") in _CLOSED else ("due_on",)

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        changelist = super().get_changelist_instance(request)
        changelist.title = _("Waiting for me") if request.GET.get("state") == "waiting" else _("Requests")
        changelist.has_active_filters = bool(changelist.get_filters_params().keys() - {"state"}) or (
            request.GET.get("state", "open") != "open"
        )
        return changelist

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list as it was chosen last, where nothing is chosen now."""
        chosen = isinstance(request.user, User) and not request.GET and queue.last_query(request.user)
        if chosen and self.has_view_permission(request):
            return redirect(f"{request.path}?{queue.by_place(chosen, self.get_list_display(request))}")
        response = super().changelist_view(request, extra_context)
        if isinstance(response, TemplateResponse) and response.context_data and "cl" in response.context_data:
            response.context_data |= self._around(request, response.context_data["cl"])
        return response

    def _around(self, request: HttpRequest, changelist: ChangeList) -> dict[str, Any]:
        """What stands around the list; what is shown is kept for the next time."""
        reader, shown = _reader(request), self.get_list_display(request)
        current = queue.by_name(request.GET, shown)
        last = queue.last_query(reader) if request.GET.get("state") == "waiting" else current
        queue_views.remember(user=reader, query=last, references=_shown_and_around(changelist))
        return {
            "can_review_in_a_row": Role.APPROVER in roles_in(request)
            and request.GET.get("state") in {"waiting", "approval"}
            and bool(changelist.result_count),
            "find_form": FindForm(auto_id="find_%s"),
            "columns_form": ColumnsForm(initial={"columns": queue.columns_of(reader)}, auto_id="columns_%s"),
            "view_form": ViewForm(initial={"query": current}, auto_id="view_%s"),
            "views": queue.views_of(reader, current=current, shown=shown),
            "bulk_form": BulkAssignForm(officers=officers_in(request), initial={"back": current}, auto_id="bulk_%s"),
            "export_query": changelist.get_query_string(),
            "export_most": number_format(MOST, force_grouping=True),
        }

    def export(self, request: HttpRequest) -> HttpResponseBase:
        """What the list shows under the same address, as a file."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            changelist = self.get_changelist_instance(request)
        except IncorrectLookupParameters:
            return redirect("admin:dsr_case_changelist")
        reader = _reader(request)
        return export(actor=reader, shown=changelist.queryset, columns=queue.columns_of(reader))

    @admin.display(description=gettext_lazy("Choose"))
    def box(self, case: Case) -> str:
        return format_html(
            '<input type="checkbox" name="case" value="{}" form="bulk" aria-label="{}">',
            case.reference,
            _("Choose %(reference)s") % {"reference": case.reference},
        )

    @admin.display(description=gettext_lazy("Request"), ordering="reference")
    def reference_link(self, case: Case) -> str:
        return format_html(
            '<a class="nowrap row" href="{}">{}</a>', reverse("case", args=[case.reference]), case.reference
        )

    @admin.display(description=Column.PERSON.label)
    def subject(self, case: Case) -> str:
        return format_html("<bdi>{}</bdi>", Truncator(clean(case.subject_name)).chars(_SHOWN_NAME) or _("(destroyed)"))

    @admin.display(description=Column.TYPE.label, ordering="kind")
    def kind_words(self, case: Case) -> str:
        return format_html('<span class="nowrap">{}</span>', case.get_kind_display())

    @admin.display(description=Column.STATE.label, ordering="state")
    def state_pill(self, case: Case) -> str:
        words = case.get_outcome_display() if case.outcome else case.get_state_display()
        return format_html('<span class="pill {}">{}</span>', PILLS.get(State(case.state), ""), words)

    @admin.display(description=Column.DUE.label, ordering="due_on")
    def due(self, case: Case) -> str:
        due = due_of(case)
        return format_html(
            '<strong class="nowrap tone-{}">{}</strong><br><span class="hint nowrap">{}</span>',
            due.tone,
            due.words,
            dates.day(due.on, "short"),
        )

    @admin.display(description=Column.OFFICER.label, ordering="assigned_to__full_name")
    def officer(self, case: Case) -> str:
        return _named(Column.OFFICER, str(case.assigned_to or _("Nobody yet")))

    @admin.display(description=Column.CONNECTION.label, ordering="connection__name")
    def account(self, case: Case) -> str:
        return _named(Column.CONNECTION, case.connection.shown)

    @admin.display(description=Column.RECEIVED.label, ordering="received_on")
    def received(self, case: Case) -> str:
        return _named(Column.RECEIVED, dates.day(case.received_on, "short"))

    @admin.display(description=Column.FILED_BY.label, ordering="filed_by__full_name")
    def filed(self, case: Case) -> str:
        return _named(Column.FILED_BY, str(case.filed_by))


def _named(column: Column, value: str) -> str:
    """A value that says nothing without its heading, which a card on a phone lacks."""
    return format_html('<span class="on-card">{}: </span>{}', column.label, value)


def _shown_and_around(changelist: ChangeList) -> list[str]:
    """The references on this page of the list, and those before and behind it, for going on from case to case."""
    first = (changelist.page_num - 1) * changelist.list_per_page
    found = changelist.queryset
    # The numbers alone are sorted, as in `NarrowPaginator`.
    shown = found.values("pk")[max(0, first - _AROUND) : first + changelist.list_per_page + _AROUND]
    return list(found.filter(pk__in=shown).values_list("reference", flat=True))


def _reader(request: HttpRequest) -> User:
    """Whoever looks at the list, which the admin has let in."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user
