"""A proof of identity is there while the identity is open, and destroyed in the step that settles it (EDPB 01/2022)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dsr import audit, storage
from dsr.exceptions import NotAllowed, Unreadable, WrongState
from dsr.jobs import tasks
from dsr.models import AuditEntry, Case, Connection, Document, User
from dsr.services import closing, disclosure, holds, identity
from dsr.uploads import Letter
from tests.builders import file_case, work
from tests.path.test_kills import Killed, Killer, at_each_write
from tests.path.test_purge import at_each_removal
from tests.rewinding import Mark

pytestmark = pytest.mark.django_db

PASSPORT = Letter(name="Passport of Linda.txt", content_type="text/plain", content=b"P<UTODARE<<LINDA<<<<", pages=0)


@pytest.fixture
def case(connection: Connection, officer: User) -> Case:
    case = file_case(officer, connection)
    work()
    case.refresh_from_db()
    return case


@pytest.fixture
def proof(case: Case, officer: User) -> Document:
    return identity.add_proof(case=case, actor=officer, proof=PASSPORT)


def on_disk(document: Document) -> bool:
    return (storage.root() / document.path).exists()


def test_while_the_identity_is_open_it_can_be_looked_at_and_not_taken_away(
    proof: Document, officer: User, auditor: User
) -> None:
    disclosure.opened(document=proof, actor=officer)
    assert storage.read(proof) == PASSPORT.content
    assert b"LINDA" not in (storage.root() / proof.path).read_bytes()
    assert bytes(proof.name_sealed) == b"", "its own name often holds the person's"
    with pytest.raises(NotAllowed, match="taken away"):
        disclosure.opened(document=proof, actor=officer, download=True)
    with pytest.raises(NotAllowed):
        disclosure.opened(document=proof, actor=auditor)


SETTLED: dict[str, Callable[[Case, User], None]] = {
    "confirmed": lambda case, officer: identity.confirm(case=case, actor=officer, method="document"),
    "not proven": lambda case, officer: closing.refuse(
        case=case, actor=officer, ground="identity", reason="no answer to our question"
    ),
    "refused otherwise": lambda case, officer: closing.refuse(
        case=case, actor=officer, ground="excessive", reason="the tenth"
    ),
    "withdrawn": lambda case, officer: closing.withdraw(case=case, actor=officer, reason="by phone"),
}


@pytest.mark.parametrize("settle", SETTLED)
def test_once_it_is_settled_the_proof_is_gone_and_the_record_of_the_check_stays(
    case: Case, proof: Document, officer: User, settle: str
) -> None:
    SETTLED[settle](case, officer)
    proof.refresh_from_db()
    assert not on_disk(proof)
    assert proof.destroyed_at
    entry = AuditEntry.objects.get(verb="document_destroyed")
    assert entry.facts == {"document": proof.pk, "kind": "proof", "sha256": proof.sha256}
    with pytest.raises(Unreadable):
        disclosure.opened(document=proof, actor=officer)
    with pytest.raises(WrongState):
        identity.add_proof(case=case, actor=officer, proof=PASSPORT)


def test_a_hold_keeps_no_proof(case: Case, proof: Document, officer: User) -> None:
    holds.place(case=case, actor=officer, reason="a claim")
    identity.confirm(case=case, actor=officer, method="document")
    assert not on_disk(proof)


@pytest.mark.parametrize("settle", SETTLED)
def test_killed_at_any_instant_of_the_step_it_ends_the_same(
    case: Case, proof: Document, officer: User, settle: str
) -> None:
    content = (storage.root() / proof.path).read_bytes()

    def killed(killer: Killer) -> bool:
        try:
            with at_each_removal(killer), at_each_write(killer):
                SETTLED[settle](Case.objects.get(pk=case.pk), officer)
        except Killed:
            return True
        return False

    mark = Mark.here()
    counter = Killer()
    assert not killed(counter)
    for instant in range(1, counter.instants + 1):
        mark.rewind()
        (storage.root() / proof.path).write_bytes(content)
        assert killed(Killer(instant)), instant
        half = Document.objects.get(pk=proof.pk)
        if not on_disk(half):
            assert half.destroy_on, "nothing is taken before it is certain"
        if half.destroy_on:
            with pytest.raises(Unreadable):
                disclosure.opened(document=half, actor=officer)
        else:
            assert storage.read(half) == PASSPORT.content
            SETTLED[settle](Case.objects.get(pk=case.pk), officer)
        tasks.sweep()
        done = Document.objects.get(pk=proof.pk)
        assert done.destroyed_at, instant
        assert not on_disk(done), instant
        assert AuditEntry.objects.filter(verb="document_destroyed").count() == 1, instant
        assert audit.verify() is None


def test_a_proof_whose_transaction_failed_leaves_no_file(
    case: Case, officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {path for path in storage.root().rglob("*") if path.is_file()}

    def fail(**_facts: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(audit, "record", fail)
    with pytest.raises(RuntimeError):
        identity.add_proof(case=case, actor=officer, proof=PASSPORT)
    assert {path for path in storage.root().rglob("*") if path.is_file()} == before
