"""A contact at SegMetrics outside of a request: search, show, change, tags. Each change is shown before it is sent."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from dsr import dates
from dsr.actions import Action
from dsr.exceptions import CallFailed, DsrError, InvalidInput, NothingThere, RuleBroken
from dsr.forms.errors import beside_field, point_to_first
from dsr.forms.segmetrics import ContactForm, SearchForm, TagsForm
from dsr.models import Connection
from dsr.permissions import USES_CATALOGUE, Role
from dsr.selectors.staff import StaffRequest, roles_in
from dsr.services import contact_changes, contact_tags, contacts
from dsr.services.attribution import DIMENSIONS
from dsr.services.contacts import Shown
from dsr.services.using import Behalf, may_use_contacts
from dsr.states import Kind
from dsr.views.guards import for_roles, officers

users = for_roles(*USES_CATALOGUE)
TOLD = (RuleBroken, InvalidInput, NothingThere, CallFailed)
"""What a person is told in words, on the page that they asked from."""


def chosen(request: StaffRequest) -> Connection | None:
    """The connection that the page is about: the one that was named, or the first in use where none was.

    None where that one isn't in use, and it is said: the same id is another person's in another account.
    """
    active = Connection.objects.filter(is_active=True)
    asked = request.POST.get("connection") or request.GET.get("connection")
    if not asked:
        return active.first()
    found = active.filter(pk=int(asked)).first() if asked.isdecimal() and len(asked) < 18 else None
    if found is None:
        messages.error(request, _("This connection is not in use. Choose another."))
    return found


def common(request: StaffRequest, connection: Connection | None, tab: str) -> dict[str, Any]:
    """What stands around each of these pages."""
    return {
        "connection": connection,
        "connections": Connection.objects.filter(is_active=True),
        "tab": tab,
        "uses_contacts": may_use_contacts(request.user),
        "granted": set(connection.granted) if connection else set(),
    }


@users
def search(request: StaffRequest) -> HttpResponse:
    """Where somebody is searched for, or added. Whoever may not see contacts is led to the products."""
    if Role.PRIVACY_OFFICER not in roles_in(request):
        return redirect("segmetrics_products")
    return _search_page(request, chosen(request))


@officers
def contact(request: StaffRequest) -> HttpResponse:
    """The contact that an e-mail or an id leads to."""
    connection = chosen(request)
    if request.method != "POST" or connection is None:
        return redirect("segmetrics")
    behalf = Behalf(person=request.user)
    form = SearchForm(request.POST)
    contact_id = request.POST.get("contact_id", "")
    if not contact_id and not form.is_valid():
        point_to_first(form)
        return _search_page(request, connection, form=form)
    try:
        if not contact_id:
            found = contacts.search(connection=connection, behalf=behalf, **form.cleaned_data)
            contact_id = found.contact_id
        return _contact_page(request, connection, contact_id)
    except TOLD as error:
        return _search_page(request, connection, form=form if not request.POST.get("contact_id") else None, error=error)


@officers
def change(request: StaffRequest) -> HttpResponse:
    """Show what a change would do; send it once exactly that was agreed to."""
    connection = chosen(request)
    if request.method != "POST" or connection is None:
        return redirect("segmetrics")
    contact_id = request.POST.get("contact_id", "")
    form = ContactForm(request.POST, connection=connection)
    if not form.is_valid():
        return _change_page(request, connection, form)
    asked: dict[str, Any] = {
        "connection": connection,
        "behalf": Behalf(person=request.user),
        "contact_id": contact_id,
        "integration_id": form.cleaned_data.get("integration", ""),
        "fields": form.change(),
    }
    try:
        if "seen" not in request.POST:
            plan = contact_changes.plan_change(**asked)
            return _change_page(request, connection, form, plan=plan)
        sent = contact_changes.change(**asked, seen=request.POST["seen"])
    except TOLD as error:
        return _change_page(request, connection, form, error=error)
    _say_sent(request, is_read_back=sent.is_read_back)
    return _after(request, connection, sent.contact_id)


@officers
def tags(request: StaffRequest) -> HttpResponse:
    """The same for tags."""
    connection = chosen(request)
    if request.method != "POST" or connection is None:
        return redirect("segmetrics")
    form = TagsForm(request.POST, connection=connection)
    page: dict[str, Any] = {"contact_id": request.POST.get("contact_id", ""), "remove": request.POST.getlist("remove")}
    if not form.is_valid():
        return _tags_page(request, connection, form, **page)
    asked: dict[str, Any] = {
        "connection": connection,
        "behalf": Behalf(person=request.user),
        "integration_id": form.cleaned_data.get("integration", ""),
        "add": form.cleaned_data["add"],
        **page,
    }
    try:
        if "seen" not in request.POST:
            return _tags_page(request, connection, form, plan=contact_tags.plan_tags(**asked), **page)
        sent = contact_tags.change_tags(**asked, seen=request.POST["seen"])
    except TOLD as error:
        return _tags_page(request, connection, form, error=error, **page)
    _say_sent(request, is_read_back=sent.is_read_back)
    return _after(request, connection, sent.contact_id)


def problem_of(error: DsrError | None) -> dict[str, Any]:
    """What is said on top of a page. SegMetrics' own words may quote what was sent, and stand nowhere else."""
    return {"problem": str(error) if error else "", "details": error.details if isinstance(error, CallFailed) else ()}


def _search_page(
    request: StaffRequest,
    connection: Connection | None,
    *,
    form: SearchForm | None = None,
    error: DsrError | None = None,
) -> HttpResponse:
    context = common(request, connection, "contacts") | problem_of(error) | {"form": form or SearchForm()}
    if connection:
        context["new_form"] = ContactForm(connection=connection, prefix=None)
    is_refused = bool(error) or bool(form and form.errors)
    return render(request, "segmetrics/search.html", context, status=422 if is_refused else 200)


def _contact_page(request: StaffRequest, connection: Connection, contact_id: str) -> HttpResponse:
    shown = contacts.show(connection=connection, behalf=Behalf(person=request.user), contact_id=contact_id)
    seen = shown.contact
    initial = {"email": "", "first_name": seen.first_name, "last_name": seen.last_name}
    context = common(request, connection, "contacts") | {
        "shown": shown,
        "may_change": Action.UPSERT_CONTACT in connection.granted,
        "may_tag": Action.ADD_CONTACT_TAGS in connection.granted or Action.REMOVE_CONTACT_TAGS in connection.granted,
        "facts": [
            (_("Created"), _moment(seen.created)),
            (_("Updated"), _moment(seen.updated)),
            *seen.custom_fields.items(),
        ],
        "source": _source(shown),
        "change_form": ContactForm(connection=connection, initial=initial),
        "tags_form": TagsForm(connection=connection, auto_id="tags_%s"),
        "prefill": _prefill(connection, shown),
    }
    return render(request, "segmetrics/contact.html", context)


def _source(shown: Shown) -> list[tuple[str, str]]:
    """Where the contact came from, in words."""
    words = {**DIMENSIONS, "utm_term": _("Term"), "utm_content": _("Content"), "ad_id": _("Ad"), "referrer": _("From")}
    told = shown.source.told() if shown.source else {}
    day = [(_("On"), _moment(told.pop("on")))] if "on" in told else []
    return [*((str(words[name]), value) for name, value in told.items()), *day]


def _moment(text: str) -> str:
    """A moment as the reader writes it; whatever else came, as it came."""
    try:
        when = dt.datetime.fromisoformat(text)
    except ValueError:
        return text
    return dates.moment(when if timezone.is_aware(when) else when.replace(tzinfo=dt.UTC), "short")


def _prefill(connection: Connection, shown: Shown) -> dict[str, str]:
    """What a request about this person begins with."""
    seen = shown.contact
    return {
        "kind": Kind.ERASURE.value,
        "subject_name": seen.name,
        "emails": seen.email,
        "external_ids": seen.contact_id,
        "connection": str(connection.pk),
    }


def _after(request: StaffRequest, connection: Connection, contact_id: str) -> HttpResponse:
    """The contact as it is now; a change that was sent isn't undone because it can't be shown."""
    try:
        return _contact_page(request, connection, contact_id)
    except TOLD as error:
        return _search_page(request, connection, error=error)


def _change_page(
    request: StaffRequest,
    connection: Connection,
    form: ContactForm,
    *,
    plan: contact_changes.Plan | None = None,
    error: DsrError | None = None,
) -> HttpResponse:
    context = common(request, connection, "contacts") | {
        "form": form,
        "plan": plan,
        "contact_id": request.POST.get("contact_id", ""),
    }
    return _step(request, "segmetrics/change.html", context, form, error)


def _tags_page(
    request: StaffRequest,
    connection: Connection,
    form: TagsForm,
    *,
    contact_id: str,
    remove: list[str],
    plan: contact_changes.Plan | None = None,
    error: DsrError | None = None,
) -> HttpResponse:
    context = common(request, connection, "contacts") | {
        "form": form,
        "plan": plan,
        "contact_id": contact_id,
        "remove": remove,
    }
    return _step(request, "segmetrics/tags.html", context, form, error)


def _step(
    request: StaffRequest, template: str, context: dict[str, Any], form: ContactForm | TagsForm, error: DsrError | None
) -> HttpResponse:
    """Before and after, or the form with what is wrong in it."""
    if isinstance(error, InvalidInput):
        rest = beside_field(form, error)
        error = InvalidInput(rest) if rest else None
    if form.errors:
        point_to_first(form)
    is_refused = bool(error) or bool(form.errors)
    return render(request, template, context | problem_of(error), status=422 if is_refused else 200)


def _say_sent(request: StaffRequest, *, is_read_back: bool) -> None:
    if is_read_back:
        messages.success(request, _("Sent, and SegMetrics shows it."))
    else:
        messages.warning(request, _("Sent. SegMetrics doesn't show it yet: look again in a while."))
