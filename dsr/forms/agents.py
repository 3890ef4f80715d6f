"""The form that makes a token for an AI client."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from dsr.services.agent_tokens import DAYS


def _days() -> list[tuple[int, str]]:
    return [(days, ngettext("%(days)d day", "%(days)d days", days) % {"days": days}) for days in DAYS]


class TokenForm(forms.Form):
    days = forms.TypedChoiceField(label=_("How long it lasts"), choices=_days, coerce=int, initial=DAYS[1])
