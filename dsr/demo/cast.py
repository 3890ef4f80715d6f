"""Puts the demo's people and its connection into the database. What is there already stays as it is."""

from __future__ import annotations

from django.contrib.auth.models import Group
from django.db import transaction

from dsr.demo.people import PASSWORD, PEOPLE
from dsr.models import Connection, Integration, User

CONNECTION = "Acme Webshop (demo)"
_ACCOUNT, _KEY = "acme1", "sandbox-key"
_INTEGRATION, _LABEL = "int9", "Webshop"


@transaction.atomic
def load(*, sandbox: str) -> None:
    """Make whoever and whatever is missing. `sandbox` is its address without a closing slash."""
    for person in PEOPLE:
        if not User.objects.filter(email=person.email).exists():
            user = User.objects.create_user(email=person.email, full_name=person.full_name, password=PASSWORD)
            user.groups.add(Group.objects.get(name=person.role))
    _connect(import_url=f"{sandbox}/import/api/v1", read_url=f"{sandbox}/read")


def _connect(*, import_url: str, read_url: str) -> None:
    connection = Connection.objects.filter(name=CONNECTION).first()
    if connection is None:
        connection = Connection(
            name=CONNECTION,
            account_id=_ACCOUNT,
            import_url=import_url,
            read_url=read_url,
            rate_per_minute=6000,
        )
        connection.set_api_key(_KEY)
        connection.save()
        Integration.objects.create(connection=connection, integration_id=_INTEGRATION, label=_LABEL)
    elif (connection.import_url, connection.read_url) != (import_url, read_url):
        # The sandbox has moved to another port. Like any edit of a connection, it voids approvals.
        connection.import_url, connection.read_url = import_url, read_url
        connection.revision += 1
        connection.save()
