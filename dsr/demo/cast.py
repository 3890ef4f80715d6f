"""Puts the demo's people and its connection into the database. What is there already stays as it is."""

from __future__ import annotations

from django.contrib.auth.models import Group
from django.db import transaction

from dsr.actions import Action, reads
from dsr.demo.people import PASSWORD, PEOPLE
from dsr.demo.records import RECIPIENTS, RECORDS
from dsr.models import Connection, Recipient, User
from dsr.permissions import Role
from dsr.services import connections, processing

CONNECTION = "Acme Webshop (demo)"
_ACCOUNT, _KEY = "acme1", "sandbox-key"
_INTEGRATIONS = [("int9", "Webshop")]
_CALLS_A_MINUTE = 6000  # the sandbox has nobody to spare


def load(*, sandbox: str) -> None:
    """Make whoever and whatever is missing. `sandbox` is its address without a closing slash."""
    with transaction.atomic():
        for person in PEOPLE:
            if not User.objects.filter(email=person.email).exists():
                user = User.objects.create_user(email=person.email, full_name=person.full_name, password=PASSWORD)
                user.groups.add(Group.objects.get(name=person.role))
    # In no transaction around it: an edit is noted in the ledger, whose lines are written by themselves.
    _connect(import_url=f"{sandbox}/import/api/v1", read_url=f"{sandbox}/read")
    _tell(Connection.objects.get(name=CONNECTION))


def _connect(*, import_url: str, read_url: str) -> None:
    """Make the connection, or move it where the sandbox listens on another port now: an edit, so it voids approvals."""
    known = Connection.objects.filter(name=CONNECTION).first()
    if known and (known.import_url, known.read_url) == (import_url, read_url):
        return
    connection = known or Connection(name=CONNECTION, account_id=_ACCOUNT, rate_per_minute=_CALLS_A_MINUTE)
    connection.import_url, connection.read_url = import_url, read_url
    connections.save(
        actor=_administrator(),
        connection=connection,
        api_key=_KEY,  # one that was given for another address has ended
        integrations=list(known.integrations.values_list("integration_id", "label")) if known else _INTEGRATIONS,
    )
    # Elsewhere this takes two administrators; the demo deletes in its own sandbox.
    # Whoever tries the desk out may try every kind of request.
    changing = [Action.UPSERT_CONTACT, Action.ADD_CONTACT_TAGS, Action.REMOVE_CONTACT_TAGS]
    granted = [*reads(), *(action.value for action in changing)]
    Connection.objects.filter(pk=connection.pk).update(may_delete=True, granted=granted)


def _tell(connection: Connection) -> None:
    """Write what is told about the processing, where nobody has written anything yet."""
    for language, told in RECORDS.items():
        if not connection.processing_records.filter(language=language).exists():
            processing.save_record(connection=connection, actor=_administrator(), language=language, told=told)
    if not connection.recipients.exists():
        for fields in RECIPIENTS:
            processing.save_recipient(recipient=Recipient(connection=connection, **fields), actor=_administrator())


def _administrator() -> User:
    return User.objects.filter(groups__name=Role.ADMINISTRATOR, is_active=True).order_by("pk")[0]
