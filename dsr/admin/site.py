from __future__ import annotations

from django.contrib.admin import AdminSite


class DeskAdminSite(AdminSite):
    """The stock admin for lists, connections and users."""
