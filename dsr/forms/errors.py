"""A service's error beside the field that it is about."""

from __future__ import annotations

from django import forms

from dsr.exceptions import ChangedMeanwhile, InvalidInput, RuleBroken
from dsr.forms.seen import SeenMixin


def beside_field(form: forms.BaseForm | None, error: InvalidInput) -> str:
    """Put the error beside its field. What has no field comes back, to be said on top."""
    if form and error.field in form.fields:
        form.add_error(error.field, str(error))
        return ""
    return str(error)


def put_on(form: forms.BaseForm, error: InvalidInput | RuleBroken) -> None:
    """Put the error beside its field, or on top of the form; what was changed meanwhile, beside what was typed."""
    if isinstance(error, ChangedMeanwhile) and isinstance(form, SeenMixin):
        form.show_both(error)
        return
    rest = beside_field(form, error) if isinstance(error, InvalidInput) else str(error)
    if rest:
        form.add_error(None, rest)


def point_to_first(form: forms.BaseForm) -> None:
    """Put the cursor where the first error is: it may stand far below what the browser shows first."""
    for name in form.errors:
        if name in form.fields:
            form.fields[name].widget.attrs["autofocus"] = True
            return


def status_of(form: forms.BaseForm) -> int:
    """How a page with this form is answered: as it was asked for, or because of what is wrong with what was sent."""
    if isinstance(form, SeenMixin) and form.meanwhile:
        return 409
    return 422 if form.errors else 200
