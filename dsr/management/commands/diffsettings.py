"""`manage.py diffsettings`: Django's own, with what is secret starred out, since its output ends up in tickets."""

from __future__ import annotations

from typing import Any

from django.conf import global_settings, settings
from django.core.management.base import BaseCommand
from django.views.debug import SafeExceptionReporterFilter


class Command(BaseCommand):
    help = "Shows the settings in force; secrets are starred out."

    def handle(self, **_options: Any) -> None:
        for name, value in SafeExceptionReporterFilter().get_safe_settings().items():
            if getattr(settings, name) != getattr(global_settings, name, None):
                self.stdout.write(f"{name} = {value!r}")
