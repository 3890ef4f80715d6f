"""Somebody's own second factors. django-allauth's pages, whose changes go with their audit entry or not at all."""

from __future__ import annotations

from typing import Any

from allauth.account.views import PasswordResetFromKeyView
from allauth.mfa.base.views import IndexView
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.views import AddWebAuthnView, ReauthenticateWebAuthnView, RemoveWebAuthnView
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect

from dsr.selectors.staff import lacks_factor_in
from dsr.services import factors

TOTP, WEBAUTHN = Authenticator.Type.TOTP.value, Authenticator.Type.WEBAUTHN.value


class Index(IndexView):  # type: ignore[misc]
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "lacks_factor": lacks_factor_in(self.request)}


class ActivateTOTP(ActivateTOTPView):  # type: ignore[misc]
    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        # The code that confirms the app counts as used, as any other does.
        Authenticator.objects.get(user=self.request.user, type=TOTP).wrap().validate_code(form.cleaned_data["code"])
        factors.added(user=self.request.user, kind=TOTP, session_key=self.request.session.session_key)
        return response


class DeactivateTOTP(DeactivateTOTPView):  # type: ignore[misc]
    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        factors.removed(user=self.request.user, kind=TOTP)
        return response


class AddWebAuthn(AddWebAuthnView):  # type: ignore[misc]
    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        factors.added(user=self.request.user, kind=WEBAUTHN, session_key=self.request.session.session_key)
        return response


class RemoveWebAuthn(RemoveWebAuthnView):  # type: ignore[misc]
    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        factors.removed(user=self.request.user, kind=WEBAUTHN)
        return response


class GenerateRecoveryCodes(GenerateRecoveryCodesView):  # type: ignore[misc]
    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        factors.recovery_codes_renewed(user=self.request.user)
        return response


class ReauthenticateWebAuthn(ReauthenticateWebAuthnView):  # type: ignore[misc]
    def form_invalid(self, form: Any) -> HttpResponse:
        """Say what is wrong where it went wrong; the library leads to the sign-in page."""
        for message in form.errors.get("credential", []):
            messages.error(self.request, message)
        return redirect(self.passthrough_next_url(self.request.path))


class SetPassword(PasswordResetFromKeyView):  # type: ignore[misc]
    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        factors.password_changed(user=self.reset_user)
        return response
