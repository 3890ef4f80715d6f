"""Who asks: the roles behind a request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from dsr.models import User
from dsr.permissions import READS_CASES, Role, has_factor, needs_factor


@dataclass(frozen=True)
class Person:
    """A member of staff, also one whose account is closed."""

    name: str
    roles: frozenset[str]
    """None where the account is closed."""


class StaffRequest(HttpRequest):
    """A request by a member of staff, as the guards of the pages hand it on."""

    user: User
    held: frozenset[tuple[str, str]]
    lacks_factor: bool
    people: dict[int, Person]
    unread: list[int]
    waiting: int
    """How many cases wait for them, where a page has counted that."""
    to_approve: int
    """How many of these for their approval."""


def roles_in(request: HttpRequest) -> frozenset[str]:
    """The roles of whoever asks."""
    return frozenset(role for role, _right in _held_in(request)) & frozenset(Role.values)


def rights_in(request: HttpRequest) -> frozenset[str]:
    """The rights of whoever asks; the services ask for themselves."""
    return frozenset(right for _role, right in _held_in(request)) if roles_in(request) else frozenset()


def _held_in(request: HttpRequest) -> frozenset[tuple[str, str]]:
    """Group and right, for each that an active user holds, read once for each request."""
    staff_request, user = cast("StaffRequest", request), request.user
    if not hasattr(staff_request, "held"):
        active = user.pk if isinstance(user, User) and user.is_active else None
        groups = Group.objects.filter(user=active) if active else Group.objects.none()
        rows = groups.values_list("name", "permissions__codename", "permissions__content_type__app_label")
        staff_request.held = frozenset((name, right if app == "dsr" else "") for name, right, app in rows)
    return staff_request.held


def lacks_factor_in(request: HttpRequest) -> bool:
    """Whether whoever asks needs a second factor and has none, read once for each request."""
    staff_request = cast("StaffRequest", request)
    if not hasattr(staff_request, "lacks_factor"):
        staff_request.lacks_factor = needs_factor(roles_in(request)) and not has_factor(request.user)
    return staff_request.lacks_factor


def people_in(request: HttpRequest) -> dict[int, Person]:
    """Everybody who has or had an account, by number and in the order of their names; read once for each request."""
    staff_request = cast("StaffRequest", request)
    if not hasattr(staff_request, "people"):
        rows = User.objects.order_by("full_name", "pk").values_list("pk", "full_name", "is_active", "groups__name")
        roles: dict[int, set[str]] = {}
        names: dict[int, str] = {}
        for pk, name, is_active, group in rows:
            names[pk] = name
            roles.setdefault(pk, set()).update({group} if is_active and group else ())
        staff_request.people = {pk: Person(name, frozenset(roles[pk])) for pk, name in names.items()}
    return staff_request.people


def officers_in(request: HttpRequest) -> dict[int, str]:
    """Who can look after a case, by their number, with their names."""
    return _named(request, Role.PRIVACY_OFFICER)


def readers_in(request: HttpRequest) -> dict[int, str]:
    """Who else may read cases, in the same way."""
    return {pk: name for pk, name in _named(request, *READS_CASES).items() if pk != request.user.pk}


def _named(request: HttpRequest, *roles: Role) -> dict[int, str]:
    return {pk: person.name for pk, person in people_in(request).items() if not person.roles.isdisjoint(roles)}


def unread_in(request: StaffRequest) -> list[int]:
    """The cases of the notifications that whoever asks hasn't read; read once for each request."""
    if not hasattr(request, "unread"):
        request.unread = list(request.user.notifications.filter(read_at=None).values_list("case_id", flat=True))
    return request.unread


def administrator_of(request: HttpRequest) -> User:
    """The administrator who asks. Raises `PermissionDenied` for anybody else."""
    if not isinstance(request.user, User) or Role.ADMINISTRATOR not in roles_in(request):
        raise PermissionDenied
    return request.user
