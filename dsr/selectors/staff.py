"""Who asks: the roles behind a request."""

from __future__ import annotations

from typing import cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from dsr.models import User
from dsr.permissions import Role, roles_of


class StaffRequest(HttpRequest):
    """A request by a member of staff, as the guards of the pages hand it on."""

    user: User
    roles: frozenset[str]


def roles_in(request: HttpRequest) -> frozenset[str]:
    """The roles of whoever asks, read once for each request."""
    staff_request = cast("StaffRequest", request)
    if not hasattr(staff_request, "roles"):
        staff_request.roles = roles_of(request.user)
    return staff_request.roles


def administrator_of(request: HttpRequest) -> User:
    """The administrator who asks. Raises `PermissionDenied` for anybody else."""
    if not isinstance(request.user, User) or Role.ADMINISTRATOR not in roles_in(request):
        raise PermissionDenied
    return request.user
