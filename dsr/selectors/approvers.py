"""An early warning: who could approve is asked while somebody can still be found, not on the last day."""

from __future__ import annotations

from django.utils.translation import gettext as _

from dsr.models import Case, User
from dsr.permissions import Role, eligible_approvers
from dsr.states import State

_BEFORE_APPROVAL = frozenset({State.RECEIVED, State.MATCHING, State.REVIEW, State.PREPARING, State.NEEDS_ATTENTION})


def warning_for(case: Case, *, reader: User, roles: frozenset[str]) -> str:
    """What to say to this reader about a plan that nobody, or only they themselves, could approve; or nothing."""
    if not case.needs_approval or case.state not in _BEFORE_APPROVAL:
        return ""
    approvers = eligible_approvers(case)
    if not approvers:
        return _(
            "Nobody can approve this request: there is no active approver without a hand in the case. Ask an "
            "administrator now to give somebody the role."
        )
    if [row.pk for row in approvers] == [reader.pk] and Role.PRIVACY_OFFICER in roles:
        return _(
            "You are the only person who can approve this request. Once you decide something here you can't any more: "
            "leave the work to another officer, or ask an administrator for a second approver."
        )
    return ""


def nobody_at_all() -> bool:
    """Whether no active account has the role that approves."""
    return not User.objects.filter(is_active=True, groups__name=Role.APPROVER).exists()
