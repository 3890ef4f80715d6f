"""What every page knows."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def desk(request: HttpRequest) -> dict[str, Any]:
    return {"is_demo": settings.ENV.is_demo, "organisation": settings.ENV.organisation}
