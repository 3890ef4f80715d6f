"""The forms with which SegMetrics is used outside of a request."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from dsr.forms.filing import LinesField
from dsr.models import Connection, IdentifierKind
from dsr.services.attribution import DIMENSIONS, MODELS

_QUIET = {"autocomplete": "off", "spellcheck": "false"}


class SearchForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("Search by"),
        choices=IdentifierKind.choices,
        initial=IdentifierKind.EMAIL,
        widget=forms.RadioSelect,
    )
    value = forms.CharField(label=_("E-mail or id"), max_length=320, widget=forms.TextInput(attrs=_QUIET))


class _InIntegration(forms.Form):
    """A change is made in one integration; it is asked for where the connection has several."""

    def __init__(self, *args: Any, connection: Connection, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        integrations = list(connection.integrations.all())
        if len(integrations) > 1:
            self.fields["integration"] = forms.ChoiceField(
                label=_("Integration"),
                choices=[("", _("Choose…")), *((row.integration_id, str(row)) for row in integrations)],
                help_text=_(
                    "SegMetrics doesn't say to which integration a contact belongs. Where it isn't in the one that "
                    "you choose, a change adds a new contact there."
                ),
            )


class ContactForm(_InIntegration):
    """What is left empty stays as it is."""

    email = forms.CharField(label=_("E-mail"), required=False, max_length=320, widget=forms.TextInput(attrs=_QUIET))
    first_name = forms.CharField(
        label=_("First name"), required=False, max_length=500, widget=forms.TextInput(attrs=_QUIET)
    )
    last_name = forms.CharField(
        label=_("Last name"), required=False, max_length=500, widget=forms.TextInput(attrs=_QUIET)
    )
    status = forms.ChoiceField(
        label=_("Status"),
        required=False,
        choices=[("", _("as it is")), ("active", _("active")), ("inactive", _("inactive"))],
    )
    custom = LinesField(
        label=_("Further fields"),
        required=False,
        help_text=_("One on each line, such as City=Ghent. Without a value, “City=”, the field is taken away."),
    )

    def clean_custom(self) -> dict[str, str | None]:
        pairs = [line.partition("=") for line in self.cleaned_data["custom"]]
        if not all(is_there and name.strip() for name, is_there, _value in pairs):
            raise ValidationError(_("Each line needs a name, “=” and a value."))
        return {name.strip(): value.strip() or None for name, _is_there, value in pairs}

    def change(self) -> dict[str, object]:
        """As the service takes it: what was filled in."""
        data = self.cleaned_data
        plain = {name: data[name] for name in ("email", "first_name", "last_name", "status") if data.get(name)}
        return {**plain, **({"custom_fields": data["custom"]} if data.get("custom") else {})}


class TagsForm(_InIntegration):
    """The tags to take come as they stand on the page."""

    add = LinesField(label=_("Tags to give"), required=False, help_text=_("One on each line."))


class ProductForm(_InIntegration):
    id = forms.CharField(label=_("Id"), max_length=64, widget=forms.TextInput(attrs=_QUIET))
    name = forms.CharField(label=_("Name"), max_length=200, widget=forms.TextInput(attrs=_QUIET))
    price = forms.CharField(
        label=_("Price"),
        required=False,
        max_length=16,
        widget=forms.TextInput(attrs={**_QUIET, "inputmode": "decimal", "class": "code"}),
        help_text=_("Such as 49.00, in the account's currency. Empty: it isn't touched."),
    )


class ReportForm(forms.Form):
    start = forms.DateField(label=_("First day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    end = forms.DateField(label=_("Last day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    by = forms.ChoiceField(label=_("By"), choices=list(DIMENSIONS.items()))
    model = forms.ChoiceField(label=_("Counted for"), choices=list(MODELS.items()))
