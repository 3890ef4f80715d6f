"""Who a session belongs to."""

from __future__ import annotations

from allauth.account.auth_backends import AuthenticationBackend

from dsr.models import User


class DeskBackend(AuthenticationBackend):  # type: ignore[misc]
    """allauth's. Each page asks for the person, and for how they read: both come in one query."""

    def get_user(self, user_id: int) -> User | None:
        user = User.objects.select_related("preferences").filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None
