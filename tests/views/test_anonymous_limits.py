"""Whatever opens without a sign-in has a limit for each place."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection as database
from django.test import Client
from pytest_django import Settings

from dsr.models import User
from dsr.views import limits
from tests.views.conftest import SignIn
from tests.views.test_mfa_required import ADDRESSES

PLACE = "203.0.113.77"


@pytest.fixture(autouse=True)
def _clock(clock: time_machine.Traveller) -> None:
    """All within one minute."""


@pytest.fixture
def few(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LIMITS", {"pages": 3, "health": 5})


def use_up(**where: Any) -> None:
    for _ in range(3):
        assert Client().get("/accounts/password/", **({"REMOTE_ADDR": PLACE} | where)).status_code == 200


def test_each_address_is_limited(few: None) -> None:
    use_up()

    for method in ("get", "post"):
        for path, name in ADDRESSES:
            answer = getattr(Client(), method)(path, REMOTE_ADDR=PLACE)
            assert answer.status_code == 429 or name == "healthz", path


def test_the_page_says_to_wait_in_our_look(few: None) -> None:
    use_up()

    answer = Client().get("/nothing/here/", REMOTE_ADDR=PLACE)

    assert answer.status_code == 429
    assert answer["Retry-After"] == "60"
    assert "no-store" in answer["Cache-Control"]
    assert "Wait a few minutes, then try again" in answer.content.decode()
    assert "desk.css" in answer.content.decode()


def test_other_places_and_people_who_are_signed_in_go_on(few: None, officer: User, sign_in: SignIn) -> None:
    use_up()

    assert Client().get("/accounts/sign-in/", REMOTE_ADDR="198.51.100.4").status_code == 200
    for _ in range(6):
        assert sign_in(officer).get("/", REMOTE_ADDR=PLACE).status_code == 200


def test_after_a_minute_it_opens_again(few: None, clock: time_machine.Traveller) -> None:
    use_up()
    assert Client().get("/accounts/sign-in/", REMOTE_ADDR=PLACE).status_code == 429

    clock.shift(61)

    assert Client().get("/accounts/sign-in/", REMOTE_ADDR=PLACE).status_code == 200


def test_behind_a_proxy_the_client_can_not_choose_its_place(few: None, settings: Settings) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for number in range(3):
        Client().get("/accounts/sign-in/", headers={"X-Forwarded-For": f"198.51.100.{number}, {PLACE}"})

    answer = Client().get("/accounts/sign-in/", headers={"X-Forwarded-For": f"192.0.2.1, {PLACE}"})

    assert answer.status_code == 429


def test_the_health_page_has_a_limit_of_its_own(few: None) -> None:
    use_up()

    answers = [Client().get("/healthz", REMOTE_ADDR=PLACE).status_code for _ in range(6)]

    assert 429 not in answers[:5]
    assert answers[5] == 429


def test_many_places_push_no_lockout_out_of_the_shared_cache(few: None) -> None:
    cache.set("lockout", "holds")
    before = Client().get("/accounts/sign-in/", REMOTE_ADDR="2001:db8::1")

    for number in range(50):
        Client().get("/accounts/sign-in/", REMOTE_ADDR=f"2001:db8:0:{number:x}::1")

    assert before.status_code == 200
    with database.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM dsr_cache")
        assert cursor.fetchone() == (1,)
