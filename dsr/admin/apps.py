from __future__ import annotations

from django.contrib.admin.apps import AdminConfig


class DsrAdminConfig(AdminConfig):
    """Django's stock admin, with our site."""

    default_site = "dsr.admin.site.DeskAdminSite"
