"""Send what a webhook is told. Addresses are checked for each connection, and no redirect is followed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from dsr.connectors.addresses import may_be_called, raise_if_not_public
from dsr.exceptions import InvalidInput
from segmetrics_client.errors import SegMetricsError
from segmetrics_client.transport import Wire

_TIMEOUT = 10.0
_MOST_BYTES = 64 * 1024


def raise_if_unfit(url: str) -> None:
    """Refuse an address that isn't https, or that leads into a private network and isn't of `DSR_WEBHOOK_HOSTS`."""
    if _is_named(url) and "#" not in url:
        return
    try:
        raise_if_not_public(url, with_query=True)
    except InvalidInput:
        raise InvalidInput(
            _(
                "This must be an https address that leads to a public place, without a user name and without “#”. One "
                "in your own network has to be named in DSR_WEBHOOK_HOSTS first."
            ),
            field="url",
        ) from None


def post(url: str, *, body: Mapping[str, Any], headers: Mapping[str, str]) -> int | None:
    """Send it once. The HTTP status of the answer, or None where there was none; what the answer says isn't read."""
    wire = Wire(
        timeout=_TIMEOUT,
        download_timeout=_TIMEOUT,
        max_answer_bytes=_MOST_BYTES,
        max_download_bytes=_MOST_BYTES,
        loopback_only=False,
        transport=None,
        allow_address=(lambda _address: True) if _is_named(url) else may_be_called,
    )
    try:
        return wire.exchange("POST", url, action="webhook", headers=headers, body=body).status
    except SegMetricsError as error:
        return error.status
    finally:
        wire.close()


def _is_named(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    return parts.scheme == "https" and parts.username is None and host in settings.ENV.webhook_hosts
