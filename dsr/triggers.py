"""Database triggers: what the database itself refuses, whoever asks. For SQLite and PostgreSQL.

SQLite drops a table's triggers silently when a migration rebuilds the table, so a migration that alters one of these
tables ends with `install`, and the system check `dsr.E010` proves that they are all there.
"""

from __future__ import annotations

import re
from typing import Any

AUDIT_MESSAGE = "The audit log is append-only."
CHAIN_MESSAGE = "An audit entry must follow the newest one."
SECOND_PERSON_MESSAGE = "The approver had a hand in this case."
PLAN_MESSAGE = "The approval does not fit the plan."
APPROVAL_MESSAGE = "An approval can only be voided."
ACTOR_MESSAGE = "Who had a hand in a case cannot be changed."
HELD_MESSAGE = "A legal hold binds this case."
HOLD_MESSAGE = "A legal hold is lifted by a second person, and its past cannot be changed."
CHANGE_MESSAGE = "What was asked for can only be decided, once and in time."

# INSERT OR REPLACE goes round a DELETE trigger in SQLite; a replaced row has an old sequence or an old hash.
_CHAIN_BROKEN = f"""
    NEW.sequence <> COALESCE((SELECT MAX(sequence) FROM dsr_auditentry), 0) + 1
    OR NEW.previous <> COALESCE(
        (SELECT hash FROM dsr_auditentry ORDER BY sequence DESC LIMIT 1), '{"0" * 64}')
    OR EXISTS (SELECT 1 FROM dsr_auditentry WHERE hash = NEW.hash)
"""  # noqa: S608  (constants only)
_HAD_A_HAND = """
    EXISTS (SELECT 1 FROM dsr_caseactor WHERE case_id = NEW.case_id AND user_id = NEW.approver_id)
    OR EXISTS (SELECT 1 FROM dsr_case WHERE id = NEW.case_id AND filed_by_id = NEW.approver_id)
    OR EXISTS (SELECT 1 FROM dsr_plan WHERE case_id = NEW.case_id AND prepared_by_id = NEW.approver_id)
"""
_OTHER_PLAN = """
    NOT EXISTS (SELECT 1 FROM dsr_plan WHERE id = NEW.plan_id AND case_id = NEW.case_id
        AND fingerprint = NEW.fingerprint AND fingerprint <> '' AND export_id IS NOT NULL
        AND evidence_id IS NOT NULL AND voided_at IS NULL)
"""
_APPROVAL_CHANGED = """
    NEW.id <> OLD.id OR NEW.approver_id <> OLD.approver_id OR NEW.plan_id <> OLD.plan_id OR NEW.case_id <> OLD.case_id
    OR NEW.fingerprint <> OLD.fingerprint OR NEW.account_digest <> OLD.account_digest
    OR NEW.approved_at <> OLD.approved_at OR NEW.deletes_from <> OLD.deletes_from
    OR (OLD.voided_at IS NOT NULL AND (NEW.voided_at IS NULL OR NEW.voided_at <> OLD.voided_at))
"""
_BORN_DECIDED = "NEW.granted_at IS NOT NULL OR NEW.declined_at IS NOT NULL OR NEW.withdrawn_at IS NOT NULL"
_CHANGE_CHANGED = """
    OLD.granted_at IS NOT NULL OR OLD.declined_at IS NOT NULL OR OLD.withdrawn_at IS NOT NULL
    OR NEW.id <> OLD.id OR NEW.kind <> OLD.kind OR NEW.payload <> OLD.payload OR NEW.reason <> OLD.reason
    OR NEW.asked_by_id <> OLD.asked_by_id OR NEW.asked_at <> OLD.asked_at OR NEW.expires_at <> OLD.expires_at
    OR COALESCE(NEW.subject_id, 0) <> COALESCE(OLD.subject_id, 0)
    OR COALESCE(NEW.connection_id, 0) <> COALESCE(OLD.connection_id, 0)
    OR NEW.granted_at > NEW.expires_at
"""

# What only notes something, and destroys nothing, isn't held; any other kind is.
_HELD = """
    EXISTS (SELECT 1 FROM dsr_legalhold WHERE case_id = NEW.case_id AND lifted_at IS NULL)
    AND NOT EXISTS (SELECT 1 FROM dsr_case WHERE id = NEW.case_id AND kind IN ('restriction', 'objection'))
"""
_HOLD_NOT_NEW = "NEW.lift_asked_by_id IS NOT NULL OR NEW.lifted_by_id IS NOT NULL OR NEW.lifted_at IS NOT NULL"
# Each NULL is named: a comparison with one is neither true nor false, and would let it pass.
_HOLD_CHANGED = """
    NEW.id <> OLD.id OR NEW.case_id <> OLD.case_id
    OR COALESCE(NEW.placed_by_id, 0) <> COALESCE(OLD.placed_by_id, 0) OR NEW.placed_at <> OLD.placed_at
    OR (OLD.lifted_at IS NULL AND (NEW.lifted_at IS NOT NULL OR NEW.lifted_by_id IS NOT NULL) AND (
        NEW.lifted_at IS NULL OR NEW.lifted_by_id IS NULL OR OLD.lift_asked_by_id IS NULL
        OR NEW.lift_asked_by_id IS NULL OR NEW.lift_asked_by_id <> OLD.lift_asked_by_id
        OR NEW.lifted_by_id = OLD.lift_asked_by_id))
    OR (OLD.lifted_at IS NOT NULL AND (
        NEW.lifted_at IS NULL OR NEW.lifted_by_id IS NULL OR NEW.lift_asked_by_id IS NULL
        OR NEW.lifted_at <> OLD.lifted_at OR NEW.lifted_by_id <> OLD.lifted_by_id
        OR NEW.lift_asked_by_id <> OLD.lift_asked_by_id))
"""

RULES: tuple[tuple[str, str, str, str, str], ...] = (
    # name, table, event, condition (empty: always), message
    ("dsr_audit_no_update", "dsr_auditentry", "UPDATE", "", AUDIT_MESSAGE),
    ("dsr_audit_no_delete", "dsr_auditentry", "DELETE", "", AUDIT_MESSAGE),
    ("dsr_audit_chain", "dsr_auditentry", "INSERT", _CHAIN_BROKEN, CHAIN_MESSAGE),
    ("dsr_approval_second_person", "dsr_approval", "INSERT", _HAD_A_HAND, SECOND_PERSON_MESSAGE),
    ("dsr_approval_fits_plan", "dsr_approval", "INSERT", _OTHER_PLAN, PLAN_MESSAGE),
    ("dsr_approval_only_voided", "dsr_approval", "UPDATE", _APPROVAL_CHANGED, APPROVAL_MESSAGE),
    ("dsr_approval_no_delete", "dsr_approval", "DELETE", "", APPROVAL_MESSAGE),
    ("dsr_approval_not_held", "dsr_approval", "INSERT", _HELD, HELD_MESSAGE),
    ("dsr_hold_starts_in_force", "dsr_legalhold", "INSERT", _HOLD_NOT_NEW, HOLD_MESSAGE),
    ("dsr_hold_two_persons", "dsr_legalhold", "UPDATE", _HOLD_CHANGED, HOLD_MESSAGE),
    ("dsr_hold_no_delete", "dsr_legalhold", "DELETE", "", HOLD_MESSAGE),
    ("dsr_actor_no_update", "dsr_caseactor", "UPDATE", "", ACTOR_MESSAGE),
    ("dsr_actor_no_delete", "dsr_caseactor", "DELETE", "", ACTOR_MESSAGE),
    ("dsr_change_comes_open", "dsr_safeguardchange", "INSERT", _BORN_DECIDED, CHANGE_MESSAGE),
    ("dsr_change_only_decided", "dsr_safeguardchange", "UPDATE", _CHANGE_CHANGED, CHANGE_MESSAGE),
    ("dsr_change_no_delete", "dsr_safeguardchange", "DELETE", "", CHANGE_MESSAGE),
)
# SQLite alone: INSERT OR REPLACE deletes the row it replaces without firing its DELETE trigger.
SQLITE_RULES: tuple[tuple[str, str, str, str, str], ...] = (
    (
        "dsr_approval_no_replace",
        "dsr_approval",
        "INSERT",
        "EXISTS (SELECT 1 FROM dsr_approval WHERE id = NEW.id OR plan_id = NEW.plan_id)",
        APPROVAL_MESSAGE,
    ),
    (
        "dsr_actor_no_replace",
        "dsr_caseactor",
        "INSERT",
        (
            "EXISTS (SELECT 1 FROM dsr_caseactor WHERE id = NEW.id"
            " OR (case_id = NEW.case_id AND user_id = NEW.user_id AND act = NEW.act))"
        ),
        ACTOR_MESSAGE,
    ),
    (
        "dsr_hold_no_replace",
        "dsr_legalhold",
        "INSERT",
        "EXISTS (SELECT 1 FROM dsr_legalhold WHERE id = NEW.id)",
        HOLD_MESSAGE,
    ),
    (
        "dsr_change_no_replace",
        "dsr_safeguardchange",
        "INSERT",
        "EXISTS (SELECT 1 FROM dsr_safeguardchange WHERE id = NEW.id)",
        CHANGE_MESSAGE,
    ),
)
POSTGRESQL_RULES: tuple[tuple[str, str, str, str, str], ...] = tuple(
    (f"{table}_no_truncate", table, "TRUNCATE", "", message)
    for table, message in (
        ("dsr_auditentry", AUDIT_MESSAGE),
        ("dsr_approval", APPROVAL_MESSAGE),
        ("dsr_caseactor", ACTOR_MESSAGE),
        ("dsr_legalhold", HOLD_MESSAGE),
        ("dsr_safeguardchange", CHANGE_MESSAGE),
    )
)


def _rules(vendor: str) -> tuple[tuple[str, str, str, str, str], ...]:
    return RULES + (POSTGRESQL_RULES if vendor == "postgresql" else SQLITE_RULES)


def _sqlite(name: str, table: str, event: str, condition: str, message: str) -> list[str]:
    when = f"WHEN {condition}" if condition else ""
    return [
        f"DROP TRIGGER IF EXISTS {name}",
        f"CREATE TRIGGER {name} BEFORE {event} ON {table} {when} BEGIN SELECT RAISE(ABORT, '{message}'); END",
    ]


def _postgresql(name: str, table: str, event: str, condition: str, message: str) -> list[str]:
    # A WHEN clause of PostgreSQL may hold no subquery, so the condition stands in the function.
    test = f"IF {condition} THEN RAISE EXCEPTION '{message}'; END IF; RETURN NEW;"
    body = test if condition else f"RAISE EXCEPTION '{message}';"
    level = "STATEMENT" if event == "TRUNCATE" else "ROW"
    return [
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$",
        f"DROP TRIGGER IF EXISTS {name} ON {table}",
        f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH {level} EXECUTE FUNCTION {name}()",
    ]


def names(vendor: str) -> set[str]:
    """The triggers that must be there."""
    return {rule[0] for rule in _rules(vendor)}


def install(connection: Any) -> None:
    """Create every trigger, or replace it by its newest form.

    A rule about a table or a column that a later migration brings waits for that migration's own call.
    """
    create = _postgresql if connection.vendor == "postgresql" else _sqlite
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        columns = _columns(connection, cursor)
        for rule in _rules(connection.vendor):
            _name, table, _event, condition, _message = rule
            if not {table, *re.findall(r"\bdsr_\w+", condition)} <= tables or not _fields(rule) <= columns[table]:
                continue
            for statement in create(*rule):
                cursor.execute(statement)


def _fields(rule: tuple[str, str, str, str, str]) -> set[str]:
    """The columns of its own table that a rule speaks of."""
    return set(re.findall(r"\b(?:NEW|OLD)\.(\w+)", rule[3]))


def _columns(connection: Any, cursor: Any) -> dict[str, set[str]]:
    """The columns of each guarded table that is there."""
    present, wanted = set(connection.introspection.table_names(cursor)), {rule[1] for rule in _rules(connection.vendor)}
    return {
        table: {column.name for column in connection.introspection.get_table_description(cursor, table)}
        for table in present & wanted
    }


def lift(connection: Any) -> None:
    """Remove every trigger: for test databases that are flushed, and for the reverse of the migration."""
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        for name, table, *_ in _rules(connection.vendor):
            if table not in tables:
                continue
            on = f" ON {table}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")


def missing(connection: Any) -> set[str]:
    """Which triggers the database lacks."""
    query = (
        "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"
        if connection.vendor == "postgresql"
        else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        present = {row[0] for row in cursor.fetchall()}
    return names(connection.vendor) - present
