"""A form that knows what it showed, and that shows both versions where somebody else wrote meanwhile."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from dsr import dates
from dsr.exceptions import ChangedMeanwhile
from dsr.services.seen import Values, mark_of

SEEN = "seen"


@dataclass(frozen=True)
class Both:
    """One field: what stands now, and what this person wants."""

    label: str
    now: str
    wanted: str


@dataclass(frozen=True)
class Meanwhile:
    words: str
    rows: tuple[Both, ...]


class SeenMixin(forms.BaseForm):
    """Give it `standing`, what the form shows of what is stored, by its fields' names."""

    meanwhile: Meanwhile | None = None
    also: Mapping[str, Any] = {}
    """Labels of what isn't a field of this form."""

    def __init__(self, *args: Any, standing: Values | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields[SEEN] = forms.CharField(required=False, widget=forms.HiddenInput, initial=mark_of(standing or {}))

    def show_both(self, error: ChangedMeanwhile) -> str:
        """Keep what was typed and show it beside what stands now. From here on it is seen. Returns what happened."""
        self._mark(error.mark)
        words = _happened(error.by, error.at)
        self.meanwhile = Meanwhile(words, tuple(self._rows(error.now, error.wanted)))
        return words

    def saw(self, standing: Values) -> None:
        """What this person has saved themselves is no surprise to them when they send the form again."""
        self._mark(mark_of(standing))

    def _mark(self, mark: str) -> None:
        data: Any = self.data.copy()  # type: ignore[attr-defined]  # what was sent can't be changed
        data[self.add_prefix(SEEN)] = mark
        self.data = data

    def _rows(self, now: Values, wanted: Values) -> list[Both]:
        names = [name for name in (*self.fields, *self.also) if now.get(name, "") != wanted.get(name, "")]
        return [Both(self._label(name), self._said(name, now), self._said(name, wanted)) for name in names]

    def _label(self, name: str) -> str:
        return str(self.also[name] if name in self.also else self.fields[name].label or self[name].label)

    def _said(self, name: str, values: Values) -> str:
        value, field = values.get(name, ""), self.fields.get(name)
        if isinstance(field, forms.BooleanField):
            return pgettext("a box", "Yes") if value else pgettext("a box", "No")
        choices: Any = getattr(field, "choices", ())
        labels = {str(key): str(label) for key, label in choices}
        parts = value.split(", ") if isinstance(field, forms.MultipleChoiceField) else [value]
        return ", ".join(labels.get(part, part) for part in parts)


def _happened(by: str, at: dt.datetime | None) -> str:
    if at is None:
        return _("Somebody else changed this while you were writing.")
    moment = timezone.localtime(at)
    is_today = moment.date() == timezone.localdate()
    names = {"who": by or _("Somebody else"), "time": dates.clock(at), "day": dates.day(moment.date())}
    if is_today:
        return _("%(who)s changed this at %(time)s, while you were writing.") % names
    return _("%(who)s changed this on %(day)s at %(time)s, while you were writing.") % names
