"""While the database doesn't fit its ledger no page is served; not every request pays for knowing that."""

from __future__ import annotations

import time

import pytest
from django.test import Client

from dsr.ledger import book
from dsr.ledger.lines import Line
from dsr.models import LedgerMark
from dsr.views import middleware

PAGE = "/accounts/sign-in/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows with each look at the ledger."""
    looks: list[int] = []
    newest = book.newest

    def look() -> Line | None:
        looks.append(1)
        return newest()

    monkeypatch.setattr(book, "newest", look)
    return looks


def test_a_refusal_stands_for_a_moment(reads: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(middleware, "LOOK_AGAIN", 60.0)  # however slow the machine is
    LedgerMark.objects.create(pk=1, number=7, mac="0" * 64)
    browser = Client()

    answers = [browser.get(PAGE).status_code for _ in range(8)]

    assert answers == [503] * 8
    assert len(reads) == 1


def test_and_no_longer(reads: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(middleware, "LOOK_AGAIN", 0.1)
    LedgerMark.objects.create(pk=1, number=7, mac="0" * 64)
    browser = Client()
    assert browser.get(PAGE).status_code == 503
    LedgerMark.objects.all().delete()

    time.sleep(0.15)

    assert browser.get(PAGE).status_code == 200
