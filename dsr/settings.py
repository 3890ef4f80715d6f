"""Django's settings, secure by default. What an installation may choose is read in `env.py`."""

from __future__ import annotations

import math
from typing import Any

import django_stubs_ext
from csp.constants import NONE, SELF

from dsr import env as environment
from dsr.languages import SCREENS
from dsr.logs import logging_config

# Django's generic classes take their type argument at run time too.
django_stubs_ext.monkeypatch()

ENV = environment.read()
BASE_DIR = environment.PROJECT
DEBUG = False
SECRET_KEY = ENV.secret_key
ALLOWED_HOSTS = ENV.allowed_hosts
CSRF_TRUSTED_ORIGINS = [ENV.base_url]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "dsr.admin.apps.DsrAdminConfig",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_htmx",
    "django.forms",  # the templates of its widgets, behind our own
    "django_q",
    "dsr.apps.DsrConfig",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "dsr.views.middleware.LedgerMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "dsr.views.reader.ReaderMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "dsr.views.middleware.NoStoreMiddleware",
    "dsr.views.limits.AnonymousLimitMiddleware",
    "dsr.views.middleware.NulMiddleware",
    "dsr.views.idle.SessionClockMiddleware",
    "dsr.views.required_factor.RequiredFactorMiddleware",
]
ROOT_URLCONF = "dsr.urls"
WSGI_APPLICATION = "dsr.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "dsr.views.context.desk",
            ],
            "builtins": ["dsr.templatetags.dates"],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

DATABASES = {"default": ENV.database}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Lockouts and rate limits must count across processes, so the cache is shared.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "dsr_cache",
        # Django throws a third away above 300: whoever tries many addresses would lift the lockouts of all.
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    },
    # What is counted of anonymous requests, in each process by itself: see `views/limits.py`.
    "process": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 10_000}},
}

AUTH_USER_MODEL = "dsr.User"
AUTHENTICATION_BACKENDS = ["dsr.accounts.backend.DeskBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_FORMS = {"login": "dsr.accounts.SignInForm"}
ACCOUNT_ADAPTER = "dsr.accounts.DeskAccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
# Beside allauth's other limits. Wrong passwords and codes are counted by `accounts/guessing.py` instead.
ACCOUNT_RATE_LIMITS = {"login_failed": None}
# Rate limits count by address, which a reverse proxy passes on in X-Forwarded-For.
ALLAUTH_TRUSTED_PROXY_COUNT = ENV.trusted_proxies
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_LOGIN_ON_PASSWORD_RESET = False  # whoever reads a mailed link still needs the second factor
ACCOUNT_EMAIL_NOTIFICATIONS = True
MFA_ADAPTER = "dsr.accounts.factors.DeskMFAAdapter"
MFA_FORMS = {
    "authenticate": "dsr.accounts.factors.SignInCodeForm",
    "reauthenticate": "dsr.accounts.factors.AgainCodeForm",
    "activate_totp": "dsr.accounts.factors.SealedActivateForm",
    "add_webauthn": "dsr.accounts.keys.AddKeyForm",
    "authenticate_webauthn": "dsr.accounts.keys.SignInKeyForm",
    "reauthenticate_webauthn": "dsr.accounts.keys.AgainKeyForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_RECOVERY_CODES_SHOW_ONCE = True
# A code works in its own half minute only, and a used one is remembered for as long: a tolerance would outlive that.
MFA_TOTP_TOLERANCE = 0
# Absolute, and beside it the idle time-out of DSR_SESSION_IDLE_MINUTES; both are kept by `views/idle.py`.
SESSION_COOKIE_AGE = 8 * 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True

LANGUAGE_CODE = "en-gb"
LANGUAGES = list(SCREENS.items())
TIME_ZONE = ENV.time_zone
"""The controller's, by which the law's days are counted; a reader may choose another one for moments on screens."""
USE_TZ = True
USE_I18N = True
LOCALE_PATHS = [BASE_DIR / "dsr" / "locale"]

STATIC_URL = "static/"
STATIC_ROOT = ENV.static_root
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},  # nothing is ever stored through it
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if ENV.name != "test"
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = ENV.name == "test"
# An upload is kept in memory and never spooled to a temporary file, where it would stand unencrypted.
FILE_UPLOAD_HANDLERS = ["dsr.uploads.InMemoryOnlyHandler"]
# No form of ours has more, and the limit of size is one for each file.
DATA_UPLOAD_MAX_NUMBER_FILES = 5
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_500  # a file of 2,000 requests, with a choice for each

EMAIL_BACKEND = ENV.email.pop("EMAIL_BACKEND")
globals().update({name: value for name, value in ENV.email.items() if name.startswith("EMAIL_")})
EMAIL_TIMEOUT = 10
"""Seconds: a mail server that says nothing must not keep a web process."""
DEFAULT_FROM_EMAIL = ENV.email_from

# django-q2 delivers at least once. The lease must outlast a task that waits behind the prefetched ones; `dsr.E020`
# checks that it does.
_QUEUE_LIMIT = 1
Q_CLUSTER: dict[str, Any] = {
    "name": "dsr",
    **({"redis": ENV.broker_url} if ENV.broker_url else {"orm": "default"}),
    "workers": ENV.q_workers,
    "queue_limit": _QUEUE_LIMIT,
    "timeout": ENV.q_timeout,
    "retry": ENV.q_timeout * (math.ceil((_QUEUE_LIMIT + 1) / ENV.q_workers) + 1) + 60,
    "max_attempts": 5,
    "ack_failures": False,
    "catch_up": False,
    "save_limit": -1,  # no success is kept (0 keeps each one for ever); failures are, until the sweep
    "poll": 0.2,
    "label": "Jobs",
}

DSR_WORKER_BEAT_SECONDS = ENV.worker_beat
DSR_WORKER_STALL_SECONDS = ENV.worker_stall

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "frame-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
if ENV.is_production:
    SECURE_SSL_REDIRECT = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$"]

LOGGING = logging_config(ENV.log_level)
