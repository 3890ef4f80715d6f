"""The card that says what an erasure takes out of the figures: on the approver's page and on the case page."""

from __future__ import annotations

from typing import Any

from dsr.models import Plan
from dsr.permissions import Role
from dsr.selectors.impact import impact_of
from dsr.selectors.staff import StaffRequest, roles_in


def impact_context(request: StaffRequest, plan: Plan | None) -> dict[str, Any]:
    """For `cases/parts/impact.html`. The plan's case has its contents still."""
    impact = impact_of(plan)
    if plan is None or impact is None:
        return {}
    may_ask = bool(roles_in(request) & {Role.PRIVACY_OFFICER, Role.APPROVER}) and plan.voided_at is None
    return {"impact": impact, "may_ask_totals": may_ask}
