"""The review: the ground of the erasure, and what is done with each line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dsr.forms.seen import SeenMixin
from dsr.models import Exemption, Ground, LineDecision, Plan, PlanLine
from dsr.services.review import standing

FIELDS = ("decision", "exemption", "reason")


@dataclass(frozen=True)
class Row:
    line: PlanLine
    decision: forms.BoundField
    exemption: forms.BoundField
    reason: forms.BoundField


class ReviewForm(SeenMixin, forms.Form):
    """Three fields for each line, named `decision-<pk>` and so on. Whether they fit together, the service says."""

    ground = forms.ChoiceField(
        label=_("Ground of the erasure, Art. 17(1)"),
        choices=[("", _("Choose…")), *Ground.choices],
        widget=forms.Select(attrs={"class": "wide"}),
        error_messages={"required": _("Choose the ground of the erasure (Art. 17(1)).")},
        help_text=_("What each ground of erasure means"),
    )

    def __init__(self, *args: Any, plan: Plan, **kwargs: Any) -> None:
        super().__init__(*args, standing=standing(plan), **kwargs)
        self.lines = list(plan.lines.select_related("candidate"))
        self.fields["ground"].initial = plan.ground
        self.fields["ground"].explained = "ground"  # type: ignore[attr-defined]
        for line in self.lines:
            label = f"{line.get_object_display()} {line.object_id}"
            self._add(f"decision-{line.pk}", _("Decision on %(what)s"), label, LineDecision.choices, line.decision)
            self._add(f"exemption-{line.pk}", _("Exemption for %(what)s"), label, Exemption.choices, line.exemption)
            self.fields[f"exemption-{line.pk}"].help_text = _("What each one means can be opened below the table.")
            self.fields[f"reason-{line.pk}"] = forms.CharField(
                label=_("Reason for %(what)s") % {"what": label},
                required=False,
                max_length=2000,
                initial=line.reason,
                widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": _("Reason")}),
            )

    def _add(self, name: str, label: Any, what: str, choices: Any, initial: str) -> None:
        self.fields[name] = forms.ChoiceField(
            label=label % {"what": what}, choices=choices, required=False, initial=initial
        )

    @property
    def rows(self) -> Iterator[Row]:
        """Each line with its fields, for the table."""
        for line in self.lines:
            yield Row(line, *(self[f"{name}-{line.pk}"] for name in FIELDS))

    @property
    def undecided(self) -> dict[str, str]:
        """The integrations that have lines which nobody has decided on, by id with their names."""
        return {
            line.integration_id: line.integration_label
            for line in self.lines
            if not self[f"decision-{line.pk}"].value()
        }

    def choices(self) -> Mapping[int, dict[str, str]]:
        """What was chosen, by line."""
        return {
            line.pk: {name: self.cleaned_data.get(f"{name}-{line.pk}", "") for name in FIELDS} for line in self.lines
        }
