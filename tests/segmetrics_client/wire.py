"""Sessions whose HTTP is played by a function, for what a real server can't be made to do."""

from collections.abc import Callable
from typing import Any

import httpx

from segmetrics_client import ApiKey, SegMetrics

Play = Callable[[httpx.Request], httpx.Response]


def played(play: Play, **options: Any) -> SegMetrics:
    settings: dict[str, Any] = {
        "account_id": "a1b2c3",
        "integration_id": "int9",
        "auth": ApiKey("secret-key"),
    }
    return SegMetrics(**(settings | {"rate_per_minute": None} | options), transport=httpx.MockTransport(play))


def contact(**fields: Any) -> httpx.Response:
    return httpx.Response(200, json={"data": {"contact_id": "1004"} | fields})
