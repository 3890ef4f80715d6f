"""The product's own settings, started from an environment that is complete and worth nothing."""

import base64
import os
import tempfile

os.environ["DSR_ENV"] = "test"
os.environ["DSR_SECRET_KEY"] = "only-for-tests-" * 4
os.environ["DSR_MASTER_KEY"] = base64.b64encode(b"m" * 32).decode()
os.environ["DSR_SEARCH_KEY"] = base64.b64encode(b"s" * 32).decode()
os.environ["DSR_ALLOW_LOOPBACK"] = "1"
os.environ["DSR_VERIFY_DELAYS"] = "60,300,1800"
os.environ["DSR_EMAIL_URL"] = "memorymail://"
os.environ.setdefault("DSR_DATA_DIR", tempfile.gettempdir() + "/dsr-tests")

from dsr.settings import *  # noqa: F403

# Looks for a static file when it is asked for; otherwise each test client walks through all of them.
WHITENOISE_AUTOREFRESH = True
# Fast on purpose: the strength of the hash is Django's business, not that of these tests.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
