"""How gunicorn serves the site, in the demo and in production: `gunicorn -c python:dsr.ops.web dsr.wsgi`.

The address and the number of processes are arguments (`--bind`, `--workers`) or gunicorn's WEB_CONCURRENCY.
"""

from __future__ import annotations

from typing import Any

from gunicorn.glogging import Logger  # type: ignore[import-untyped]

from dsr.logs import PlacesOnly


class QuietLogger(Logger):  # type: ignore[misc]
    """Gunicorn's own logs, with nothing in them that opens an account or names a person."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for log, line in ((self.error_log, self.error_fmt), (self.access_log, self.access_fmt)):
            for handler in log.handlers:
                handler.setFormatter(PlacesOnly(line, self.datefmt))


logger_class = QuietLogger
timeout = 60
graceful_timeout = 10
max_requests = 2000
max_requests_jitter = 200
accesslog = "-"
# The path without its query string (%(U)s, never %(r)s), and no referrer: they could carry personal data. Our
# formatter leaves out the key in links that set a password, hand a package over or feed a calendar: whoever reads it
# could use it.
access_log_format = '%(h)s "%(m)s %(U)s" %(s)s %(b)s %(M)sms'
control_socket_disable = True
