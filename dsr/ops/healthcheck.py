"""`python -m dsr.ops.healthcheck`: exits 0 when the site on this machine answers that all is well.

For the container's health check. It names one of the site's own hosts, since any other is refused.
"""

from __future__ import annotations

import http.client
import os
import sys


def is_well(port: int, host: str) -> bool:
    """Whether `GET /healthz` on this machine answers 200 under the host name `host`."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz", headers={"Host": host})
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    first_host = os.environ.get("DSR_ALLOWED_HOSTS", "localhost").split(",")[0].strip().removeprefix(".")
    sys.exit(0 if is_well(8000, first_host) else 1)
