"""The forms of the hand-over: how long a link stands, and what is left out of the package."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from dsr.evidence.text import clean
from dsr.services.redactions import LONGEST_REASON, LONGEST_TEXT

MOST_FIELDS = 500
"""Of each group that can be chosen from; what is in a further one is left out as a text."""


class LinkForm(forms.Form):
    days = forms.IntegerField(label=_("Days until the link ends"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        most: int = settings.ENV.hand_over_days
        super().__init__(*args, **{"initial": {"days": most}} | kwargs)
        self.fields["days"].widget.attrs |= {"min": 1, "max": most}


class RedactionForm(forms.Form):
    """What to leave out of a package: a field, a text, or a text in a field."""

    path = forms.ChoiceField(
        label=_("A field of the export"),
        required=False,
        help_text=_("All of it is left out. A star stands for each entry of a list, as in events/*/ip_address."),
    )
    text = forms.CharField(
        label=_("Or a text, wherever it stands"),
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_(
            "For example another person's address; capital or small, also within addresses. With a field: only there."
        ),
    )
    contact_id = forms.ChoiceField(label=_("In the data of"), required=False)
    reason = forms.CharField(
        label=_("Why it is left out"),
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("The person is told this. Don't name whose data it is."),
    )

    def __init__(self, *args: Any, fields: Mapping[str, int], contacts: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "redaction_%s"} | kwargs)
        own = sorted(path for path in fields if path.startswith("custom_fields/"))
        others = sorted(fields.keys() - set(own))
        choices: list[Any] = [("", _("No single field"))]
        for label, paths in ((_("Fields of your own"), own), (_("Others"), others)):
            if paths:
                choices.append((label, [(path, f"{clean(path)} ({fields[path]})") for path in paths[:MOST_FIELDS]]))
        self.choose("path", choices)
        if len(contacts) > 1:
            each = [(one, _("Contact %(id)s") % {"id": one}) for one in contacts]
            self.choose("contact_id", [("", _("All contacts")), *each])
        else:
            del self.fields["contact_id"]

    def choose(self, name: str, choices: list[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101
        field.choices = choices
