"""The small forms around the list of requests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dsr.forms.seen import SeenMixin
from dsr.selectors.queue import Column

NOBODY = "nobody"


class FindForm(forms.Form):
    """Sent in the body, never in an address. The value is shown again to whoever typed it, and kept nowhere."""

    wanted = forms.CharField(
        label=_("Reference, e-mail address or external id"),
        max_length=320,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"}),
        error_messages={"required": _("Type a reference, an e-mail address or an external id.")},
    )


class ColumnsForm(forms.Form):
    columns = forms.MultipleChoiceField(
        label=_("Beside the reference, show"),
        choices=Column.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )


class ViewForm(forms.Form):
    name = forms.CharField(
        label=_("Save these filters as"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("A name for yourself; no person's, please."),
    )
    query = forms.CharField(required=False, widget=forms.HiddenInput)


class OfficerForm(forms.Form):
    """An officer, or nobody."""

    officer = forms.ChoiceField(
        label=_("Give to"), error_messages={"required": _("Choose who looks after it from now on.")}
    )

    def __init__(self, *args: Any, officers: Mapping[int, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["officer"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  (declared above)
        field.choices = [
            ("", _("Choose…")),
            *((str(pk), name) for pk, name in officers.items()),
            (NOBODY, _("Nobody")),
        ]

    @property
    def chosen(self) -> int | None:
        """The officer's number, or none."""
        value = self.cleaned_data["officer"]
        return None if value == NOBODY else int(value)


class AssignForm(SeenMixin, OfficerForm):
    """For one case: it knows who looked after it when it was shown."""


class BulkAssignForm(OfficerForm):
    back = forms.CharField(required=False, widget=forms.HiddenInput)
