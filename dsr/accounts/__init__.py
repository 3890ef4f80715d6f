"""Sign-in, by django-allauth: nobody signs up here, an administrator invites."""

from __future__ import annotations

from functools import partial
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import ResetPasswordForm
from allauth.account.internal.flows.password_reset import request_password_reset
from allauth.account.views import PasswordResetView
from django.db import transaction
from django.http import HttpRequest

from dsr.models import User
from dsr.permissions import has_factor
from dsr.services import account_mail


class DeskAccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """No sign-up; and whoever has a second factor signs in again by it, not by the password alone."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - allauth calls it so
        return False

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
        """Tell the owner once the change is committed. It never fails the change."""
        transaction.on_commit(partial(account_mail.tell, user=user, about=template_prefix))


class QuietResetForm(ResetPasswordForm):  # type: ignore[misc]
    """An address without an account gets no mail (it could only offer to sign up), and the page says the same."""

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        email: str = self.cleaned_data["email"]
        if self.users:
            super().save(request, **kwargs)
        return email


class QuietResetView(PasswordResetView):  # type: ignore[misc]
    form_class = QuietResetForm


def mail_password_link(request: HttpRequest, user: User) -> None:
    """Mail a person the link with which they set their password. Raises `OSError` when the mail can't be sent."""
    request_password_reset(request, user.email, [user], None)
