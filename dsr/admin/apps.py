from __future__ import annotations

from django.contrib.admin.apps import AdminConfig


class DsrAdminConfig(AdminConfig):
    """Django's stock admin, with our site and our lists alone."""

    default_site = "dsr.admin.site.DeskAdminSite"

    def ready(self) -> None:
        super().ready()
        from dsr.admin import calls, cases, connections, hidden, log, users  # noqa: F401, PLC0415  (registers the lists, once the models are there)

        hidden.hide()
