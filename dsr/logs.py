"""Logging to standard error, one line an event. No personal data may reach it; what can't promise that is silenced."""

from __future__ import annotations

import logging
import re
import traceback
from types import TracebackType
from typing import Any

from django.core.exceptions import ImproperlyConfigured

_LINK = re.compile(r"(/password/set/|/package/|/calendar/)[^\s\"'?]+")
"""Links that set a password, hand a package over, or let a calendar read due dates."""
_QUERY = re.compile(r"(/[^\s\"'?]*)\?[^\s\"']*")


def without_secrets(text: str) -> str:
    """The text without what a path may hold: the key of a link, and a query string. It stays one line."""
    one_line = "".join(letter if letter.isprintable() else "?" for letter in text)
    return _QUERY.sub(r"\1", _LINK.sub(r"\1[key]", one_line))


class PlacesOnly(logging.Formatter):
    """Writes of an exception its class and where it happened, never its text: that may quote a person's data.

    Django and gunicorn quote the path where something fails, so keys and query strings are taken out of the message.
    """

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  (the name is logging's)
        return without_secrets(super().formatMessage(record))

    def formatException(  # noqa: N802  (the name is logging's)
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> str:
        error, lines = ei[1], []
        while error is not None:
            # These two stop the start, before there is any person's data, and say what to set or to install.
            text = f": {error}" if isinstance(error, ImproperlyConfigured | ImportError) else ""
            lines.append(f"  {type(error).__name__}{text}")
            lines += [
                f"    {frame.filename}:{frame.lineno} in {frame.name}"
                for frame in traceback.extract_tb(error.__traceback__)
            ]
            error = error.__cause__ or error.__context__
        return "\n".join(lines)


def logging_config(level: str) -> dict[str, Any]:
    """Django's LOGGING setting."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": PlacesOnly, "format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # They log whole URLs, in which identifiers stand.
            "httpx": {"level": "WARNING"},
            "httpcore": {"level": "WARNING"},
            "pyhanko": {"level": "WARNING"},  # it logs the addresses it fetches, and whose certificate it looks at
            "pyhanko_certvalidator": {"level": "WARNING"},
            "fido2": {"level": "WARNING"},  # it logs the ids of people's security keys
            "django.request": {"handlers": ["stderr"], "level": "ERROR", "propagate": False},
            "django_q": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
            "django-q": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
            "fontTools": {"level": "ERROR"},
            "matplotlib": {"level": "ERROR"},  # that it makes a folder for its list of fonts
            "weasyprint": {"level": "ERROR"},
            "mcp": {"level": "ERROR"},  # its warnings may quote what a client sent
        },
    }
