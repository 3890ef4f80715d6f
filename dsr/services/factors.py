"""What goes with a change of somebody's own second factor or password: any change of what was trusted voids the trust.

django-allauth makes the change itself; each function is called after it, as the last thing in its transaction.
"""

from __future__ import annotations

from dsr import audit
from dsr.models import User
from dsr.services import sessions
from dsr.services.approval import void_of


def added(*, user: User, kind: str, session_key: str | None) -> None:
    """A factor was added in the session with this key. Sessions from before it, without it, end."""
    ended = sessions.end_of(user, keep=session_key)
    _record(user, "factor_added", kind=kind, sessions_ended=ended)


def removed(*, user: User, kind: str) -> None:
    """A factor was taken off. What this person approved and that isn't carried out yet no longer holds."""
    _record(user, "factor_removed", kind=kind, approvals_voided=void_of(user))


def recovery_codes_renewed(*, user: User) -> None:
    _record(user, "recovery_codes_renewed")


def password_changed(*, user: User) -> None:
    """By the mailed link; all sessions end with the password by themselves."""
    _record(user, "password_changed")


def _record(user: User, verb: str, **facts: object) -> None:
    audit.record(actor=user, verb=verb, facts={"user": user.staff_reference, **facts})
