"""Browsers of the cast, and cases at the stages that pages are looked at."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import time_machine
from django.test import Client
from pytest_django import Settings

from dsr.models import Case, Connection, LetterKind, OutgoingLetter, User
from tests.builders import file_case, prepared, record_processing, work
from tests.services.letter_cases import send
from tests.tables import begun, line, uploaded

SignIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def _static_root(settings: Settings, tmp_path: Path) -> None:
    """WhiteNoise warns of a directory that isn't there, and a warning is an error here."""
    settings.STATIC_ROOT = tmp_path


@pytest.fixture
def sign_in() -> SignIn:
    """A browser in which this person is signed in."""

    def signed_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return signed_in


@pytest.fixture
def matching_case(officer: User, connection: Connection) -> Case:
    """Searched: Linda and Tom are found, nobody has decided."""
    case = file_case(officer, connection)
    work()
    case.refresh_from_db()
    return case


@pytest.fixture
def waiting_case(officer: User, connection: Connection) -> Case:
    """Prepared by Anna, waiting for the second person."""
    return prepared(file_case(officer, connection), officer)


@pytest.fixture
def pages(waiting_case: Case, officer: User, administrator: User) -> list[str]:
    """Addresses of an officer's pages, about a case that has a bit of everything."""
    record_processing(waiting_case.connection, administrator)
    letter = send(waiting_case, officer, LetterKind.ACKNOWLEDGEMENT)
    work()
    OutgoingLetter.objects.filter(pk=letter.pk).update(status="unknown", problem="mail_refused")
    documents = [
        f"/cases/{waiting_case.reference}/documents/{pk}/" for pk in waiting_case.documents.values_list("pk", flat=True)
    ]
    letters = [f"/cases/{waiting_case.reference}/letters/{end}" for end in ("", "new/acknowledgement/")]
    preview = uploaded(officer, waiting_case.connection, line(1, name="Linda Dare", emails="linda.dare@example.com"))
    filed = begun(officer, waiting_case.connection, line(2, channel="linda"), line(3))
    work()
    return [
        "/",
        "/admin/dsr/case/",
        "/admin/reports/",
        "/admin/reports/register/",
        "/cases/new/",
        "/cases/new/many/",
        f"/cases/new/many/{preview.reference}/",
        f"/cases/new/many/{filed.reference}/",
        f"/cases/{waiting_case.reference}/",
        *documents,
        *letters,
    ]


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """A clock that stands still at the beginning of a half minute, until the test moves it on."""
    with time_machine.travel(dt.datetime(2026, 11, 2, 9, 0, tzinfo=dt.UTC), tick=False) as traveller:
        yield traveller
