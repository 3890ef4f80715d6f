"""What is made for one person is in their language; what is stored is in nobody's."""

from __future__ import annotations

import re
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from allauth.core.context import request_context
from django.core import mail
from django.db import transaction
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.test import Client
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from dsr import dates
from dsr.accounts import mail_password_link
from dsr.dates import DateStyle
from dsr.exceptions import InvalidInput, NotReady
from dsr.languages import SCREENS
from dsr.models import AuditEntry, Case, Connection, Doing, Job, LetterKind, MailRhythm, Preferences, User
from dsr.services import letters, mfa_reset, notification_mail, preferences, safeguards
from dsr.services.planning import fingerprint_of
from dsr.services.reading import as_read_by
from dsr.states import Kind
from tests.builders import (
    add_linda,
    add_tom,
    approve,
    ask_more,
    file_case,
    prepared,
    processing_record,
    set_levels,
    work,
)
from tests.path.driving import PAPER, draw_nothing

pytestmark = pytest.mark.django_db


def reads(user: User, language: str = "", **chosen: str) -> User:
    """The same person, as a page or a mail has them, with this choice."""
    row, _new = Preferences.objects.update_or_create(user=user, defaults={"language": language, **chosen})
    user.refresh_from_db()
    assert user.preferences == row
    return user


def said(words: str, language: str) -> str:
    with translation.override(language):
        return _(words)


def test_a_person_s_choice_counts_then_what_is_known_otherwise_then_the_setting(officer: User) -> None:
    for chosen, otherwise, language in (("", "", "en-gb"), ("", "fr", "fr"), ("de", "fr", "de"), ("de", "", "de")):
        with as_read_by(reads(officer, chosen), otherwise=otherwise) as active:
            assert active == language == translation.get_language()
    with as_read_by(None, otherwise="es") as active:
        assert active == "es"
    with as_read_by(reads(officer, time_zone="Pacific/Auckland", dates=DateStyle.ISO)):
        assert (dates.zone(), dates.moment(timezone.now())[4]) == ("Pacific/Auckland", "-")
    assert dates.zone() == "Europe/Berlin"
    assert translation.get_language() == "en-gb"


def test_a_zone_that_this_machine_does_not_know_is_the_controller_s(officer: User) -> None:
    for name in ("Mars/Olympus", "../etc/passwd"):
        with as_read_by(reads(officer, time_zone=name)):
            assert dates.zone() == "Europe/Berlin"


@pytest.mark.parametrize(
    ("field", "value"), [("language", "it"), ("language", "en"), ("time_zone", "Mars/Olympus"), ("dates", "us")]
)
def test_what_cannot_be_chosen(officer: User, field: str, value: str) -> None:
    given: dict[str, Any] = {
        field: value,
        "mails": MailRhythm.DAILY,
        "away_from": None,
        "away_until": None,
        "substitute": None,
    }
    with pytest.raises(InvalidInput) as refused:
        preferences.save(user=officer, **given)
    assert refused.value.field == field


def walk(officer: User, approver: User, connection: Connection, number: int) -> list[tuple[str, object]]:
    """A whole erasure, each act and the worker's too in the language of whoever acts; its audit trail."""
    with as_read_by(officer):
        case = file_case(officer, connection, external_ids=[f"ext-{number}"])
        case = prepared(case, officer)
    plan = case.current_plan
    assert plan
    prints = set()
    for language in SCREENS:
        with translation.override(language), timezone.override(ZoneInfo("Pacific/Auckland")):
            prints.add(fingerprint_of(plan))
    assert prints == {plan.fingerprint}
    with as_read_by(approver):
        approve(case, approver)
    with as_read_by(officer):
        work()
    case.refresh_from_db()
    assert case.state == "completed"
    assert (case.deadline.received_on, case.deadline.due_on) == (case.received_on, case.due_on)
    assert {job.doing for job in Job.objects.filter(case=case)} <= {"", *Doing.values}
    Case.objects.filter(pk=case.pk).update(filed_by=officer)
    trail = AuditEntry.objects.filter(case=case.reference).order_by("sequence")
    return [(row.verb, _without_numbers(row.facts)) for row in trail]


def _without_numbers(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_numbers(item) for name, item in value.items() if name not in {"deletes_from", "size"}}
    if isinstance(value, list):
        return [_without_numbers(item) for item in value]
    return re.sub(r"\b[0-9a-f]{64}\b|\d+", "#", value) if isinstance(value, str) else type(value).__name__


def test_the_audit_log_of_a_german_officer_is_that_of_an_english_one(
    officer: User, approver: User, connection: Connection, sandbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw_nothing(monkeypatch)
    english = walk(reads(officer, "en-gb"), reads(approver, "en-gb"), connection, 1)
    sandbox.reset()
    add_linda(sandbox)
    add_tom(sandbox)
    german = walk(
        reads(officer, "de", time_zone="Pacific/Auckland", dates=DateStyle.ISO),
        reads(approver, "en-gb"),
        connection,
        2,
    )
    assert german == english


def test_the_evidence_is_in_the_case_s_language_whoever_works(
    officer: User, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw_nothing(monkeypatch)
    drawn: list[Any] = []

    def keep(record: Any, **_logo: Any) -> Any:
        drawn.append((record, translation.get_language()))
        return PAPER

    monkeypatch.setattr("dsr.services.preparation.draw_evidence", keep)
    with as_read_by(reads(officer, "de", time_zone="America/Los_Angeles", dates=DateStyle.ISO)):
        case = prepared(file_case(officer, connection, language="fr"), officer)
    ((record, language),) = drawn
    assert language == "fr"
    assert (record.language, record.time_zone, record.due_on) == ("fr", "Europe/Berlin", case.due_on)
    assert record.channel == said("Letter", "fr")
    assert not re.search(r"\d{4}-\d\d-\d\d", record.due_explanation)


def test_a_draft_is_in_the_letter_s_language_and_its_dates_are_no_one_s_preference(
    officer: User, administrator: User, connection: Connection
) -> None:
    processing_record(connection, language="es", by=administrator)
    case = file_case(officer, connection, language="es")
    plain = letters.draft(case=case, kind=LetterKind.ACKNOWLEDGEMENT)
    with as_read_by(reads(officer, "de", time_zone="Pacific/Auckland", dates=DateStyle.ISO)):
        assert letters.draft(case=case, kind=LetterKind.ACKNOWLEDGEMENT) == plain
    assert " de 2026" in plain.body


def test_what_a_letter_lacks_is_said_in_the_officer_s_language(officer: User, connection: Connection) -> None:
    case = file_case(officer, connection, language="fr", kind=Kind.ERASURE)
    with as_read_by(reads(officer, "de")):
        with pytest.raises((NotReady, InvalidInput)) as refused:
            letters.draft(case=case, kind=LetterKind.ACKNOWLEDGEMENT)
        words = _(
            "The letter needs “%(what)s” in %(language)s. An administrator fills it in under Connections, "
            "“%(connection)s”, record of processing."
        )
        assert str(refused.value).startswith(words.partition("%(what)s")[0])


def test_notifications_are_mailed_in_each_one_s_language(
    officer: User, approver: User, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw_nothing(monkeypatch)
    reads(approver, "fr")
    with as_read_by(reads(officer, "de")):
        case = prepared(file_case(officer, connection), officer)
        mail.outbox.clear()
        notification_mail.send_due()
    (sent,) = [message for message in mail.outbox if message.to == [approver.email]]
    assert sent.subject == f"{case.reference} {said('waits for a second approval', 'fr')}"
    assert said("How you are told is yours to choose:", "fr") in str(sent.body)
    assert said("How you are told is yours to choose:", "fr") != said("How you are told is yours to choose:", "de")


def test_a_safeguard_s_mail_goes_to_each_in_their_language(
    officer: User, approver: User, administrator: User, second_administrator: User
) -> None:
    set_levels(approvals_per_day=20)
    reads(officer, "de")
    reads(approver, "es")
    with as_read_by(reads(administrator, "fr")):
        change = ask_more(administrator)
    with as_read_by(administrator):
        safeguards.grant(actor=second_administrator, change=change)
    told = {(message.to[0], message.subject) for message in mail.outbox}
    assert told == {
        (user.email, said("DSR Desk: a safeguard", language))
        for user, language in (
            (officer, "de"),
            (approver, "es"),
            (administrator, "fr"),
            (second_administrator, "en-gb"),
        )
    }
    assert said("DSR Desk: a safeguard", "de") != said("DSR Desk: a safeguard", "fr")


def test_whoever_loses_their_factors_reads_of_it_in_their_own_language(
    approver: User, administrator: User, django_capture_on_commit_callbacks: Any
) -> None:
    reads(approver, "de")
    with (
        as_read_by(reads(administrator, "fr")),
        django_capture_on_commit_callbacks(execute=True),
        transaction.atomic(),
    ):
        mfa_reset.reset(user=approver)
    (sent,) = mail.outbox
    with as_read_by(approver):
        assert sent.subject == _subject("mfa/email/factors_reset")
    with as_read_by(administrator):
        assert sent.subject != _subject("mfa/email/factors_reset")


def _subject(about: str) -> str:
    return render_to_string(f"{about}_subject.txt", {}).strip()


def test_a_password_link_is_mailed_in_the_language_of_whoever_gets_it(officer: User, administrator: User) -> None:
    subjects = {}
    for language in ("de", "fr"):
        reads(officer, language)
        request = HttpRequest()
        request.META.update(SERVER_NAME="localhost", SERVER_PORT="8000")
        request.session = Client().session
        with as_read_by(reads(administrator, "es")), request_context(request):
            mail_password_link(request, officer)
        Client(headers={"Accept-Language": "es"}).post("/accounts/password/", {"email": officer.email})
        by_admin, by_owner = (message.subject for message in mail.outbox[-2:])
        assert by_admin == by_owner
        subjects[language] = by_admin
    assert subjects["de"] != subjects["fr"]
