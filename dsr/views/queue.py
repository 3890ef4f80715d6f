"""What is done from the list of requests: find, give to an officer, choose columns, save a view."""

from __future__ import annotations

from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dsr.exceptions import InvalidInput, RuleBroken
from dsr.forms.queue import AssignForm, BulkAssignForm, ColumnsForm, FindForm, ViewForm
from dsr.models import Case, User
from dsr.selectors import queue
from dsr.selectors.due import due_of
from dsr.selectors.staff import StaffRequest, officers_in
from dsr.services import assignment, queue_views, searching
from dsr.views.acts import act
from dsr.views.guards import View, case_or_404, officers, posted, reads_cases

MOST_AT_ONCE = 200
LIST = "admin:dsr_case_changelist"


def from_the_list(view: View) -> View:
    """A form's target: whoever comes there by its address alone is led to the list."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return view(request, *args, **kwargs) if request.method == "POST" else redirect(LIST)

    return guarded


@reads_cases
@from_the_list
def find(request: StaffRequest) -> HttpResponse:
    """A reference leads to its case; anything else is looked up as an identifier, and stands in no address."""
    form = FindForm(request.POST, auto_id="find_%s")
    found: list[Case] | None = None
    if form.is_valid():
        typed = form.cleaned_data["wanted"]
        if case := searching.by_reference(typed):
            return redirect("case", case.reference)
        try:
            found = searching.by_identifier(actor=request.user, typed=typed)
        except InvalidInput as error:
            form.add_error("wanted", str(error))
    context = {"form": form, "found": [(case, due_of(case)) for case in found or []], "has_looked": found is not None}
    return render(request, "cases/find.html", context, status=422 if form.errors else 200)


@officers
@from_the_list
def assign_many(request: StaffRequest) -> HttpResponse:
    """Give each of the chosen cases to the officer; say what was done, and for each other one why it wasn't."""
    form = BulkAssignForm(request.POST, officers=officers_in(request))
    references = list(dict.fromkeys(name for name in request.POST.getlist("case") if name.isprintable()))[:MOST_AT_ONCE]
    if not references:
        messages.error(request, _("Nothing was done: check the requests first that you want to give to somebody."))
    elif not form.is_valid():
        messages.error(request, _("Nothing was done: choose who looks after them from now on."))
    else:
        _give(request, references, to=User.objects.filter(pk=form.chosen).first() if form.chosen else None)
    return redirect(_back(request))


def _give(request: StaffRequest, references: list[str], *, to: User | None) -> None:
    given, problems = 0, []
    for case in Case.objects.filter(reference__in=references).order_by("pk"):
        try:
            given += assignment.assign(case=case, actor=request.user, to=to)
        except (RuleBroken, InvalidInput) as error:
            problems.append(f"{case.reference}: {error}")
    if given or not problems:
        messages.success(request, _given(given, to))
    for problem in problems:
        messages.error(request, problem)


def _given(count: int, to: User | None) -> str:
    if to is None:
        said = ngettext(
            "Nobody looks after %(n)d request any more.", "Nobody looks after %(n)d requests any more.", count
        )
        return said % {"n": count}
    said = ngettext("%(n)d request was given to %(name)s.", "%(n)d requests were given to %(name)s.", count)
    return said % {"n": count, "name": to}


def _back(request: StaffRequest) -> str:
    """The list as it was; `cleaned` lets nothing through that isn't one of its own filters."""
    shown = queue.shown_to(request.user, is_officer=True)
    return f"{reverse(LIST)}?{queue.by_place(queue.cleaned(request.POST.get('back', '')), shown)}"


@posted
@officers
def assign(request: StaffRequest, reference: str) -> HttpResponse:
    """Give one case to an officer, or to nobody, from its page."""
    case = case_or_404(reference)
    form = AssignForm(request.POST, officers=officers_in(request), auto_id="assign_%s")

    def give(data: dict[str, Any]) -> None:
        to = User.objects.filter(pk=form.chosen).first() if form.chosen else None
        assignment.assign(case=case, actor=request.user, to=to, seen=data["seen"])

    return act(request, case, form=form, slot="assign", do=give, done=_("Done: the page says who looks after it."))


@reads_cases
@from_the_list
def columns(request: StaffRequest) -> HttpResponse:
    form = ColumnsForm(request.POST)
    if form.is_valid():
        queue_views.choose_columns(user=request.user, columns=form.cleaned_data["columns"])
    return redirect(LIST)


@reads_cases
@from_the_list
def save_view(request: StaffRequest) -> HttpResponse:
    form = ViewForm(request.POST)
    try:
        if not form.is_valid():
            raise InvalidInput(_("Give the view a name of at most 60 characters."))
        queue_views.save(user=request.user, **form.cleaned_data)
        messages.success(request, _("Saved. It stands above the filters."))
    except InvalidInput as error:
        messages.error(request, str(error))
    return redirect(LIST)


@reads_cases
@from_the_list
def delete_view(request: StaffRequest, pk: int) -> HttpResponse:
    if queue_views.delete(user=request.user, pk=pk):
        messages.success(request, _("The view was deleted. Its requests are as they were."))
    return redirect(LIST)
