"""Who may open a page: signed in, with a role. What may be done there, the services check themselves."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render

from dsr.models import Case, User
from dsr.permissions import READS_CASES, Role, roles_of

View = Callable[..., HttpResponseBase]


class StaffRequest(HttpRequest):
    """A request by a member of staff, as `for_roles` hands it on."""

    user: User
    roles: frozenset[str]


def roles_in(request: HttpRequest) -> frozenset[str]:
    """The roles of whoever asks, read once for each request."""
    if not hasattr(request, "roles"):
        request.roles = roles_of(request.user)  # type: ignore[attr-defined]
    return cast("frozenset[str]", request.roles)


def for_roles(*roles: Role) -> Callable[[View], View]:
    """Let only these roles in. Others get the sign-in page, or a page that says what they lack."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            held = roles_in(request)
            if not held:
                return render(request, "no_role.html", status=403)
            if not held & {str(role) for role in roles}:
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded

    return decorate


reads_cases = for_roles(*READS_CASES)
officers = for_roles(Role.PRIVACY_OFFICER)
approvers = for_roles(Role.APPROVER)
everybody = for_roles(*Role)


def posted(view: View) -> View:
    """A form's target: whoever comes there by its address alone is led to the case page."""

    @wraps(view)
    def guarded(request: HttpRequest, reference: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method != "POST":
            return redirect("case", reference)
        return view(request, reference, *args, **kwargs)

    return guarded


def case_or_404(reference: str) -> Case:
    return get_object_or_404(Case.objects.select_related("connection", "filed_by", "identity_by"), reference=reference)


def administrator_of(request: HttpRequest) -> User:
    """The administrator who asks. Raises `PermissionDenied` for anybody else."""
    if not isinstance(request.user, User) or Role.ADMINISTRATOR not in roles_in(request):
        raise PermissionDenied
    return request.user
