"""The forms of a connection: the account, a new key, and its integrations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from dsr.actions import READS, WRITES
from dsr.forms.seen import SeenMixin
from dsr.models import Connection, Integration

if TYPE_CHECKING:
    _ConnectionForm = forms.ModelForm[Connection]
    _IntegrationForm = forms.ModelForm[Integration]
    _FormSet = forms.BaseInlineFormSet[Integration, Connection, Any]
else:  # Django's own classes take no parameter
    _ConnectionForm = _IntegrationForm = forms.ModelForm
    _FormSet = forms.BaseInlineFormSet

_NOT_LISTED = {"invalid_choice": _("Choose from the list.")}


def _key_field(**options: Any) -> forms.CharField:
    return forms.CharField(
        label=_("API key"),
        strip=True,
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}, render_value=False),
        **options,
    )


class KeyForm(forms.Form):
    """A new API key, typed and never shown."""

    api_key = _key_field(help_text=_("Kept encrypted and never shown again."))


class ConnectionForm(SeenMixin, _ConnectionForm):
    """The account. Its key is asked for once, where it is added; later under “Who signs the calls”."""

    also = {"integrations": _("Integrations")}

    api_key = _key_field(required=False, help_text=_("Kept encrypted and never shown again."))

    class Meta:
        model = Connection
        fields = (
            "name",
            "environment",
            "contact",
            "account_id",
            "api_key",
            "read_url",
            "import_url",
            "rate_per_minute",
            "report_days",
            "report_pages",
            "personal_deletes",
            "is_active",
        )
        help_texts = {
            "is_active": _(
                "Without it no new request is filed here and nothing is looked up outside of requests. "
                "Open requests go on; to stop their deletions, take the right to delete away."
            ),
        }

    def __init__(self, *args: Any, may_sign_in: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            del self.fields["api_key"]
        elif may_sign_in:
            self.fields["api_key"].help_text = _(
                "Or leave it empty, save, and sign in by OAuth on the page that comes."
            )
        else:
            self.fields["api_key"].required = True


class GrantForm(SeenMixin, forms.Form):
    """Its cleaned data are the argument of `connections.grant`."""

    reads = forms.MultipleChoiceField(
        label=_("Reading"),
        required=False,
        choices=[(action.value, action.label) for action in READS],
        widget=forms.CheckboxSelectMultiple,
        error_messages=_NOT_LISTED,
        help_text=_("Requests need the search, the contact, the products and the reports."),
    )
    writes = forms.MultipleChoiceField(
        label=_("Changing"),
        required=False,
        choices=[(action.value, action.label) for action in WRITES],
        widget=forms.CheckboxSelectMultiple,
        error_messages=_NOT_LISTED,
    )

    def actions(self) -> list[str]:
        return [*self.cleaned_data["reads"], *self.cleaned_data["writes"]]


class IntegrationForm(_IntegrationForm):
    class Meta:
        model = Integration
        fields = ("integration_id", "label")


class _Integrations(_FormSet):
    def rows(self) -> list[tuple[str, str]]:
        """(id, label) of each integration that stays."""
        kept = [form for form in self.forms if form not in self.deleted_forms and form.cleaned_data]
        return [(form.cleaned_data["integration_id"], form.cleaned_data["label"]) for form in kept]

    def clean(self) -> None:
        super().clean()
        if not any(self.errors) and not self.rows():
            raise ValidationError(_("Add at least one integration; contacts are deleted in each by itself."))


IntegrationFormSet = forms.inlineformset_factory(
    Connection, Integration, form=IntegrationForm, formset=_Integrations, extra=2
)
