"""The forms of the hand-over: how long a link stands."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _


class LinkForm(forms.Form):
    days = forms.IntegerField(label=_("Days until the link ends"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        most: int = settings.ENV.hand_over_days
        super().__init__(*args, **{"initial": {"days": most}} | kwargs)
        self.fields["days"].widget.attrs |= {"min": 1, "max": most}
