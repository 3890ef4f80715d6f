"""The forms of a connection's record of processing, and of a recipient."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms

from dsr.forms.seen import SeenMixin
from dsr.models import ProcessingRecord, Recipient
from dsr.selectors.processing import FIELDS, REGISTERED, TOLD
from dsr.services.processing import RECIPIENT

if TYPE_CHECKING:
    _RecordForm = forms.ModelForm[ProcessingRecord]
    _RecipientForm = forms.ModelForm[Recipient]
else:  # Django's own classes take no parameter
    _RecordForm = _RecipientForm = forms.ModelForm


class RecordForm(SeenMixin, _RecordForm):
    """One language. Nothing is required: what is missing is told, and a half-written record can be kept."""

    class Meta:
        model = ProcessingRecord
        fields = FIELDS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in FIELDS:
            field = self.fields[name]
            field.required = False
            field.expected = name in (*TOLD, *REGISTERED)  # type: ignore[attr-defined]  # not called optional
            field.widget.attrs |= {"rows": 5, "class": "wide", "lang": self.instance.language}


class RecipientForm(SeenMixin, _RecipientForm):
    class Meta:
        model = Recipient
        fields = RECIPIENT
        widgets = {"address": forms.Textarea(attrs={"rows": 3, "autocomplete": "off"})}
