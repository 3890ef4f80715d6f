"""`manage.py first_administrator EMAIL NAME`: how a new installation gets its first two administrators.

From then on these two together give every other role, also that of a third administrator.
"""

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
from django.utils.translation import gettext as _

from dsr import audit
from dsr.models import User
from dsr.permissions import Role
from dsr.selectors import changes
from dsr.services import telling


class Command(BaseCommand):
    help = (
        "Adds an administrator, as long as fewer than two are active, and prints the link with which that person sets "
        "a password. Run it twice: the first one alone can't give anybody a role."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("full_name", metavar="name")

    def handle(self, *, email: str, full_name: str, **_options: Any) -> None:
        address = email.strip().lower()
        try:
            validate_email(address)
        except ValidationError:
            raise CommandError("The first argument is no e-mail address. Put a name with spaces in quotes.") from None
        if User.objects.filter(email=address).exists():
            raise CommandError("There is an account with this address already. Use another address.")
        with transaction.atomic():
            # One such command at a time, or two of them could make a third.
            group = Group.objects.select_for_update().get(name=Role.ADMINISTRATOR)
            if not changes.lacks_an_administrator():
                raise CommandError("There are two administrators already. They invite others on the site, together.")
            user = User.objects.create_user(email=address, full_name=full_name.strip())
            user.groups.add(group)
            audit.record(actor=user, verb="administrator_added_by_command", facts={"user": user.staff_reference})
        telling.mail_all(
            subject=lambda: _("DSR Desk: an administrator was added"),
            text=lambda: (
                _("%(name)s was added as an administrator, by a command on the server itself.") % {"name": user}
            ),
        )
        self.stdout.write(f"Added. Open this link to set the password; it works once:\n{_password_link(user)}")
        if changes.lacks_an_administrator():
            self.stdout.write("Run this once more, for a second administrator: nobody gives a role alone.")


def _password_link(user: User) -> str:
    """Printed, not mailed: on a new installation the mail may not work yet, and whoever runs this owns it all."""
    key = default_token_generator.make_token(user)
    path = reverse("account_reset_password_from_key", args=[user_pk_to_url_str(user), key])
    return f"{settings.ENV.base_url}{path}"
