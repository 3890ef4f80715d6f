from __future__ import annotations

from django.apps import AppConfig


class DsrConfig(AppConfig):
    """The product's one app."""

    name = "dsr"
    verbose_name = "DSR Desk"

    def ready(self) -> None:
        from dsr import checks  # noqa: F401, PLC0415  (registers the system checks)
