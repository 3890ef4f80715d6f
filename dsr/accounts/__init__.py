"""Sign-in, by django-allauth: nobody signs up here, an administrator invites."""

from __future__ import annotations

import logging
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import LoginForm, ResetPasswordForm
from allauth.account.internal.flows.password_reset import request_password_reset
from allauth.account.views import PasswordResetView
from django import forms
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from dsr.accounts import guessing
from dsr.models import User
from dsr.permissions import has_factor
from dsr.services import account_mail
from dsr.services.reading import as_read_by

logger = logging.getLogger(__name__)


class DeskAccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """No sign-up; and whoever has a second factor signs in again by it, not by the password alone."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - allauth calls it so
        return False

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Under the address of the settings: whoever asks could send any host name along."""
        path = urlsplit(super().get_reset_password_from_key_url(key)).path
        return f"{settings.ENV.base_url}{path}"

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """A password, at sign-in, signing in again and approving: one count of wrong ones for all three."""
        attempt = guessing.Attempt(request, kind=guessing.PASSWORD, account=str(credentials.get("email", "")).lower())
        user: User | None = super().authenticate(request, **credentials)
        if user:
            attempt.succeeded()
        return user

    def format_email_subject(self, subject: str) -> str:
        """The subject as it stands in its template, without the host's name before it."""
        return str(subject).strip()

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """A borrowed session and a spied-out password must not be enough to take a factor off the account."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        if has_factor(user):
            return [method for method in methods if method["id"] != "reauthenticate"]
        return methods

    def send_notification_mail(self, template_prefix: str, user: User, *_args: Any, **_context: Any) -> None:
        """Tell the owner, whose own doing it is, once the change is committed. It never fails the change."""
        tell = partial(account_mail.tell, user=user, about=template_prefix, otherwise=get_language() or "")
        transaction.on_commit(tell)


class SignInForm(LoginForm):  # type: ignore[misc]
    """Theirs, in our spelling."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _spell(self.fields["login"])


class QuietResetForm(ResetPasswordForm):  # type: ignore[misc]
    """An address without an account gets no mail (it could only offer to sign up), and the page says the same."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _spell(self.fields["email"])

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        email: str = self.cleaned_data["email"]
        if self.users:
            try:
                # Whoever asks is probably the owner, so their browser's language does where none was chosen.
                with as_read_by(self.users[0], otherwise=get_language() or ""):
                    super().save(request, **kwargs)
            except OSError as error:  # the page must not tell an address with an account from one without
                logger.error("a password link was not sent: %s", type(error).__name__)
        return email


def _spell(field: forms.Field) -> None:
    field.label = _("E-mail")
    field.widget.attrs["placeholder"] = _("E-mail address")


class QuietResetView(PasswordResetView):  # type: ignore[misc]
    form_class = QuietResetForm


def mail_password_link(request: HttpRequest, user: User) -> None:
    """Mail a person the link with which they set their password, in the language that they read in.

    Raises `OSError` when the mail can't be sent.
    """
    with as_read_by(user):
        request_password_reset(request, user.email, [user], None)
