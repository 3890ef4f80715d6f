"""The form that takes a file of requests, and the choices of its preview."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from dsr.models import Connection


class FileForm(forms.Form):
    """Its cleaned data are the arguments of `filing_many.upload`."""

    connection = forms.ModelChoiceField(
        label=_("Where to look"),
        queryset=Connection.objects.none(),
        empty_label=_("Choose…"),
        help_text=_("For all rows of the file."),
    )
    file = forms.FileField(
        label=_("File"),
        allow_empty_file=True,  # what is wrong with it, the service says
        help_text=_(
            "CSV, at most 2,000 rows and 2 MB. The file isn't kept; its rows are, encrypted, until they are filed."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv", "class": "drop"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        active = Connection.objects.filter(is_active=True)
        self.fields["connection"].queryset = active  # type: ignore[attr-defined]
        only = list(active[:2])
        if len(only) == 1:
            self.fields["connection"].initial = only[0].pk


def choices_in(data: QueryDict) -> dict[int, str]:
    """What was chosen, by the row's number: the fields are called `row_12`."""
    return {
        int(name[4:]): str(value)
        for name, value in data.items()
        if name.startswith("row_") and name[4:].isascii() and name[4:].isdigit() and len(name) < 12
    }


def seen_in(data: QueryDict) -> int:
    """The newest case when the page was shown; 0 where it doesn't say."""
    seen = data.get("seen", "")
    return int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 19 else 0
