"""The audit log, to be read."""

from __future__ import annotations

import datetime as dt

from django.contrib import admin
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy

from dsr.admin.lists import RoleList
from dsr.models import AuditEntry
from dsr.permissions import Role
from dsr.selectors.timeline import describe


@admin.register(AuditEntry)
class AuditList(RoleList):
    """References only: whoever an entry speaks of stands in the case or under Users."""

    roles = (Role.AUDITOR, Role.ADMINISTRATOR)
    list_display = ("sequence", "moment", "case", "actor", "what", "details", "short_hash")
    ordering = ("-sequence",)
    sortable_by = ("sequence",)

    @admin.display(description=gettext_lazy("When"))
    def moment(self, entry: AuditEntry) -> str:
        return date_format(timezone.localtime(dt.datetime.fromisoformat(entry.at)), "j M Y, H:i:s")

    @admin.display(description=gettext_lazy("What"))
    def what(self, entry: AuditEntry) -> str:
        return describe(entry.verb, entry.facts)

    @admin.display(description=gettext_lazy("Facts"))
    def details(self, entry: AuditEntry) -> str:
        facts = [(name, str(value)) for name, value in entry.facts.items() if value not in ("", [], {}, None)]
        return format_html('<span class="digest">{}</span>', format_html_join("; ", "{}: {}", facts))

    @admin.display(description=gettext_lazy("Hash"))
    def short_hash(self, entry: AuditEntry) -> str:
        return format_html('<code title="{}">{}…</code>', entry.hash, entry.hash[:8])
