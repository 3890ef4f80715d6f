"""How gunicorn serves the site, in the demo and in production: `gunicorn -c python:dsr.ops.web dsr.wsgi`.

The address and the number of processes are arguments (`--bind`, `--workers`) or gunicorn's WEB_CONCURRENCY.
"""

timeout = 60
graceful_timeout = 10
max_requests = 2000
max_requests_jitter = 200
accesslog = "-"
# The path without its query string (%(U)s, never %(r)s), and no referrer: they could carry personal data.
access_log_format = '%(h)s "%(m)s %(U)s" %(s)s %(b)s %(M)sms'
control_socket_disable = True
