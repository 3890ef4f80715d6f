"""`manage.py rotate_master_key`: wrap every stored key by the current master key."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from dsr.exceptions import Unreadable
from dsr.services import rotation


class Command(BaseCommand):
    help = "Wraps every data key and API key by DSR_MASTER_KEY; the old one must stand in DSR_OTHER_MASTER_KEYS."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            count = rotation.rotate()
        except Unreadable as error:
            raise CommandError(
                f"{error} Put the old key into DSR_OTHER_MASTER_KEYS and run this again; what was done stays done."
            ) from None
        self.stdout.write(
            f"{count} keys are wrapped anew. All are under DSR_MASTER_KEY now; empty DSR_OTHER_MASTER_KEYS."
        )
