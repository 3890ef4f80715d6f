"""The forms of a member of staff. There is no password in them: it is set by its owner through a mailed link."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from dsr.forms.safeguards import reason_field
from dsr.forms.seen import SeenMixin
from dsr.permissions import Role


class _WithRoles(forms.Form):
    roles = forms.MultipleChoiceField(
        label=_("Roles"),
        choices=Role.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("A second person approves: an officer who is also an approver can't approve their own cases."),
    )
    reason = reason_field(required=False)


class RolesForm(SeenMixin, _WithRoles):
    """The roles of an account that is there."""


class InviteForm(_WithRoles):
    email = forms.EmailField(label=_("E-mail"), help_text=_("They sign in with it. It can't be changed later."))
    full_name = forms.CharField(label=_("Name"), max_length=150)
    reason = reason_field()
    field_order = ("full_name", "email", "roles", "reason")
