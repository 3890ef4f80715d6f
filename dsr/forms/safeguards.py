"""The safeguards' levels, and the reason that goes with whatever another administrator has to grant."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from dsr.forms.seen import SeenMixin
from dsr.models.safeguards import MOST_APPROVALS, MOST_MINUTES
from dsr.permissions import Role


def reason_field(*, required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=_("Reason"),
        required=required,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Whoever grants it reads this, and so does everybody who is told. No data of data subjects."),
    )


class AskForm(forms.Form):
    reason = reason_field()


class LevelsForm(SeenMixin, forms.Form):
    cooling_off_minutes = forms.IntegerField(
        label=_("Minutes between approval and deletion"),
        min_value=0,
        max_value=MOST_MINUTES,
        help_text=_("In this time the approver, whoever worked on the case and any officer can still stop it."),
    )
    approvals_per_day = forms.IntegerField(
        label=_("Approvals a day for each person"),
        min_value=1,
        max_value=MOST_APPROVALS,
        help_text=_("Whoever approves without reading is stopped here."),
    )
    mfa_roles = forms.MultipleChoiceField(
        label=_("Roles that need a second factor"),
        choices=Role.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    reason = reason_field(required=False)
