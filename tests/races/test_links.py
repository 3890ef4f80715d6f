"""Codes tried, and the package fetched, at the same time at one hand-over link."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import DatabaseError
from django.db import connection as database

from dsr import audit
from dsr.models import AuditEntry, Case, Connection, HandOver, User
from dsr.models.hand_over import MOST_DOWNLOADS
from dsr.services import handover_links
from dsr.services.handover_links import Made
from dsr.states import Kind
from tests.builders import file_case, packed, prepared
from tests.races.together import Meeting, at_once

WRONG = "22222222"


@pytest.fixture
def made(connection: Connection, officer: User) -> Made:
    case = packed(prepared(file_case(officer, connection, kind=Kind.ACCESS), officer))
    return handover_links.create(case=case, actor=officer, days=1)


def take_blindly(meeting: Meeting) -> Callable[[HandOver], bool]:
    """A try as a read and a write: what the conditional UPDATE is there against."""

    def take(link: HandOver) -> bool:
        left = HandOver.objects.get(pk=link.pk)
        meeting.wait()
        if not left.tries_left or left.downloads >= MOST_DOWNLOADS:
            return False
        HandOver.objects.filter(pk=link.pk).update(tries_left=left.tries_left - 1)
        return True

    return take


def meet_before_the_try(meeting: Meeting, monkeypatch: pytest.MonkeyPatch) -> None:
    take = handover_links._take_try

    def and_take(link: HandOver) -> bool:
        meeting.wait()
        return take(link)

    monkeypatch.setattr(handover_links, "_take_try", and_take)


def race(
    made: Made, codes: tuple[str, str], guarded: bool, monkeypatch: pytest.MonkeyPatch
) -> tuple[list[HandOver | None], bool]:
    """Two at once; what each got, and whether the database threw one out."""
    meeting = Meeting(guarded=guarded)
    if guarded:
        meet_before_the_try(meeting, monkeypatch)
    else:
        monkeypatch.setattr(handover_links, "_take_try", take_blindly(meeting))
    got: list[HandOver | None] = []

    def attempt(code: str) -> Callable[[], None]:
        return lambda: got.append(handover_links.open_by(token=made.token, code=code))

    raised = at_once(*(attempt(code) for code in codes))
    assert all(error is None or isinstance(error, DatabaseError) for error in raised), raised
    return got, any(raised)


def test_two_at_the_last_try(made: Made, guarded: bool, row_locks: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both wrong: one of them takes the last try, the other learns nothing and takes none."""
    HandOver.objects.update(tries_left=1)

    _got, thrown_out = race(made, (WRONG, WRONG), guarded, monkeypatch)

    tries = AuditEntry.objects.filter(verb="link_tried").count()
    if not guarded:
        assert tries == 2 or thrown_out, "the race shows"
        return
    assert tries == 1
    assert not thrown_out
    assert HandOver.objects.get().tries_left == 0
    assert audit.verify() is None


def test_a_right_and_a_wrong_code_at_the_last_try(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever is first, no more than one wrong code is ever looked at."""
    HandOver.objects.update(tries_left=1)

    got, _thrown_out = race(made, (made.code, WRONG), True, monkeypatch)

    link = HandOver.objects.get()
    assert sum(row is not None for row in got) == link.downloads
    assert link.tries_left == 1 - AuditEntry.objects.filter(verb="link_tried").count()


def test_two_at_the_last_download(made: Made, guarded: bool, row_locks: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    HandOver.objects.update(downloads=MOST_DOWNLOADS - 1)

    got, thrown_out = race(made, (made.code, made.code), guarded, monkeypatch)

    given = sum(row is not None for row in got)
    if not guarded:
        assert given == 2 or thrown_out, "the race shows"
        return
    assert given == 1
    assert HandOver.objects.get().downloads == MOST_DOWNLOADS


def test_an_opening_against_a_revocation(
    made: Made, officer: User, row_locks: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes wholly before the revocation, or not at all: none is noted after it."""
    meet_before_the_try(Meeting(guarded=True), monkeypatch)
    got: list[HandOver | None] = []

    raised = at_once(
        lambda: got.append(handover_links.open_by(token=made.token, code=made.code)),
        lambda: handover_links.revoke(link=made.link, actor=officer),
    )

    if row_locks:
        assert raised == [None, None]
        verbs = list(
            AuditEntry.objects.filter(case=made.link.case.reference, verb__in=["link_revoked", "package_opened"])
            .order_by("sequence")
            .values_list("verb", flat=True)
        )
        assert verbs in (["link_revoked"], ["package_opened", "link_revoked"])
        assert (got[0] is None) == (verbs == ["link_revoked"])
    assert HandOver.objects.get().revoked_at


def test_two_links_at_once_are_one_in_force(
    made: Made, officer: User, row_locks: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = Case.objects.get()
    raised = at_once(
        *(lambda: handover_links.create(case=Case.objects.get(pk=case.pk), actor=officer, days=1) for _ in range(2))
    )

    assert HandOver.objects.filter(revoked_at=None).count() == 1
    if row_locks:
        assert raised == [None, None]
        assert HandOver.objects.count() == 3
    elif database.vendor == "sqlite":
        assert all(error is None or isinstance(error, DatabaseError) for error in raised)
