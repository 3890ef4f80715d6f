"""The form of one's own preferences."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dsr.models import MailRhythm, User
from dsr.permissions import Role


class PreferencesForm(forms.Form):
    """Its cleaned data are the arguments of `preferences.save`."""

    mails = forms.ChoiceField(label=_("How you are told"), choices=MailRhythm.choices, widget=forms.RadioSelect)
    away_from = forms.DateField(
        label=_("Away from"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    away_until = forms.DateField(
        label=_("Away until, that day included"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    substitute = forms.ModelChoiceField(
        label=_("Who stands in for you"),
        queryset=User.objects.none(),
        required=False,
        empty_label=_("Nobody"),
        help_text=_("They are told of your cases while you are away. It gives them no right that they don't have."),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        officers = User.objects.filter(is_active=True, groups__name=Role.PRIVACY_OFFICER).exclude(pk=user.pk)
        self.fields["substitute"].queryset = officers.distinct()  # type: ignore[attr-defined]
