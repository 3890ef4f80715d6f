"""The form of a webhook."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from dsr.forms.seen import SeenMixin
from dsr.models import WebhookEvent
from dsr.models.webhook import URL_LENGTH, shown_address
from dsr.services.seen import Values


class WebhookForm(forms.Form):
    """Its cleaned data are arguments of `services.webhooks`."""

    name = forms.CharField(label=_("Name"), max_length=100, help_text=_("For example “Ticket system”."))
    url = forms.CharField(
        label=_("Address"),
        max_length=URL_LENGTH,
        help_text=_("Where it is told, by https: each time one POST with JSON."),
    )
    events = forms.MultipleChoiceField(
        label=_("What it is told"),
        choices=[choice for choice in WebhookEvent.choices if choice[0] != WebhookEvent.TEST],
        widget=forms.CheckboxSelectMultiple,
    )
    is_chat = forms.BooleanField(
        label=_("It is a chat"),
        required=False,
        help_text=_("It gets one sentence with a link, and no other field, as chats want it."),
    )


class ChangeForm(SeenMixin, WebhookForm):
    """It never shows the whole address that stands, which may be all that a receiver asks for."""

    url = forms.CharField(
        label=_("Address"), max_length=URL_LENGTH, required=False, help_text=_("Leave it empty to keep the one above.")
    )
    is_active = forms.BooleanField(label=_("In use"), required=False)

    def _said(self, name: str, values: Values) -> str:
        said = super()._said(name, values)
        return shown_address(said) if name == "url" and said else said
