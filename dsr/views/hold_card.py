"""What the case page says about legal holds, and the forms for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms

from dsr.evidence.text import clean
from dsr.forms.acts import ReasonForm
from dsr.models import Case, LegalHold
from dsr.permissions import Role
from dsr.selectors.holds import binding
from dsr.selectors.staff import StaffRequest, roles_in


@dataclass(frozen=True)
class HoldShown:
    hold: LegalHold
    reason: str
    lift_reason: str
    is_elsewhere: bool
    """Placed on another case about the same person: it is lifted there."""
    may_answer: bool
    """Somebody else asked for its lifting, so this reader may grant it."""
    form: forms.Form
    is_bound: bool


def hold_context(request: StaffRequest, case: Case, bound: Mapping[str, forms.Form]) -> dict[str, Any]:
    held = binding(case).select_related("case", "placed_by", "lift_asked_by")
    return {
        "holds": [_shown(request, case, hold, bound) for hold in held],
        "hold_form": bound.get("hold") or ReasonForm(auto_id="hold_%s"),
        "hold_is_bound": "hold" in bound,
    }


def _shown(request: StaffRequest, case: Case, hold: LegalHold, bound: Mapping[str, forms.Form]) -> HoldShown:
    name = f"lift-{hold.pk}"
    seconds = bool(roles_in(request) & {Role.PRIVACY_OFFICER, Role.APPROVER})
    return HoldShown(
        hold=hold,
        reason=clean(hold.reason),
        lift_reason=clean(hold.lift_reason),
        is_elsewhere=hold.case_id != case.pk,
        may_answer=seconds and hold.lift_asked_by_id is not None and hold.lift_asked_by_id != request.user.pk,
        form=bound.get(name) or ReasonForm(auto_id=f"{name}_%s"),
        is_bound=name in bound,
    )
