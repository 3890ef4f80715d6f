"""Under a connection: what is told about its processing, by language, and whoever else was given its data."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from dsr.exceptions import InvalidInput, RuleBroken
from dsr.forms.errors import point_to_first, put_on
from dsr.forms.processing import RecipientForm, RecordForm
from dsr.languages import LANGUAGES
from dsr.models import Connection, ProcessingRecord, Recipient
from dsr.selectors.processing import REGISTERED, TOLD, kept_for, missing, record_for
from dsr.selectors.staff import administrator_of
from dsr.services import processing

View = Callable[..., HttpResponse]


def urls(wrap: Callable[[View], View]) -> list[URLPattern]:
    """The pages' addresses, each behind `wrap`."""
    return [
        path("<int:pk>/record/", wrap(overview), name="dsr_connection_record"),
        path("<int:pk>/record/<str:language>/", wrap(record), name="dsr_connection_record_in"),
        path("<int:pk>/recipients/add/", wrap(recipient), name="dsr_connection_recipient_add"),
        path("<int:pk>/recipients/<int:number>/", wrap(recipient), name="dsr_connection_recipient"),
    ]


def overview(request: HttpRequest, pk: int) -> HttpResponse:
    """The languages with what each lacks, and the recipients."""
    administrator_of(request)
    connection = get_object_or_404(Connection, pk=pk)
    return render(
        request,
        "admin/record.html",
        {
            "connection": connection,
            "title": _("What is told about the processing"),
            "kept": kept_for(connection),
            "recipients": connection.recipients.order_by("-is_active", "name"),
        },
    )


def record(request: HttpRequest, pk: int, language: str) -> HttpResponse:
    """The form of one language."""
    actor = administrator_of(request)
    connection = get_object_or_404(Connection, pk=pk)
    if language not in LANGUAGES:
        raise Http404
    stored = record_for(connection, language)
    form = RecordForm(
        request.POST or None,
        instance=stored or ProcessingRecord(language=language),
        standing=processing.standing(stored),
    )
    if request.method == "POST" and form.is_valid():
        try:
            saved = processing.save_record(
                connection=connection,
                actor=actor,
                language=language,
                told=form.cleaned_data,
                seen=form.cleaned_data["seen"],
            )
        except (InvalidInput, RuleBroken) as error:
            put_on(form, error)
            point_to_first(form)
        else:
            lacks = missing(saved)
            if lacks:
                messages.warning(request, _("Saved. Still missing: %(fields)s.") % {"fields": ", ".join(lacks)})
            else:
                messages.success(request, _("Saved. Requests for access can be answered in this language."))
            return redirect("admin:dsr_connection_record", pk)
    context = {
        "connection": connection,
        "language": LANGUAGES[language],
        "title": f"{connection.shown}: {LANGUAGES[language]}",
        "form": form,
        "told": [form[name] for name in TOLD],
        "registered": [form[name] for name in REGISTERED],
        "missing": missing(stored, *TOLD, *REGISTERED) if stored else (),
    }
    return render(request, "admin/record_form.html", context, status=422 if request.method == "POST" else 200)


def recipient(request: HttpRequest, pk: int, number: int | None = None) -> HttpResponse:
    """The form of one recipient."""
    actor = administrator_of(request)
    connection = get_object_or_404(Connection, pk=pk)
    instance = get_object_or_404(connection.recipients, pk=number) if number else Recipient(connection=connection)
    title = instance.name or _("New recipient")
    form = RecipientForm(request.POST or None, instance=instance, standing=processing.standing(instance))
    if request.method == "POST" and form.is_valid():
        try:
            processing.save_recipient(recipient=form.instance, actor=actor, seen=form.cleaned_data["seen"])
        except (InvalidInput, RuleBroken) as error:
            put_on(form, error)
            point_to_first(form)
        else:
            messages.success(request, _("Saved."))
            return redirect("admin:dsr_connection_record", pk)
    context = {"connection": connection, "form": form, "title": title}
    return render(request, "admin/recipient.html", context, status=422 if request.method == "POST" else 200)
