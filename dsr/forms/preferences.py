"""The form of one's own preferences."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from dsr.dates import DateStyle
from dsr.languages import SCREENS
from dsr.models import MailRhythm, User
from dsr.permissions import Role

_REGIONS = (
    *("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"),
)


def _zones() -> list[tuple[str, str | list[tuple[str, str]]]]:
    """The controller's zone first, then all of them by region, as they are called everywhere."""
    names = sorted(available_timezones())
    regions = [
        (region, [(name, name.partition("/")[2].replace("_", " ")) for name in names if name.startswith(f"{region}/")])
        for region in _REGIONS
    ]
    own = _("The organisation's: %(zone)s") % {"zone": settings.TIME_ZONE}
    return [("", own), ("UTC", "UTC"), *regions]


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

    language = forms.ChoiceField(
        label=_("Language"), choices=[("", _("As the browser asks")), *SCREENS.items()], required=False
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=_zones,
        required=False,
        help_text=_("For times of day. Due dates are days of the organisation and stay the same for everybody."),
    )
    dates = forms.ChoiceField(label=_("Dates"), choices=DateStyle.choices)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("language", "time_zone"):
            self.fields[name].expected = True  # type: ignore[attr-defined]  # not called optional: empty is a choice
        officers = User.objects.filter(is_active=True, groups__name=Role.PRIVACY_OFFICER).exclude(pk=user.pk)
        self.fields["substitute"].queryset = officers.distinct()  # type: ignore[attr-defined]
