"""Products and the attribution report of a connection: no person stands in them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from dsr.actions import Action
from dsr.charts import Ink, bars
from dsr.connectors.shown import ReportSeen
from dsr.days import controller_today
from dsr.evidence.text import clean
from dsr.exceptions import DsrError, InvalidInput
from dsr.forms.errors import beside_field, point_to_first
from dsr.forms.segmetrics import ProductForm, ReportForm
from dsr.models import Connection
from dsr.selectors.staff import StaffRequest
from dsr.services import attribution, catalogue
from dsr.services.using import Behalf
from dsr.templatetags.money import amount
from dsr.views.segmetrics import TOLD, chosen, common, problem_of, users

_DAYS = 30


@users
def products(request: StaffRequest) -> HttpResponse:
    """The list, and a form for one product."""
    return _products_page(request, chosen(request))


@users
def save(request: StaffRequest) -> HttpResponse:
    """Show what saving a product would do; send it once exactly that was agreed to."""
    connection = chosen(request)
    if request.method != "POST" or connection is None:
        return redirect("segmetrics_products")
    form = ProductForm(request.POST, connection=connection)
    context = common(request, connection, "products") | {"form": form}
    if not form.is_valid():
        point_to_first(form)
        return render(request, "segmetrics/product.html", context, status=422)
    data = form.cleaned_data
    try:
        asked: dict[str, Any] = {
            "connection": connection,
            "behalf": Behalf(person=request.user),
            "integration_id": data.get("integration", ""),
            "row": catalogue.wanted(data["id"], data["name"], data["price"]),
        }
        if "seen" not in request.POST:
            step, seen = catalogue.plan(**asked)
            return render(request, "segmetrics/product.html", context | {"step": step, "seen": seen})
        step = catalogue.save(**asked, seen=request.POST["seen"])
    except TOLD as error:
        rest = beside_field(form, error) if isinstance(error, InvalidInput) else str(error)
        told = problem_of(error) | {"problem": rest}
        return render(request, "segmetrics/product.html", context | told, status=422)
    words = _("Sent.")
    if step.sends_price:
        words += " " + _("The price is sent, not proven: SegMetrics may ignore it without a word.")
    messages.success(request, words)
    return redirect(f"{reverse('segmetrics_products')}?connection={connection.pk}")


@users
def report(request: StaffRequest) -> HttpResponse:
    """What came of which channel, between two days."""
    connection, today = chosen(request), controller_today()
    first = {"start": today - dt.timedelta(days=_DAYS - 1), "end": today, "by": "channel", "model": "last_touch"}
    is_asked = bool(first.keys() & request.GET.keys())
    form = ReportForm(first | request.GET.dict() if is_asked else None, initial=first)
    context = common(request, connection, "report") | {"form": form}
    if connection is None:
        return render(request, "segmetrics/report.html", context)
    if is_asked and not form.is_valid():
        point_to_first(form)
        return render(request, "segmetrics/report.html", context, status=422)
    asked = form.cleaned_data if is_asked else first
    try:
        found = attribution.report(connection=connection, behalf=Behalf(person=request.user), **asked)
    except TOLD as error:
        rest = beside_field(form, error) if isinstance(error, InvalidInput) and is_asked else str(error)
        return render(request, "segmetrics/report.html", context | problem_of(error) | {"problem": rest}, status=422)
    return render(request, "segmetrics/report.html", context | _shown(found) | {"asked": asked})


def _products_page(request: StaffRequest, connection: Connection | None) -> HttpResponse:
    context, error = common(request, connection, "products"), None
    if connection:
        context |= {
            "form": ProductForm(connection=connection),
            "may_save": Action.CREATE_PRODUCT in connection.granted,
            "may_price": Action.UPDATE_PRODUCT_PRICE in connection.granted,
        }
        try:
            found = catalogue.listed(connection=connection, behalf=Behalf(person=request.user))
            sent = catalogue.last_sent(connection)
            context |= {
                "rows": [(row, sent.get(row.product_id)) for row in found],
                "is_from_orders": any(row.is_from_orders for row in found),
            }
        except TOLD as told:
            error = told
    return _told(request, "segmetrics/products.html", context, error)


def _told(request: StaffRequest, template: str, context: dict[str, Any], error: DsrError | None) -> HttpResponse:
    return render(request, template, context | problem_of(error), status=422 if error else 200)


def _shown(found: ReportSeen) -> dict[str, Any]:
    """The rows as a table, and the two charts."""
    keys = [key for key, _name in found.fields]
    by, leads = _("Revenue"), _("Leads")
    charts = []
    for metric, title, ink in (("revenue", by, Ink.FIRST), ("leads", leads, Ink.THIRD)):
        labels, values = attribution.bars_of(found, metric)
        if any(values):
            written = amount if metric in found.money else None
            names = [clean(label) for label in labels]
            charts.append((title, bars(names, values, title=title, ink=ink, written=written, others=_("others"))))
    names_of = {
        **attribution.DIMENSIONS,
        "leads": leads,
        "customers": _("Customers"),
        "orders": _("Orders"),
        "revenue": by,
    }
    heads = [str(names_of.get(key, name)) for key, name in found.fields]
    rows = [[amount(row.get(key)) if key in found.money else row.get(key, "") for key in keys] for row in found.rows]
    return {"heads": heads, "table": [list(zip(heads, row, strict=True)) for row in rows], "charts": charts}
