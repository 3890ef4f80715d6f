"""What the case page says of other requests with the same address or id, and the form that merges."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from dsr.forms.acts import MergeForm
from dsr.models import Case
from dsr.selectors.related import related_to
from dsr.services import merging


def related_context(case: Case, bound: Mapping[str, forms.Form]) -> dict[str, Any]:
    """The form only where there is something to merge this one into."""
    related = list(related_to(case))
    context: dict[str, Any] = {"related": related}
    if targets := merging.targets_of(case, related):
        form = bound.get("merge")
        if isinstance(form, MergeForm):
            form.offer(targets)
        context |= {"merge_form": form or MergeForm(targets=targets, auto_id="merge_%s"), "merge_is_bound": bool(form)}
    return context
