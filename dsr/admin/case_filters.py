"""The filters of the list of requests. Whatever is chosen stands in the address, and none of it is personal."""

# ruff: noqa: ARG002 - the signatures are those of the admin
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dsr.models import Case, Connection, User
from dsr.permissions import Role
from dsr.selectors import cases, silence
from dsr.selectors.staff import officers_in, roles_in
from dsr.states import State

NONE = Q(pk__in=[])
_GROUPS: dict[str | None, Callable[[], Q]] = {
    None: cases.is_open,
    "recent": cases.is_recently_completed,
    "subject": silence.waits_for_subject,
    "silent": silence.is_silent,
}
"""What is shown under these choices of a state."""


class Choice(admin.SimpleListFilter):
    """A filter whose first choice is what is shown without it."""

    first = gettext_lazy("All")

    def choices(self, changelist: ChangeList) -> Any:
        for number, choice in enumerate(super().choices(changelist)):
            yield {**choice, "display": self.first} if number == 0 else choice

    def has_output(self) -> bool:
        """Shown with one choice too: an empty place is harder to read than a filter that says what there is."""
        return True


class StateFilter(Choice):
    title = gettext_lazy("State")
    parameter_name = "state"
    first = gettext_lazy("All open")

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        roles = roles_in(request)
        mine = [("waiting", _("Waiting for me"))] if roles & {Role.PRIVACY_OFFICER, Role.APPROVER} else []
        if Role.APPROVER in roles:
            mine.append(("approval", _("Waiting for my approval")))
        silent = [("silent", silence.words_for_silent())] if settings.ENV.silence_days else []
        for_subject = [("subject", _("Waiting for the data subject")), *silent]
        states = [(value, label) for value, label in State.choices if value != State.MERGED]
        return [*mine, *for_subject, *states, ("recent", _("Completed, last 30 days")), ("any", _("Open and closed"))]

    def value(self) -> str | None:
        """All open is what is shown without a choice; its own word is for an address that would be empty."""
        chosen = super().value()
        return None if chosen == "open" else chosen

    def queryset(self, request: HttpRequest, queryset: QuerySet[Case]) -> QuerySet[Case]:
        match self.value():
            case "any":
                return queryset
            case value if value in _GROUPS:
                return queryset.filter(_GROUPS[value]())
            case "waiting" if isinstance(request.user, User):
                return queryset.filter(cases.awaits(request.user, roles_in(request)))
            case "approval" if isinstance(request.user, User) and Role.APPROVER in roles_in(request):
                return queryset.filter(cases.awaits_approval_by(request.user))
            case value:
                return queryset.filter(state=value)


class DueFilter(Choice):
    title = gettext_lazy("Due")
    parameter_name = "due"
    first = gettext_lazy("Any day")

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("overdue", _("Overdue")), ("soon", _("Within a week"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Case]) -> QuerySet[Case]:
        found: dict[str, Callable[[], Q]] = {"overdue": cases.is_overdue, "soon": cases.is_due_soon}
        chosen = found.get(self.value() or "")
        return queryset.filter(chosen()) if chosen else queryset


class OfficerFilter(Choice):
    title = gettext_lazy("Officer")
    parameter_name = "officer"
    first = gettext_lazy("Anybody")

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        officers = officers_in(request)
        mine = [("me", _("Me"))] if request.user.pk in officers else []
        others = [(str(pk), name) for pk, name in officers.items() if pk != request.user.pk]
        return [*mine, ("nobody", _("Nobody")), *others, ("gone", _("Somebody who is no officer now"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Case]) -> QuerySet[Case]:
        match self.value():
            case None:
                return queryset
            case "me" if isinstance(request.user, User):
                return queryset.filter(cases.is_looked_after_by(request.user))
            case "nobody":
                return queryset.filter(assigned_to=None)
            case "gone":
                return queryset.exclude(assigned_to=None).exclude(assigned_to__in=officers_in(request))
            case value:
                return queryset.filter(Q(assigned_to=int(value)) if is_number(value) else NONE)


class ConnectionFilter(Choice):
    title = gettext_lazy("Connection")
    parameter_name = "account"
    first = gettext_lazy("Any")

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        names = Connection.objects.order_by("name", "pk").values_list("pk", "name")
        return [(str(pk), name) for pk, name in names]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Case]) -> QuerySet[Case]:
        value = self.value()
        if value is None:
            return queryset
        return queryset.filter(Q(connection=int(value)) if is_number(value) else NONE)


def is_number(value: str) -> bool:
    """Whether it can be the number of a row."""
    return value.isascii() and value.isdigit() and len(value) < 19
