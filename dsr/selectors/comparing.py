"""What the request says of the person beside what a contact says, for whoever has to be sure that they are one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from dsr.crypto import normalise
from dsr.models import Candidate, Case, Identifier, IdentifierKind


class Fit(TextChoices):
    """How two values stand to each other."""

    EQUAL = "equal", pgettext_lazy("two values", "Equal")
    NEARLY = "nearly", gettext_lazy("Equal but for how it is written")
    DIFFERENT = "different", pgettext_lazy("two values", "Different")
    MISSING = "missing", gettext_lazy("Nothing to compare")


TONES = {Fit.EQUAL: "good", Fit.NEARLY: "good", Fit.DIFFERENT: "bad", Fit.MISSING: "plain"}


@dataclass(frozen=True)
class Pair:
    """One thing that both may say."""

    what: str
    requested: str
    held: str
    fit: Fit
    led_here: bool = False
    """SegMetrics answered to it with this contact."""

    @property
    def tone(self) -> str:
        return TONES[self.fit]


def pairs_of(case: Case, candidate: Candidate, given: Sequence[tuple[Identifier, str]]) -> list[Pair]:
    """Name, addresses and ids of the request, each beside the contact's. `given` are the request's own identifiers."""
    summary = candidate.summary
    name, email = summary.get("name") or "", summary.get("email") or ""
    pairs = [Pair(_("Name"), case.subject_name, name, fit_of(case.subject_name, name))]
    for identifier, value in given:
        is_email = identifier.kind == IdentifierKind.EMAIL
        held = email if is_email else candidate.contact_id
        fit = fit_of(value, held, fold_case=is_email)
        led_here = identifier.pk in candidate.found_by
        pairs.append(Pair(str(identifier.get_kind_display()), value, held, fit, led_here=led_here))
    if not any(identifier.kind == IdentifierKind.EMAIL for identifier, _value in given):
        pairs.append(Pair(str(IdentifierKind.EMAIL.label), "", email, Fit.MISSING))
    return pairs


def fit_of(requested: str, held: str, *, fold_case: bool = True) -> Fit:
    """How they stand to each other, by the rule by which identifiers are looked up; ids may differ by case alone."""
    if not requested or not held:
        return Fit.MISSING
    if requested == held:
        return Fit.EQUAL
    same = normalise(requested, fold_case=fold_case) == normalise(held, fold_case=fold_case)
    return Fit.NEARLY if same else Fit.DIFFERENT
