"""Who is told of what, how the mails go out, and that no act depends on them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.utils import timezone
from pytest_django import Settings

from dsr.exceptions import InvalidInput
from dsr.jobs import tasks
from dsr.models import Case, Connection, Notification, NotificationKind, Preferences, User
from dsr.permissions import had_a_hand
from dsr.services import approval, assignment, notification_mail, notifying, preferences, reminding
from dsr.states import Kind
from tests.builders import approve, file_case, prepared, work
from tests.mail_server import serving

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 4)


def told(user: User) -> list[str]:
    return list(user.notifications.order_by("pk").values_list("kind", flat=True))


def at_ten(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(10), tzinfo=dt.UTC)


def kept_as(user: User, mails: str) -> None:
    preferences.save(user=user, mails=mails, away_from=None, away_until=None, substitute=None)


@pytest.fixture
def waiting(officer: User, approver: User, connection: Connection) -> Case:
    """Anna's case, which waits for Bea."""
    case = file_case(officer, connection)
    assignment.assign(case=case, actor=officer, to=officer)
    return prepared(case, officer)


def test_the_second_person_is_told_and_so_is_the_officer_of_what_came_of_it(
    waiting: Case, officer: User, second_officer: User, approver: User
) -> None:
    assert told(approver) == ["for_approval"]
    assert told(officer) == [], "who gave it to herself knows"
    approval.send_back(case=waiting, actor=approver, reason="look at the second address")
    assert told(officer) == ["sent_back"]
    assert told(second_officer) == []


def test_whoever_had_a_hand_in_it_is_not_asked_to_approve(
    officer: User, approver: User, connection: Connection
) -> None:

    officer.groups.add(Group.objects.get(name="Approver"))
    prepared(file_case(officer, connection), officer)
    assert told(officer) == []
    assert told(approver) == ["for_approval"]


def test_completed_and_package_ready(waiting: Case, officer: User, approver: User, connection: Connection) -> None:
    prepared(file_case(officer, connection, kind=Kind.ACCESS), officer)
    assert told(officer) == ["package_ready"]
    approve(waiting, approver)
    work()
    assert told(officer) == ["package_ready", "completed"]


def test_a_case_of_nobody_is_told_to_all_officers_and_only_once(
    officer: User, second_officer: User, connection: Connection, sandbox: object
) -> None:
    case = file_case(officer, connection)

    assert notifying.tell(case, NotificationKind.NEEDS_PERSON, notifying.carers(case)) == 2
    assert notifying.tell(case, NotificationKind.NEEDS_PERSON, notifying.carers(case)) == 0, "it is unread still"
    notifying.mark_read(user=officer, case=case)
    assert notifying.tell(case, NotificationKind.NEEDS_PERSON, notifying.carers(case)) == 1


def test_a_mail_names_the_request_and_nothing_of_the_person(waiting: Case, approver: User) -> None:
    assert notification_mail.send_due() == 1
    (sent,) = mail.outbox
    assert sent.to == [approver.email]
    assert sent.subject == f"{waiting.reference} waits for a second approval"
    assert f"/cases/{waiting.reference}/" in str(sent.body)
    assert "Linda" not in f"{sent.subject} {sent.body}"
    assert "linda.dare" not in f"{sent.subject} {sent.body}"
    assert notification_mail.send_due() == 0, "not twice"


def test_a_connection_whose_name_has_a_line_break_is_named_on_one_line(officer: User, connection: Connection) -> None:
    """Django refuses a subject of two lines, so nobody would be told by mail that the work has stopped."""
    connection.name = "Acme\r\nBcc: someone@example.com"
    connection.save()
    notifying.tell_of_halt(connection)
    assert notification_mail.send_due() == 1
    assert mail.outbox[0].subject.startswith("Acme Bcc: someone@example.com is stopped")


def test_what_was_read_meanwhile_is_not_mailed(waiting: Case, approver: User) -> None:

    notifying.mark_read(user=approver)
    assert notification_mail.send_due() == 0


def test_each_as_they_want_it(officer: User, approver: User, connection: Connection) -> None:
    kept_as(approver, "daily")
    with time_machine.travel("2026-11-04 09:30:00+00:00", tick=False):
        prepared(file_case(officer, connection, received_on=TODAY), officer)
        prepared(file_case(officer, connection, received_on=TODAY), officer)
        assert notification_mail.send_due() == 0
    with time_machine.travel("2026-11-05 05:59:00+00:00", tick=False):
        assert notification_mail.send_due() == 0, "it is 6:59 in Berlin"
    with time_machine.travel("2026-11-05 06:01:00+00:00", tick=False):
        assert notification_mail.send_due() == 1
    assert mail.outbox[0].subject == "DSR Desk: 2 notifications"
    kept_as(approver, "never")
    prepared(file_case(officer, connection), officer)
    assert notification_mail.send_due() == 0
    assert told(approver) == ["for_approval"] * 3


def test_a_mail_that_fails_changes_nothing_and_is_tried_again_later(
    waiting: Case, approver: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(*_: object) -> int:
        raise OSError(f"no route to {approver.email}")

    with monkeypatch.context() as patch:
        patch.setattr(EmailBackend, "send_messages", away)
        tasks.notify()
    row = approver.notifications.get()
    assert (row.mailed_at, row.mail_failures) == (None, 1)
    assert approver.email not in caplog.text
    waiting.refresh_from_db()
    assert waiting.state == "awaiting_approval"
    assert notification_mail.send_due() == 0, "not at once"
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=2)):
        assert notification_mail.send_due() == 1


def test_the_mail_of_a_morning_waits_longer_after_each_failure_too(
    officer: User, approver: User, connection: Connection, settings: Settings
) -> None:
    kept_as(approver, "daily")
    with time_machine.travel("2026-11-04 09:30:00+00:00", tick=False):
        prepared(file_case(officer, connection, received_on=TODAY), officer)
    seven = dt.datetime(2026, 11, 5, 6, 0, tzinfo=dt.UTC)  # in Berlin
    with serving(settings) as server:
        server.at_rcpt = "451 later"
        for minutes in range(200):
            with time_machine.travel(seven + dt.timedelta(minutes=minutes), tick=False):
                notification_mail.send_due()
        assert approver.notifications.get().mail_failures == 8, "at once and after 1, 3, 7, 15, 31, 63 and 127 minutes"
        server.at_rcpt = "250 fine"
        with time_machine.travel(seven + dt.timedelta(minutes=254), tick=False):
            assert notification_mail.send_due() == 0
        with time_machine.travel(seven + dt.timedelta(minutes=255), tick=False):
            assert notification_mail.send_due() == 1


def test_what_another_run_mails_or_somebody_reads_meanwhile_is_in_no_second_mail(
    officer: User, second_officer: User, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Runs may overlap: one begins each minute, and a slow mail server keeps one for longer."""
    mailed, read, left = (file_case(officer, connection) for _ in range(3))
    notifying.tell(mailed, NotificationKind.NEEDS_PERSON, [officer])
    for case in (mailed, read, left):
        notifying.tell(case, NotificationKind.NEEDS_PERSON, [second_officer])
    sends = EmailBackend.send_messages

    def slowly(backend: EmailBackend, messages: list[mail.EmailMessage]) -> int:
        second_officer.notifications.filter(case=mailed).update(mailed_at=timezone.now())
        notifying.mark_read(user=second_officer, case=read)
        return sends(backend, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", slowly)
    assert notification_mail.send_due() == 2
    assert mail.outbox[1].subject == f"{left.reference} needs a person"


@pytest.mark.parametrize(("days", "kinds"), [(8, 0), (7, 1), (5, 1), (3, 1), (1, 1), (0, 1), (-1, 0)])
def test_reminders_at_the_set_days(officer: User, connection: Connection, days: int, kinds: int) -> None:
    with time_machine.travel("2026-11-03 10:00:00+00:00"):
        case = file_case(officer, connection, received_on=dt.date(2026, 11, 3))
        assignment.assign(case=case, actor=officer, to=officer)
    with time_machine.travel(at_ten(case.due_on - dt.timedelta(days=days))):
        reminding.remind()
        reminding.remind()
    assert told(officer).count("due_soon") == kinds


def test_from_day_to_day_each_reminder_comes_once(officer: User, connection: Connection) -> None:
    with time_machine.travel("2026-11-03 10:00:00+00:00"):
        case = file_case(officer, connection, received_on=dt.date(2026, 11, 3))
        assignment.assign(case=case, actor=officer, to=officer)
    for days in range(10, -1, -1):
        with time_machine.travel(at_ten(case.due_on - dt.timedelta(days=days))):
            reminding.remind()
    assert told(officer) == ["due_soon"] * 3, "seven, three and one days before"


def test_what_is_overdue_goes_to_all_officers_and_administrators_each_week(
    officer: User, second_officer: User, administrator: User, approver: User, connection: Connection
) -> None:
    with time_machine.travel("2026-11-03 10:00:00+00:00"):
        case = file_case(officer, connection, received_on=dt.date(2026, 11, 3))
        assignment.assign(case=case, actor=officer, to=officer)
    for days in range(1, 10):
        with time_machine.travel(at_ten(case.due_on + dt.timedelta(days=days))):
            reminding.remind()
            notification_mail.send_due()
    for person in (officer, second_officer, administrator):
        assert told(person) == ["overdue"] * 2, "on the first day, and a week later"
    assert told(approver) == []
    to_administrator = [sent for sent in mail.outbox if sent.to == [administrator.email]]
    assert len(to_administrator) == 2
    assert "/cases/" not in str(to_administrator[0].body), "they may not open it"


def test_while_somebody_is_away_the_substitute_is_told_too_and_gains_nothing(
    officer: User, second_officer: User, approver: User, connection: Connection
) -> None:
    today = timezone.localdate()
    preferences.save(user=officer, mails="never", away_from=today, away_until=today, substitute=second_officer)
    case = file_case(officer, connection)
    assignment.assign(case=case, actor=second_officer, to=officer)
    prepared(case, officer)
    approval.send_back(case=case, actor=approver, reason="once more")
    assert told(second_officer) == ["sent_back"]
    assert told(officer) == ["assigned", "sent_back"]
    assert not had_a_hand(case=case, user=second_officer)
    with time_machine.travel(timezone.now() + dt.timedelta(days=1)):
        assert Preferences.of(officer).substitute_on(timezone.localdate()) is None


def test_preferences_that_cannot_be(officer: User, approver: User, second_officer: User) -> None:
    day = dt.date(2026, 12, 1)
    nothing: dict[str, Any] = {"mails": "daily", "away_from": None, "away_until": None, "substitute": None}
    for field, wrong in (
        ("mails", {"mails": "hourly"}),
        ("away_until", {"away_from": day}),
        ("away_from", {"away_until": day}),
        ("substitute", {"substitute": approver}),
    ):
        with pytest.raises(InvalidInput) as caught:
            preferences.save(user=officer, **(nothing | wrong))
        assert caught.value.field == field
    with pytest.raises(InvalidInput):
        preferences.save(user=officer, mails="daily", away_from=day, away_until=day, substitute=officer)
    with pytest.raises(InvalidInput, match="before the first"):
        preferences.save(
            user=officer, mails="daily", away_from=day, away_until=day - dt.timedelta(days=1), substitute=None
        )
    assert not Preferences.objects.exists()


def test_what_was_read_long_ago_goes(waiting: Case, approver: User) -> None:

    notifying.mark_read(user=approver)
    with time_machine.travel(timezone.now() + dt.timedelta(days=89)):
        notifying.forget_old()
    assert Notification.objects.exists()
    with time_machine.travel(timezone.now() + dt.timedelta(days=91)):
        notifying.forget_old()
    assert not approver.notifications.exists()
