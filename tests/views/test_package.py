"""The page behind a hand-over link: it opens with the code alone, tells nothing, and each download is counted."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any
from unittest import mock

import pytest
import time_machine
from django.apps import apps
from django.db import DatabaseError
from django.db import connection as database
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from dsr import storage
from dsr.models import AuditEntry, Case, Connection, Document, HandOver, User
from dsr.models.hand_over import MOST_DOWNLOADS, TRIES
from dsr.services import closing, handover_links, resumption
from dsr.services.handover_links import Made
from dsr.states import Kind
from tests.builders import file_case, packed, prepared

PERSONAL = re.compile(r"linda|dare|\btom\b|anna|officer|1004|DSR-20", re.IGNORECASE)


@pytest.fixture
def ready(officer: User, connection: Connection) -> Case:
    return packed(prepared(file_case(officer, connection, kind=Kind.ACCESS), officer))


@pytest.fixture
def made(ready: Case, officer: User) -> Made:
    return handover_links.create(case=ready, actor=officer, days=14)


def post(token: str, code: str, *, place: str = "203.0.113.1", **headers: str) -> Any:
    return Client(REMOTE_ADDR=place).post(f"/package/{token}/", {"code": code}, headers=headers)


def verbs(case: Case) -> list[str]:
    wanted = ("link_made", "link_tried", "link_revoked", "package_opened", "package_sent")
    return list(AuditEntry.objects.filter(case=case.reference, verb__in=wanted).values_list("verb", flat=True))


def end(answer: Any) -> None:
    """What the server does at the end of an answer, read to its end or not; the test's own transaction goes on."""
    with mock.patch.object(database, "close_if_unusable_or_obsolete"):
        answer.close()


def said(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode())).strip()


def test_the_code_gives_the_package_and_the_download_is_counted(ready: Case, made: Made) -> None:
    answer = post(made.token, made.code)

    content = b"".join(answer.streaming_content)
    end(answer)
    assert answer.status_code == 200
    assert content == storage.read(made.link.document)
    assert answer["Content-Disposition"] == 'attachment; filename="access-package.zip"'
    assert answer["Content-Length"] == str(len(content))
    made.link.refresh_from_db()
    assert (made.link.downloads, made.link.sent_in_full, made.link.tries_left) == (1, 1, TRIES)
    assert made.link.sent_at
    assert verbs(ready) == ["link_made", "package_opened", "package_sent"]
    assert {row.actor for row in AuditEntry.objects.filter(verb__in=("package_opened", "package_sent"))} == {"visitor"}


def test_it_is_read_as_people_type_it(made: Made) -> None:
    typed = f" {made.code[:4].lower()} - {made.code[4:]} ".replace("0", "o").replace("1", "l")

    assert post(made.token, typed).status_code == 200


def test_broken_off_it_counts_as_begun_and_not_as_sent(
    ready: Case, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "chunks", lambda _document: iter([b"first", b"second"]))
    answer = post(made.token, made.code)

    next(iter(answer.streaming_content))
    end(answer)

    made.link.refresh_from_db()
    assert (made.link.downloads, made.link.sent_in_full, made.link.sent_at) == (1, 0, None)
    assert verbs(ready) == ["link_made", "package_opened"]


def _wrong_code(made: Made, _officer: User) -> tuple[str, str]:
    return made.token, "ZZZZZZZZ"


def _unknown(made: Made, _officer: User) -> tuple[str, str]:
    return "A" * len(made.token), made.code


def _revoked(made: Made, officer: User) -> tuple[str, str]:
    handover_links.revoke(link=made.link, actor=officer)
    return made.token, made.code


def _replaced(made: Made, officer: User) -> tuple[str, str]:
    handover_links.create(case=made.link.case, actor=officer, days=1)
    return made.token, made.code


def _over(made: Made, _officer: User) -> tuple[str, str]:
    HandOver.objects.update(expires_at=timezone.now())
    return made.token, made.code


def _locked(made: Made, _officer: User) -> tuple[str, str]:
    HandOver.objects.update(tries_left=0)
    return made.token, made.code


def _used_up(made: Made, _officer: User) -> tuple[str, str]:
    HandOver.objects.update(downloads=MOST_DOWNLOADS)
    return made.token, made.code


def _back_in_review(made: Made, officer: User) -> tuple[str, str]:
    resumption.back_to_review(case=made.link.case, actor=officer)
    return made.token, made.code


def _withdrawn(made: Made, officer: User) -> tuple[str, str]:
    closing.withdraw(case=made.link.case, actor=officer, reason="by phone")
    return made.token, made.code


def _made_anew(made: Made, _officer: User) -> tuple[str, str]:
    packed(made.link.case, b"another package")
    return made.token, made.code


def _destroyed(made: Made, _officer: User) -> tuple[str, str]:
    Document.objects.filter(pk=made.link.document_id).update(destroyed_at=timezone.now())
    return made.token, made.code


def _purging(made: Made, _officer: User) -> tuple[str, str]:
    Case.objects.filter(pk=made.link.case_id).update(purge_began_at=timezone.now())
    return made.token, made.code


REFUSED = [
    *(_wrong_code, _unknown, _revoked, _replaced, _over, _locked, _used_up),
    *(_back_in_review, _withdrawn, _made_anew, _destroyed, _purging),
]


@pytest.mark.parametrize("why", REFUSED, ids=lambda why: why.__name__.strip("_"))
def test_whatever_is_wrong_the_answer_is_the_same(made: Made, officer: User, why: Any) -> None:
    expected = post("B" * len(made.token), "22222222", place="203.0.113.9")

    answer = post(*why(made, officer), place="203.0.113.10")

    assert answer.status_code == 403
    assert answer.content == expected.content
    assert dict(answer.items()) == dict(expected.items())
    assert "doesn't open a package" in answer.content.decode().replace("&#x27;", "'")


def test_a_wrong_code_is_noted_and_a_link_that_is_none_writes_nothing(ready: Case, made: Made) -> None:
    post(made.token, "22222222")
    assert verbs(ready) == ["link_made", "link_tried"]
    assert AuditEntry.objects.filter(verb="link_tried").get().facts == {"link": made.link.pk, "tries_left": TRIES - 1}
    entries = AuditEntry.objects.count()

    post("C" * 43, made.code, place="203.0.113.2")
    HandOver.objects.update(tries_left=0)
    post(made.token, made.code, place="203.0.113.3")

    assert AuditEntry.objects.count() == entries


def test_after_the_last_wrong_code_the_right_one_opens_nothing(ready: Case, made: Made) -> None:
    for number in range(TRIES):
        assert post(made.token, "22222222", place=f"203.0.113.{number}").status_code == 403

    assert post(made.token, made.code, place="203.0.113.99").status_code == 403
    assert verbs(ready).count("link_tried") == TRIES


def test_one_address_is_slowed_down_whatever_links_it_tries(made: Made) -> None:
    answers = [post(f"{number:043d}", "22222222").status_code for number in range(11)]

    assert answers == [403] * 10 + [429]
    slowed = post(made.token, made.code)
    assert slowed.status_code == 429
    assert "Too many tries" in said(slowed)
    assert post(made.token, made.code, place="203.0.113.2").status_code == 200


def test_a_right_code_is_no_try_that_counts(made: Made) -> None:
    assert [post(made.token, made.code).status_code for _ in range(MOST_DOWNLOADS + 1)] == [200] * MOST_DOWNLOADS + [
        403
    ]


def test_after_the_case_is_closed_it_opens_until_it_ends(ready: Case, officer: User, made: Made) -> None:
    closing.hand_over(case=ready, actor=officer, how="by the link")

    assert post(made.token, made.code).status_code == 200
    with time_machine.travel(made.link.expires_at + dt.timedelta(seconds=1)):
        assert post(made.token, made.code).status_code == 403


def test_looking_changes_nothing(ready: Case, made: Made) -> None:
    before = list(HandOver.objects.values())
    entries = AuditEntry.objects.count()
    for method in ("get", "head"):
        answer = getattr(Client(), method)(f"/package/{made.token}/", headers={"Range": "bytes=0-1"})
        assert answer.status_code == 200

    assert list(HandOver.objects.values()) == before
    assert AuditEntry.objects.count() == entries


@pytest.mark.parametrize("method", ["put", "delete", "patch", "options", "trace"])
def test_no_other_method_is_taken(made: Made, method: str) -> None:
    assert getattr(Client(), method)(f"/package/{made.token}/").status_code == 405


def test_a_part_is_not_given_out_as_if_it_were_asked_for(made: Made) -> None:
    answer = post(made.token, made.code, range="bytes=0-0")

    assert answer.status_code == 200
    assert answer["Accept-Ranges"] == "none"
    assert answer["X-Accel-Buffering"] == "no"
    assert len(b"".join(answer.streaming_content)) == made.link.document.size


def test_nothing_personal_no_cookie_nothing_kept_or_passed_on(made: Made) -> None:
    for answer in (
        Client().get(f"/package/{made.token}/"),
        Client().get(f"/package/{'D' * 43}/"),
        post(made.token, "22222222"),
        post(made.token, made.code),
    ):
        assert answer["Referrer-Policy"] == "no-referrer"
        assert answer["Cache-Control"] == "no-store, private"
        assert answer["X-Robots-Tag"] == "noindex, nofollow"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in answer["Content-Security-Policy"]
        assert not answer.cookies
        assert not PERSONAL.search(str(dict(answer.items())))
        if answer.streaming:
            continue
        html = answer.content.decode()
        assert not PERSONAL.search(html)
        assert made.token not in html
        assert not re.search(r"<script|<style|\sstyle=|\son[a-z]+=|javascript:", html)


def test_it_needs_no_cookie_and_no_token_of_a_form(made: Made) -> None:
    """There is nothing to forge: whoever can send this has what opens the package."""
    browser = Client(enforce_csrf_checks=True)

    assert browser.post(f"/package/{made.token}/", {"code": made.code}).status_code == 200


def test_it_speaks_the_language_of_the_case(made: Made) -> None:
    Case.objects.update(language="fr")

    answer = Client().get(f"/package/{made.token}/", headers={"Accept-Language": "de"})

    assert 'lang="fr"' in answer.content.decode()
    assert answer["Content-Language"] == "fr"
    assert "Vos données" in said(answer)


@pytest.mark.parametrize(
    ("asked", "spoken"), [("", "en"), ("de-AT,de;q=0.9,en;q=0.5", "de"), ("pl, es;q=0.8", "es"), ("zh;;q=x", "en")]
)
def test_a_link_that_leads_nowhere_speaks_that_of_the_browser(db: None, asked: str, spoken: str) -> None:
    answer = Client().get(f"/package/{'E' * 43}/", headers={"Accept-Language": asked})

    assert f'lang="{spoken}"' in answer.content.decode()


def test_neither_token_nor_code_is_stored(ready: Case, made: Made) -> None:
    post(made.token, "22222222")
    post(made.token, made.code)
    for model in apps.get_models():
        for row in model._default_manager.all().values():
            assert made.token not in str(row), model
            assert made.code not in str(row), model
    assert made.token not in repr(made)
    assert made.code not in repr(made)


def test_while_the_database_does_not_fit_its_ledger_nothing_is_given_out(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The middleware looks every few seconds; the act itself looks each time."""
    browser = Client()
    browser.get(f"/package/{made.token}/")  # the middleware has looked
    monkeypatch.setattr("dsr.ledger.refusal", lambda **_: "run restore --finish")

    answer = browser.post(f"/package/{made.token}/", {"code": made.code})

    assert answer.status_code == 503
    assert not answer.streaming
    made.link.refresh_from_db()
    assert made.link.downloads == 0


def test_a_file_that_is_damaged_is_told_calmly(made: Made, settings: Settings) -> None:
    path = storage.root() / made.link.document.path
    path.write_bytes(b"x" + path.read_bytes()[1:])

    answer = post(made.token, made.code)

    assert answer.status_code == 503
    assert not PERSONAL.search(said(answer))


def test_what_cannot_be_noted_is_sent_all_the_same(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_link: HandOver) -> None:
        raise DatabaseError

    monkeypatch.setattr(handover_links, "sent", away)

    assert b"".join(post(made.token, made.code).streaming_content) == storage.read(made.link.document)
