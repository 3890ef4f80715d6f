"""The audit log, to be read."""

from __future__ import annotations

import datetime as dt

from django.contrib import admin
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy

from dsr import dates
from dsr.admin.lists import RoleList
from dsr.models import AuditEntry
from dsr.permissions import Role
from dsr.selectors.timeline import describe

_DIGEST_LENGTH = 64


def _short(value: object) -> str:
    """A value in words; of a digest its beginning, which is enough to compare by eye."""
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{name} {count}" for name, count in value.items() if count)
    text = str(value)
    return f"{text[:8]}…" if len(text) == _DIGEST_LENGTH else text


@admin.register(AuditEntry)
class AuditList(RoleList):
    """References only: whoever an entry speaks of stands in the case or under Users."""

    roles = (Role.AUDITOR, Role.ADMINISTRATOR)
    title = gettext_lazy("Audit log")
    list_display = ("sequence", "moment", "reference", "who", "what", "details", "short_hash")
    ordering = ("-sequence",)
    sortable_by = ("sequence",)

    @admin.display(description=gettext_lazy("When"))
    def moment(self, entry: AuditEntry) -> str:
        moment = dates.moment(dt.datetime.fromisoformat(entry.at), "short", seconds=True)
        return format_html('<span class="nowrap">{}</span>', moment)

    @admin.display(description=gettext_lazy("Request"))
    def reference(self, entry: AuditEntry) -> str:
        return format_html('<span class="nowrap">{}</span>', entry.case)

    @admin.display(description=gettext_lazy("Who"))
    def who(self, entry: AuditEntry) -> str:
        return format_html('<span class="nowrap">{}</span>', entry.actor)

    @admin.display(description=gettext_lazy("What"))
    def what(self, entry: AuditEntry) -> str:
        return describe(entry.verb, entry.facts)

    @admin.display(description=gettext_lazy("Facts"))
    def details(self, entry: AuditEntry) -> str:
        facts = [(name, _short(value)) for name, value in entry.facts.items() if value not in ("", [], {}, None)]
        return format_html('<span class="digest">{}</span>', format_html_join("; ", "{}: {}", facts))

    @admin.display(description=gettext_lazy("Hash"))
    def short_hash(self, entry: AuditEntry) -> str:
        return format_html('<code class="nowrap" title="{}">{}…</code>', entry.hash, entry.hash[:8])
