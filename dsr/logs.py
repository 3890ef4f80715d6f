"""Logging to standard error, one line an event. No personal data may reach it; what can't promise that is silenced."""

from __future__ import annotations

from typing import Any


def logging_config(level: str) -> dict[str, Any]:
    """Django's LOGGING setting."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # They log whole URLs, in which identifiers stand.
            "httpx": {"level": "WARNING"},
            "httpcore": {"level": "WARNING"},
            # A server error mails and logs the request with its POST fields: the traceback goes to one line each.
            "django.request": {"handlers": ["stderr"], "level": "ERROR", "propagate": False},
            "django_q": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
            "django-q": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
            "fontTools": {"level": "ERROR"},
            "weasyprint": {"level": "ERROR"},
        },
    }
