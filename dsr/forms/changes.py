"""What is to be changed at each confirmed contact: fields with what stands there now, or tags and the status."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dsr.exceptions import ChangedMeanwhile
from dsr.forms.filing import LinesField
from dsr.forms.seen import SeenMixin
from dsr.models import CUSTOM, TAG, Candidate, Change, ChangeAct, ObjectionGround, Plan, RestrictionGround
from dsr.models.change import FIELD_LABELS
from dsr.services.changes import standing
from dsr.states import Kind

_NAMED = ("first_name", "last_name", "email")
_GROUNDS = {Kind.RESTRICTION: RestrictionGround.choices, Kind.OBJECTION: ObjectionGround.choices}
_PLAIN = {"autocomplete": "off", "spellcheck": "false"}


@dataclass(frozen=True)
class FieldRow:
    label: str
    now: str
    field: forms.BoundField


@dataclass(frozen=True)
class ContactRows:
    """The fields of one contact. Those of tags are None for a rectification."""

    candidate: Candidate
    name: str
    rows: list[FieldRow]
    integrations: forms.BoundField | None
    new_name: forms.BoundField | None = None
    new_value: forms.BoundField | None = None
    status: forms.BoundField | None = None
    remove_tags: forms.BoundField | None = None
    add_tags: forms.BoundField | None = None


class ChangesForm(SeenMixin, forms.Form):
    """Fields named `<what>-<candidate>`. Whether they fit together, the service says."""

    def __init__(self, *args: Any, plan: Plan, **kwargs: Any) -> None:
        super().__init__(*args, standing=standing(plan), **kwargs)
        self.case = plan.case
        self.integrations = {row.integration_id: str(row) for row in self.case.connection.integrations.all()}
        self.candidates = list(self.case.candidates.filter(decision="same_person", superseded=False, erased_at=None))
        self._custom: dict[tuple[int, str], str] = {}
        saved = list(plan.changes.all())
        for change in saved:
            change.plan = plan
        if self.case.kind in _GROUNDS:
            self._add_grounds(plan)
        for candidate in self.candidates:
            candidate.case = self.case
            of_contact = [row for row in saved if row.candidate_id == candidate.pk]
            self._add_integrations(candidate, of_contact)
            if self.case.kind == Kind.RECTIFICATION:
                self._add_fields(candidate, of_contact)
            else:
                self._add_tags(candidate, of_contact)

    def _add_grounds(self, plan: Plan) -> None:
        self.fields["ground"] = forms.ChoiceField(
            label=_("Ground"),
            choices=_GROUNDS[Kind(self.case.kind)],
            widget=forms.RadioSelect,
            initial=plan.ground,
            error_messages={"required": _("Choose the ground.")},
            help_text=_("What each ground means"),
        )
        self.fields["ground"].explained = self.case.kind  # type: ignore[attr-defined]
        if self.case.kind == Kind.OBJECTION:
            self.fields["weighed"] = forms.CharField(
                label=_("What was weighed"),
                required=False,
                initial=plan.weighed,
                widget=forms.Textarea(attrs={"rows": 3}),
                help_text=_(
                    "For Art. 21(1) only: why no compelling legitimate grounds override it. Do they, refuse the "
                    "request below."
                ),
            )

    def _add_integrations(self, candidate: Candidate, saved: list[Change]) -> None:
        if len(self.integrations) < 2:
            return
        self.fields[f"integrations-{candidate.pk}"] = forms.MultipleChoiceField(
            label=_("Change it in"),
            required=False,
            choices=list(self.integrations.items()),
            widget=forms.CheckboxSelectMultiple,
            initial=list(dict.fromkeys(row.integration_id for row in saved)),
            help_text=_("Only where this contact is: elsewhere SegMetrics would make a new one."),
        )

    def _add_fields(self, candidate: Candidate, saved: list[Change]) -> None:
        after = {row.field: row.value["after"] for row in saved if row.act == ChangeAct.SET}
        for number, (name, now) in enumerate(_fields_of(candidate).items()):
            key = f"{name}-{candidate.pk}" if name in _NAMED else f"custom{number}-{candidate.pk}"
            self._custom[(candidate.pk, name)] = key
            self.fields[key] = forms.CharField(
                label=_("New value of %(field)s") % {"field": _label(name)},
                required=False,
                initial=after.get(name, now),
                widget=forms.TextInput(attrs=_PLAIN),
            )
        known = _fields_of(candidate)
        new = next((name for name in after if name not in known), "")
        for key, label, initial in (
            (f"new_name-{candidate.pk}", _("A field that is missing"), new.removeprefix(CUSTOM)),
            (f"new_value-{candidate.pk}", _("Its value"), after.get(new, "")),
        ):
            self.fields[key] = forms.CharField(
                label=label, required=False, initial=initial, widget=forms.TextInput(attrs=_PLAIN)
            )

    def _add_tags(self, candidate: Candidate, saved: list[Change]) -> None:
        summary, pk = candidate.summary, candidate.pk
        now = summary["status"] or "–"
        self.fields[f"status-{pk}"] = forms.ChoiceField(
            label=_("Status"),
            required=False,
            choices=[
                ("", _("Leave it: %(status)s") % {"status": now}),
                ("active", _("Set to active")),
                ("inactive", _("Set to inactive")),
            ],
            initial=next((row.value["after"] for row in saved if row.act == ChangeAct.SET), ""),
        )
        if summary["tags"]:
            self.fields[f"remove_tags-{pk}"] = forms.MultipleChoiceField(
                label=_("Take these tags off"),
                required=False,
                choices=[(name, name) for name in dict.fromkeys(summary["tags"]) if name],
                widget=forms.CheckboxSelectMultiple,
                initial=[row.value["name"] for row in saved if row.act == ChangeAct.REMOVE_TAG],
            )
        self.fields[f"add_tags-{pk}"] = LinesField(
            label=_("Put these tags on"),
            required=False,
            initial="\n".join(dict.fromkeys(row.value["name"] for row in saved if row.act == ChangeAct.ADD_TAG)),
            help_text=_("One on each line, for example “restricted” or “no marketing”: what your account knows it by."),
        )

    def show_both(self, error: ChangedMeanwhile) -> str:
        """Custom fields aren't fields of the form by their own names."""
        names = dict.fromkeys([*error.now, *error.wanted])
        self.also = {name: _label(name.rpartition("-")[0]) for name in names if name.startswith(CUSTOM)}
        return super().show_both(error)

    @property
    def contacts(self) -> Iterator[ContactRows]:
        """Each contact with its fields."""
        for candidate in self.candidates:
            yield ContactRows(
                candidate=candidate,
                name=candidate.summary["name"],
                rows=[
                    FieldRow(_label(name), _text(now), self[self._custom[(candidate.pk, name)]])
                    for name, now in _fields_of(candidate).items()
                    if (candidate.pk, name) in self._custom
                ],
                **{
                    name: self[f"{name}-{candidate.pk}"] if f"{name}-{candidate.pk}" in self.fields else None
                    for name in ("integrations", "new_name", "new_value", "status", "remove_tags", "add_tags")
                },
            )

    def wanted(self) -> Mapping[int, dict[str, Any]]:
        """What was chosen, by candidate: the arguments of `services.changes.Wanted`."""
        return {candidate.pk: self._wanted(candidate) for candidate in self.candidates}

    def _wanted(self, candidate: Candidate) -> dict[str, Any]:
        pk, data = candidate.pk, self.cleaned_data
        fields = {
            name: data.get(self._custom[(pk, name)], "")
            for name, now in _fields_of(candidate).items()
            if (pk, name) in self._custom and data.get(self._custom[(pk, name)], "") != _untouched(now)
        }
        if data.get(f"new_name-{pk}"):
            fields[f"{CUSTOM}{data[f'new_name-{pk}']}"] = data.get(f"new_value-{pk}", "")
        if data.get(f"status-{pk}"):
            fields["status"] = data[f"status-{pk}"]
        only = list(self.integrations) if len(self.integrations) == 1 else []
        return {
            "integrations": data.get(f"integrations-{pk}") or only,
            "fields": fields,
            "remove_tags": data.get(f"remove_tags-{pk}") or [],
            "add_tags": data.get(f"add_tags-{pk}") or [],
        }

    def field_of(self, name: str) -> str:
        """The form's own name of a field that the service speaks of."""
        if name in self.fields:
            return name
        what, _dash, pk = name.rpartition("-")
        return self._custom.get((int(pk), what), f"new_name-{pk}") if pk.isdigit() else ""


def _fields_of(candidate: Candidate) -> dict[str, Any]:
    """What a person can rectify: the name, the address, and what stands in custom fields as one value."""
    summary = candidate.summary
    custom = summary.get("custom_fields") or {}
    plain = {f"{CUSTOM}{name}": value for name, value in custom.items() if not isinstance(value, dict | list)}
    return {**{name: summary.get(name, "") for name in _NAMED}, **plain}


def _label(name: str) -> str:
    return str(FIELD_LABELS.get(name) or name.removeprefix(CUSTOM)) if name != TAG else name


def _untouched(now: Any) -> str:
    """What comes back of a field in which nobody typed: a browser takes line breaks out of one line, and the form
    spaces off its ends."""
    return _text(now).replace("\r", "").replace("\n", "").strip()


def _text(value: Any) -> str:
    return "" if value is None else str(value)
