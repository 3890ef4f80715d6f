"""`manage.py first_administrator EMAIL NAME`: how a new installation gets the person who invites all others."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse

from dsr import audit
from dsr.models import User
from dsr.permissions import Role


class Command(BaseCommand):
    help = "Adds the first administrator and prints the link with which that person sets a password."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("full_name", metavar="name")

    def handle(self, *, email: str, full_name: str, **_options: Any) -> None:
        address = email.strip().lower()
        try:
            validate_email(address)
        except ValidationError:
            raise CommandError("The first argument is no e-mail address. Put a name with spaces in quotes.") from None
        if User.objects.filter(groups__name=Role.ADMINISTRATOR, is_active=True).exists():
            raise CommandError("There is an administrator already. Ask that person to invite others on the site.")
        if User.objects.filter(email=address).exists():
            raise CommandError("There is an account with this address already. Use another address.")
        with transaction.atomic():
            user = User.objects.create_user(email=address, full_name=full_name.strip())
            user.groups.add(Group.objects.get(name=Role.ADMINISTRATOR))
            audit.record(actor=user, verb="first_administrator_added", facts={"user": user.staff_reference})
        self.stdout.write(f"Added. Open this link to set the password; it works once:\n{_password_link(user)}")


def _password_link(user: User) -> str:
    """Printed, not mailed: on a new installation the mail may not work yet, and whoever runs this owns it all."""
    key = default_token_generator.make_token(user)
    path = reverse("account_reset_password_from_key", args=[user_pk_to_url_str(user), key])
    return f"{settings.ENV.base_url}{path}"
