"""What our lists have in common: they show, link, and let a service do what is done."""

# ruff: noqa: ARG002 - the signatures are those of the admin
from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.text import capfirst

from dsr.permissions import Role
from dsr.selectors.staff import roles_in

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Any]
else:  # Django's own class takes no parameter
    _ModelAdmin = admin.ModelAdmin


class RoleList(_ModelAdmin):
    """A list for some roles. Nothing is added, changed or deleted through it."""

    roles: ClassVar[tuple[Role, ...]] = ()
    title: ClassVar[Any] = ""
    list_per_page = 50
    list_max_show_all = 50
    show_full_result_count = False
    actions = None
    list_display_links = None

    def _is_open_to(self, request: HttpRequest) -> bool:
        return bool(roles_in(request) & {str(role) for role in self.roles})

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._is_open_to(request)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._is_open_to(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """What the filters offer, and nothing else.

        Django lets every field of the model be asked for in the address, which reads a hidden one (the password hash
        of a colleague) letter by letter.
        """
        return lookup in {name for choice in self.get_list_filter(request) for name in _parameters(choice)}

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        changelist = super().get_changelist_instance(request)
        changelist.title = str(capfirst(str(self.title or self.opts.verbose_name_plural)))
        return changelist

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The audit log is the history; the admin's own log is not kept."""
        raise Http404

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        raise Http404

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        raise Http404


def _parameters(choice: Any) -> set[str]:
    """The names of parameters by which a filter is chosen: a class names its own, a field is compared as a whole."""
    if isinstance(choice, str):
        return {choice, f"{choice}__exact"}
    return {choice.parameter_name}
