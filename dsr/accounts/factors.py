"""Second factors, by django-allauth: what it stores is sealed, and a few words are ours."""

from __future__ import annotations

from typing import Any

from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY
from django.utils.translation import gettext as _

from dsr.accounts import guessing
from dsr.exceptions import Unreadable
from dsr.models import User, factor


class DeskMFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Secrets are sealed under the master key."""

    def encrypt(self, text: str) -> str:
        return factor.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return factor.unseal(encrypted_text)

    def get_totp_issuer(self) -> str:
        return "DSR Desk"

    def build_totp_svg(self, url: str) -> str:
        """To stand in the page itself: `img-src 'self'` forbids a data: address."""
        drawing: str = super().build_totp_svg(url)
        return drawing[drawing.index("<svg") :]

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:  # noqa: A002 - allauth calls it so
        """A name to begin with. Theirs, “Master key”, is something else here."""
        count = Authenticator.objects.filter(user=user, type=type).count()
        return _("Security key %(number)d") % {"number": count + 1}

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {**super().get_public_key_credential_rp_entity(), "name": "DSR Desk"}


class _CountedCode:
    """Wrong codes are counted for the account and the address."""

    user: User
    cleaned_data: dict[str, Any]

    def clean_code(self) -> str:
        with guessing.counted(context.request, kind=guessing.CODE, account=str(self.user.pk)):
            code: str = super().clean_code()  # type: ignore[misc]
        return code


class SignInCodeForm(_CountedCode, AuthenticateForm):  # type: ignore[misc]
    """At sign-in."""


class AgainCodeForm(_CountedCode, ReauthenticateForm):  # type: ignore[misc]
    """Signing in again, and approving."""


class SealedActivateForm(_CountedCode, ActivateTOTPForm):  # type: ignore[misc]
    """Sets up an app. Until it is confirmed, its secret waits in the session, which is a row of the database too."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)  # makes a secret, or reads what the session holds
        try:
            self.secret: str = factor.unseal(self.secret)
        except Unreadable:
            context.request.session[SECRET_SESSION_KEY] = factor.seal(self.secret)
