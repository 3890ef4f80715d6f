"""Webhooks, for the administrator: a list, one with what it was told, and its secret once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.db.models import Max
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from dsr.exceptions import ChangedMeanwhile, InvalidInput, RuleBroken
from dsr.forms.errors import point_to_first, put_on, status_of
from dsr.forms.webhooks import ChangeForm, WebhookForm
from dsr.models import Errand, ErrandKind, ErrandStatus, Webhook, WebhookDelivery
from dsr.selectors.staff import StaffRequest
from dsr.services import webhooks
from dsr.states import State
from dsr.views.guards import administrators

SHOWN = 50


@administrators
def listed(request: StaffRequest) -> HttpResponse:
    answered = WebhookDelivery.objects.exclude(answered=None, delivered_at=None)
    newest = answered.values("webhook").annotate(newest=Max("pk")).values("newest")
    last = {row.webhook_id: row for row in answered.filter(pk__in=newest)}
    rows = [(webhook, last.get(webhook.pk)) for webhook in Webhook.objects.all()]
    return render(request, "webhooks/list.html", {"rows": rows})


@administrators
def add(request: StaffRequest) -> HttpResponse:
    form = WebhookForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            webhook, secret = webhooks.add(actor=request.user, **form.cleaned_data)
        except InvalidInput as error:
            put_on(form, error)
        else:
            return _shown_once(request, webhook, secret)
    if form.errors:
        point_to_first(form)
    return render(request, "webhooks/add.html", {"form": form}, status=422 if form.errors else 200)


@administrators
def one(request: StaffRequest, pk: int) -> HttpResponse:
    webhook = get_object_or_404(Webhook, pk=pk)
    now = {name: getattr(webhook, name) for name in ChangeForm.base_fields if name != "url"}
    form = ChangeForm(request.POST or None, initial=now, standing=webhooks.standing(webhook))
    if request.method == "POST" and form.is_valid():
        try:
            webhooks.change(actor=request.user, webhook=webhook, **form.cleaned_data)
        except (InvalidInput, ChangedMeanwhile) as error:
            put_on(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("webhook", pk)
    if form.errors:
        point_to_first(form)
    context: dict[str, Any] = {"webhook": webhook, "form": form, "deliveries": _deliveries(webhook), "shown": SHOWN}
    return render(request, "webhooks/one.html", context, status=status_of(form))


@administrators
def renew_secret(request: StaffRequest, pk: int) -> HttpResponse:
    webhook = get_object_or_404(Webhook, pk=pk)
    if request.method != "POST":
        return redirect("webhook", pk)
    return _shown_once(request, webhook, webhooks.renew_secret(actor=request.user, webhook=webhook))


@administrators
def remove(request: StaffRequest, pk: int) -> HttpResponse:
    webhook = get_object_or_404(Webhook, pk=pk)
    if request.method == "POST":
        webhooks.remove(actor=request.user, webhook=webhook)
        messages.success(request, _("Removed. It is told nothing any more."))
    return redirect("webhooks")


@administrators
def test(request: StaffRequest, pk: int) -> HttpResponse:
    webhook = get_object_or_404(Webhook, pk=pk)
    if request.method == "POST":
        try:
            webhooks.test(actor=request.user, webhook=webhook)
        except RuleBroken as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("A test is on its way. Load this page again to see what came of it."))
    return redirect("webhook", pk)


@administrators
def send_again(request: StaffRequest, pk: int) -> HttpResponse:
    delivery = get_object_or_404(WebhookDelivery.objects.select_related("webhook"), pk=pk)
    if request.method == "POST":
        try:
            webhooks.send_again(actor=request.user, delivery=delivery)
        except RuleBroken as error:
            messages.error(request, str(error))
    return redirect("webhook", delivery.webhook_id)


def _shown_once(request: StaffRequest, webhook: Webhook, secret: str) -> HttpResponse:
    response = render(request, "webhooks/secret.html", {"webhook": webhook, "secret": secret})
    response["Cache-Control"] = "no-store"
    return response


def _deliveries(webhook: Webhook) -> list[tuple[WebhookDelivery, str, str]]:
    """The newest, each with how it stands (`done`, `due` or `failed`), and with the move that it tells of."""
    rows = list(webhook.deliveries.select_related("case")[:SHOWN])
    status: dict[int, str] = {}
    for errand in Errand.objects.filter(kind=ErrandKind.WEBHOOK, target__in=[row.pk for row in rows]).order_by("pk"):
        status[errand.target] = "due" if errand.is_live else "failed"
    return [
        (row, "done" if row.delivered_at else status.get(row.pk, ErrandStatus.FAILED), _moved(row.body.get("data", {})))
        for row in rows
    ]


def _moved(data: Mapping[str, str]) -> str:
    """From which state to which, where a case moved. Nothing of what a chat was told."""
    return f"{State(data['previous']).label} → {State(data['state']).label}" if "previous" in data else ""
