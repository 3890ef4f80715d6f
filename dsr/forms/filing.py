"""The form that files a request."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from dsr import uploads
from dsr.days import controller_today
from dsr.exceptions import InvalidInput
from dsr.languages import LANGUAGES
from dsr.models import Channel, Connection
from dsr.services import intake
from dsr.states import Kind


class LinesField(forms.CharField):
    """One value a line; empty lines and outer spaces are dropped."""

    widget = forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "autocomplete": "off"})

    def to_python(self, value: Any) -> Any:
        return [line.strip() for line in (super().to_python(value) or "").splitlines() if line.strip()]


class FilingForm(forms.Form):
    """What is asked when a request arrives. Its cleaned data are the arguments of `intake.file_request`."""

    kind = forms.ChoiceField(label=_("What is asked for"), choices=Kind.choices, widget=forms.RadioSelect)
    subject_name = forms.CharField(label=_("Name of the person"), widget=forms.TextInput(attrs={"autocomplete": "off"}))
    emails = LinesField(
        label=_("E-mail addresses"),
        required=False,
        help_text=_("One on each line. Every address is looked up."),
    )
    external_ids = LinesField(
        label=_("External ids"),
        required=False,
        help_text=_("Contact or customer ids, one on each line. An e-mail address or an id is needed."),
    )
    connection = forms.ModelChoiceField(
        label=_("Where to look"), queryset=Connection.objects.none(), empty_label=_("Choose…")
    )
    received_on = forms.DateField(
        label=_("Received on"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("The day it arrived, read or not. The due date is counted from it."),
    )
    channel = forms.ChoiceField(label=_("How it came"), choices=[("", _("Choose…")), *Channel.choices])
    language = forms.ChoiceField(
        label=_("Language of the documents"),
        choices=list(LANGUAGES.items()),
        required=False,  # without one it is the installation's own
        help_text=_("Evidence and certificate are written in it."),
    )
    letter = forms.FileField(
        label=_("Original letter"),
        required=False,
        help_text=_(
            "PDF, PNG, JPEG or plain text. It is kept encrypted. A proof of identity is added on the next page."
        ),
    )
    note = forms.CharField(label=_("Note"), required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        active = Connection.objects.filter(is_active=True)
        self.fields["connection"].queryset = active  # type: ignore[attr-defined]
        only = list(active[:2])
        if len(only) == 1:
            self.fields["connection"].initial = only[0].pk
        self.fields["language"].initial = settings.ENV.document_language
        self.fields["received_on"].widget.attrs["max"] = controller_today().isoformat()

    def clean_letter(self) -> uploads.Letter | None:
        """The checked letter. A browser can't send a file twice, so after another error it has to be chosen again."""
        file = self.cleaned_data.get("letter")
        if not file:
            return None
        try:
            return uploads.check_letter(file)
        except InvalidInput as error:
            raise ValidationError(str(error)) from None

    def clean_received_on(self) -> dt.date:
        received_on: dt.date = self.cleaned_data["received_on"]
        try:
            intake.raise_if_day_impossible(received_on)
        except InvalidInput as error:
            raise ValidationError(str(error)) from None
        return received_on

    def clean(self) -> dict[str, Any]:
        """Everything that is wrong is said at once, also that nobody can be found."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if not (data.get("emails") or data.get("external_ids") or self.errors.keys() & {"emails", "external_ids"}):
            self.add_error("emails", intake.NO_IDENTIFIER)
        return data
