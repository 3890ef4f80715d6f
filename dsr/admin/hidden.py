"""Pages of other apps that must not be there: django-q2's can run any function, allauth's take a factor away."""

from __future__ import annotations

from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.models import Group
from django_q.models import Failure, OrmQ, Schedule, Success

HIDDEN = (Schedule, Success, Failure, OrmQ, Group, EmailAddress, EmailConfirmation, Authenticator)


def hide() -> None:
    for model in HIDDEN:
        if admin.site.is_registered(model):
            admin.site.unregister(model)
