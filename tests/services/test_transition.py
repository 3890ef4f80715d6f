"""The one door for a case's state: what the table holds happens, with one audit entry; all else changes nothing."""

from __future__ import annotations

import ast
import itertools
from pathlib import Path

import pytest
from django.db import transaction

import dsr
from dsr import audit
from dsr.exceptions import WrongState
from dsr.models import AuditEntry, Case, Connection, User
from dsr.services import transition
from dsr.states import FINAL, TRANSITIONS, Kind, State, Verb
from tests.builders import file_case

# The design's diagram, written down a second time on purpose: a change of the table has to be meant.
DIAGRAM = """
finish_search       received > matching
search_again        matching review needs_attention > received
open_review         matching > review
prepare             review > preparing
close_nothing_found review > completed
look_again          review > erasing  (erasure)
look_again          review > changing  (change)
finish_preparing    preparing > awaiting_approval  (approved)
finish_preparing    preparing > ready  (access)
send_back           awaiting_approval > review  (approved)
stop                erasing > review  (erasure)
stop                needs_attention > review  (approved)
stop                changing > review  (change)
approve             awaiting_approval > erasing  (erasure)
approve             awaiting_approval > changing  (change)
certify             erasing > completed  (erasure)
certify             changing > completed  (change)
hand_over           ready > completed  (access)
back_to_review      ready > review  (access)
back_to_review      needs_attention > review
ask_person          received preparing > needs_attention
ask_person          erasing > needs_attention  (erasure)
ask_person          changing > needs_attention  (change)
resume              needs_attention > received preparing
resume              needs_attention > erasing  (erasure)
resume              needs_attention > changing  (change)
refuse              matching review needs_attention > refused
merge               received matching review > merged
withdraw            received matching review preparing needs_attention > withdrawn
withdraw            awaiting_approval > withdrawn  (approved)
withdraw            erasing > withdrawn  (erasure)
withdraw            changing > withdrawn  (change)
withdraw            ready > withdrawn  (access)
"""


CHANGING = ["rectification", "restriction", "objection"]
ALIKE = {
    "erasure": ["erasure"],
    "access": ["access", "portability"],
    "change": CHANGING,
    "approved": ["erasure", *CHANGING],
}
"""What stands in brackets above."""


def allowed() -> set[tuple[str, str, str, str]]:
    """(verb, from, to, kind) as drawn above."""
    found = set()
    for line in DIAGRAM.strip().splitlines():
        steps, _, kind = line.partition("(")
        (verb, *sources), targets = steps.partition(">")[0].split(), steps.partition(">")[2].split()
        kinds = ALIKE[kind.rstrip(")")] if kind else list(Kind)
        found |= set(itertools.product([verb], sources, targets, kinds))
    return found


@pytest.mark.django_db
@pytest.mark.parametrize("kind", list(Kind))
def test_every_pair_of_states_by_every_verb(connection: Connection, officer: User, kind: Kind) -> None:
    case = file_case(officer, connection, kind=kind)
    happened = set()
    for source in State:
        Case.objects.filter(pk=case.pk).update(state=source)
        entries = AuditEntry.objects.count()
        for verb, target in itertools.product(Verb, State):
            case.state = source
            mark = transaction.savepoint()
            try:
                transition.move(case, verb=verb, target=target, actor=officer)
            except WrongState:
                assert Case.objects.get(pk=case.pk).state == source
                assert AuditEntry.objects.count() == entries
            else:
                happened.add((verb.value, source.value, target.value, kind.value))
                assert Case.objects.get(pk=case.pk).state == target
                assert AuditEntry.objects.count() == entries + 1
                entry = AuditEntry.objects.order_by("-sequence")[0]
                assert (entry.verb, entry.facts) == (verb, {"from": source, "to": target})
            transaction.savepoint_rollback(mark)
    assert happened == {row for row in allowed() if row[3] == kind}


def test_what_is_closed_stays_closed() -> None:
    assert not [row for row in TRANSITIONS if row.source in FINAL]


def test_from_every_open_state_there_is_a_way_to_an_end() -> None:
    for kind in Kind:
        steps = {(row.source, row.target) for row in TRANSITIONS if kind in row.kinds and row.verb != Verb.WITHDRAW}
        reached = set(FINAL)
        for _ in State:
            reached |= {source for source, target in steps if target in reached}
        ours = {source for source, _target in steps}
        assert ours <= reached, kind


@pytest.mark.django_db
def test_who_acts_on_an_old_view_loses(connection: Connection, officer: User) -> None:
    case = file_case(officer, connection)
    stale = Case.objects.get(pk=case.pk)
    transition.move(case, verb=Verb.FINISH_SEARCH, target=State.MATCHING, actor=None)
    entries = AuditEntry.objects.count()
    with pytest.raises(WrongState, match="Somebody else"):
        transition.move(stale, verb=Verb.WITHDRAW, target=State.WITHDRAWN, actor=officer)
    case.refresh_from_db()
    assert case.state == State.MATCHING
    assert AuditEntry.objects.count() == entries


@pytest.mark.django_db
def test_without_its_audit_entry_a_step_does_not_happen(
    connection: Connection, officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = file_case(officer, connection)

    def refuse(**_: object) -> None:
        raise OSError("the log can't be written")

    monkeypatch.setattr(audit, "record", refuse)
    with pytest.raises(OSError, match="can't be written"):
        transition.move(case, verb=Verb.FINISH_SEARCH, target=State.MATCHING, actor=None)
    assert Case.objects.get(pk=case.pk).state == State.RECEIVED
    assert case.state == State.RECEIVED


def test_no_other_file_writes_a_state() -> None:
    package = Path(dsr.__file__).parent
    writers = {
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        if "migrations" not in path.parts and _writes_state(ast.parse(path.read_text()))
    }
    assert writers == {"services/transition.py"}


def _writes_state(tree: ast.AST) -> bool:
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(target, ast.Attribute) and target.attr == "state" for target in targets):
                return True
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            writes = node.func.attr in {"update", "create", "get_or_create", "update_or_create", "bulk_update", "save"}
            named = {word.arg for word in node.keywords}
            quoted = {leaf.value for leaf in ast.walk(node) if isinstance(leaf, ast.Constant)}
            if writes and ("state" in named or ("state" in quoted and node.func.attr in {"save", "bulk_update"})):
                return True
    return False
