"""Who asks: the roles behind a request."""

from __future__ import annotations

from typing import cast

from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from dsr.models import User
from dsr.permissions import Role, has_factor, needs_factor, roles_of


class StaffRequest(HttpRequest):
    """A request by a member of staff, as the guards of the pages hand it on."""

    user: User
    roles: frozenset[str]
    lacks_factor: bool
    officers: dict[int, str]
    waiting: int
    """How many cases wait for them, where a page has counted that."""


def roles_in(request: HttpRequest) -> frozenset[str]:
    """The roles of whoever asks, read once for each request."""
    staff_request = cast("StaffRequest", request)
    if not hasattr(staff_request, "roles"):
        staff_request.roles = roles_of(request.user)
    return staff_request.roles


def lacks_factor_in(request: HttpRequest) -> bool:
    """Whether whoever asks needs a second factor and has none, read once for each request."""
    staff_request = cast("StaffRequest", request)
    if not hasattr(staff_request, "lacks_factor"):
        staff_request.lacks_factor = needs_factor(roles_in(request)) and not has_factor(request.user)
    return staff_request.lacks_factor


def rights_in(request: HttpRequest) -> frozenset[str]:
    """The rights of whoever asks, by one query; the services ask for themselves."""
    held = Permission.objects.filter(content_type__app_label="dsr", group__user=request.user.pk)
    return frozenset(held.values_list("codename", flat=True)) if roles_in(request) else frozenset()


def officers_in(request: HttpRequest) -> dict[int, str]:
    """Who can look after a case, by their number, with their names; read once for each request."""
    staff_request = cast("StaffRequest", request)
    if not hasattr(staff_request, "officers"):
        officers = User.objects.filter(is_active=True, groups__name=Role.PRIVACY_OFFICER).order_by("full_name", "pk")
        staff_request.officers = dict(officers.values_list("pk", "full_name"))
    return staff_request.officers


def administrator_of(request: HttpRequest) -> User:
    """The administrator who asks. Raises `PermissionDenied` for anybody else."""
    if not isinstance(request.user, User) or Role.ADMINISTRATOR not in roles_in(request):
        raise PermissionDenied
    return request.user
