"""Pages of other apps that must not be there: django-q2's can run any function by its name."""

from __future__ import annotations

from allauth.account.models import EmailAddress, EmailConfirmation
from django.contrib import admin
from django.contrib.auth.models import Group
from django_q.models import Failure, OrmQ, Schedule, Success

HIDDEN = (Schedule, Success, Failure, OrmQ, Group, EmailAddress, EmailConfirmation)


def hide() -> None:
    for model in HIDDEN:
        if admin.site.is_registered(model):
            admin.site.unregister(model)
