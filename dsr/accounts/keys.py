"""What a browser says of a security key. It comes from outside: what is wrong with it is a wrong answer, no failure."""

from __future__ import annotations

import base64
import hashlib
import json
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import AddWebAuthnForm, AuthenticateWebAuthnForm, ReauthenticateWebAuthnForm
from django.core.cache import cache

from dsr.accounts import guessing
from dsr.models import User

# What the library answers malformed input with, beside its own ValidationError.
_MALFORMED = (
    LookupError,
    AttributeError,
    AssertionError,
    ValueError,
    TypeError,
    OverflowError,
    RecursionError,
    NotImplementedError,
    struct.error,
)
_SESSION_SECONDS = 8 * 60 * 60
_BYTES = ("clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle")


def _wrong() -> Exception:
    error: Exception = get_adapter().validation_error("incorrect_code")
    return error


@contextmanager
def _told_as_wrong() -> Iterator[None]:
    try:
        yield
    except _MALFORMED:
        raise _wrong() from None


def challenge_of(credential: Any) -> str:
    """The challenge that was answered. Raises `ValidationError` unless all that is text is text: the library would
    take a number for a length, and make room for that many bytes."""
    with _told_as_wrong():
        response = credential["response"]
        texts = [credential["id"], credential["rawId"], *(response[name] or "" for name in _BYTES if name in response)]
        if not all(isinstance(text, str) for text in texts):
            raise _wrong()
        encoded = response["clientDataJSON"]
        client = json.loads(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
        if not all(isinstance(client[name], str) for name in ("type", "challenge", "origin")):
            raise _wrong()
        challenge: str = client["challenge"]
        return challenge


class _AnswersOnce:
    """A key's answer counts once, in whichever web process and session it comes again."""

    user: User
    cleaned_data: dict[str, Any]

    def clean_credential(self) -> Authenticator:
        with guessing.counted(context.request, kind=guessing.CODE, account=str(self.user.pk)):
            challenge = challenge_of(self.cleaned_data["credential"])
            with _told_as_wrong():
                found: Authenticator = super().clean_credential()  # type: ignore[misc]
            if not cache.add(f"webauthn:{hashlib.sha256(challenge.encode()).hexdigest()}", 1, _SESSION_SECONDS):
                raise _wrong()
        return found


class SignInKeyForm(_AnswersOnce, AuthenticateWebAuthnForm):  # type: ignore[misc]
    """At sign-in."""


class AgainKeyForm(_AnswersOnce, ReauthenticateWebAuthnForm):  # type: ignore[misc]
    """Signing in again, and approving."""


class AddKeyForm(AddWebAuthnForm):  # type: ignore[misc]
    """Another key."""

    def clean_credential(self) -> Any:
        challenge_of(self.cleaned_data["credential"])
        return self.cleaned_data["credential"]

    def clean(self) -> dict[str, Any]:
        with _told_as_wrong():
            cleaned: dict[str, Any] = super().clean()
            return cleaned
