"""Who may open a page: signed in, with a role. What may be done there, the services check themselves."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render

from dsr.models import Case
from dsr.permissions import READS_CASES, Role
from dsr.selectors.staff import roles_in

View = Callable[..., HttpResponseBase]


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
administrators = for_roles(Role.ADMINISTRATOR)
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
    return get_object_or_404(
        Case.objects.select_related("assigned_to", "connection", "filed_by", "identity_by", "merged_into", "key"),
        reference=reference,
    )
