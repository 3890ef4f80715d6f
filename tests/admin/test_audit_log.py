"""The audit log's page: what was done to the office itself is told in the reader's language, in words."""

from __future__ import annotations

import pytest
from django.db import transaction

from dsr import audit
from dsr.demo.records import RECORDS
from dsr.models import Connection, LetterKind, User
from dsr.services import connections, credentials, letter_templates, processing, users, webhooks
from tests.builders import ask_more, grant_all, set_levels
from tests.views.conftest import SignIn
from tests.views.test_languages import chooses

pytestmark = pytest.mark.django_db


def test_in_the_readers_language(
    connection: Connection, administrator: User, second_administrator: User, officer: User, sign_in: SignIn
) -> None:
    connections.grant(connection=connection, actor=administrator, actions=[])
    processing.save_record(connection=connection, actor=administrator, language="fr", told=RECORDS["fr"])
    users.set_roles(actor=administrator, user=officer, roles=[])
    users.deactivate(actor=administrator, user=officer)
    set_levels(approvals_per_day=20)
    ask_more(administrator)
    grant_all(second_administrator)
    webhook, _secret = webhooks.add(
        actor=administrator, name="Tickets", url="https://127.0.0.1:9/hook", events=["request.filed"]
    )
    letter_templates.restore(actor=administrator, kind=LetterKind.REFUSAL, language="es")
    credentials.revoke(connection=connection, actor=administrator)
    chooses(administrator, "de")

    shown = sign_in(administrator).get("/admin/dsr/auditentry/").content.decode()
    for words in (
        f"Geändert, was Verbindung {connection.pk} darf",
        f"Verzeichnis von Verbindung {connection.pk} gespeichert, Sprache: Français",
        f"Rollen von Konto {officer.staff_reference} geändert",
        f"Konto {officer.staff_reference} geschlossen",
        "Änderung an einer Schutzvorkehrung beantragt: Einer Person",
        "Einer Änderung an einer Schutzvorkehrung zugestimmt: ",
        f"Webhook {webhook.pk} hinzugefügt",
        "Wieder der mitgelieferte Text eines Schreibens (Español): ",
        f"Zugänge von Verbindung {connection.pk} beendet: 1",
    ):
        assert words in shown


def test_what_another_version_recorded_is_shown_all_the_same(administrator: User, sign_in: SignIn) -> None:
    with transaction.atomic():
        audit.record(actor=administrator, verb="moon_landed")
    assert "Moon landed" in sign_in(administrator).get("/admin/dsr/auditentry/").content.decode()
