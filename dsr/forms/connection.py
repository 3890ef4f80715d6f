"""The forms of a connection: the account, a new key, and its integrations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from dsr.models import Connection, Integration

if TYPE_CHECKING:
    _ConnectionForm = forms.ModelForm[Connection]
    _IntegrationForm = forms.ModelForm[Integration]
    _FormSet = forms.BaseInlineFormSet[Integration, Connection, Any]
else:  # Django's own classes take no parameter
    _ConnectionForm = _IntegrationForm = forms.ModelForm
    _FormSet = forms.BaseInlineFormSet


class ConnectionForm(_ConnectionForm):
    api_key = forms.CharField(
        label=_("API key"),
        required=False,
        strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}, render_value=False),
        help_text=_("Kept encrypted and never shown again."),
    )

    class Meta:
        model = Connection
        fields = (
            "name",
            "account_id",
            "api_key",
            "read_url",
            "import_url",
            "rate_per_minute",
            "report_days",
            "report_pages",
            "is_active",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["api_key"].required = not self.instance.api_key_sealed
        if self.instance.api_key_sealed:
            self.fields["api_key"].label = _("Set a new API key")
            self.fields["api_key"].help_text = _("Leave this empty to keep the key. It is never shown.")


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
