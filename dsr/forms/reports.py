"""Which days a report is about, and in which language it is drawn."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dsr.exceptions import InvalidInput
from dsr.languages import LANGUAGES
from dsr.periods import Period
from dsr.services import reports


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class PeriodForm(forms.Form):
    """Both days belong to the period."""

    start = forms.DateField(label=_("First day"), widget=_day())
    end = forms.DateField(label=_("Last day"), widget=_day())

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if {"start", "end"} <= cleaned.keys():
            period = Period(cleaned["start"], cleaned["end"])
            try:
                reports.raise_if_unfit(period)
            except InvalidInput as error:
                self.add_error(error.field, str(error))
            cleaned["period"] = period
        return cleaned


class LanguageForm(forms.Form):
    language = forms.ChoiceField(label=_("Language"), choices=list(LANGUAGES.items()))
