"""Do the ledger and the database belong together, and is the database as new as the ledger?"""

from __future__ import annotations

from dsr import audit
from dsr.exceptions import LedgerUnfit
from dsr.ledger.lines import Kind, Line
from dsr.models import AuditEntry, LedgerMark

OLDER = (
    "This database is older than its ledger, as after a restore: people who were erased or purged since may stand in "
    "it again. Run: manage.py restore --finish"
)
_LOST = (
    "The ledger of this database is missing: it had {number} lines. Mount DSR_LEDGER_DIR, or put the ledger's own "
    "backup there. If it is lost for good: manage.py ledger begin-anew --reason …"
)
_CUT = (
    "The ledger is not the one that this database knows: it was cut off before line {number}, or is another one. Put "
    "the right one in its place. If it is lost for good: manage.py ledger begin-anew --reason …"
)


def holds(sequence: int, digest: str) -> bool:
    """Whether the database's audit log holds this entry."""
    if sequence == 0:
        return digest == audit.GENESIS
    return AuditEntry.objects.filter(sequence=sequence, hash=digest).exists()


def raise_if_unfit(last: Line | None, mark: LedgerMark | None) -> None:
    """Compare the newest line with what the database knows. Raises `LedgerUnfit` with what to do."""
    if mark and last is None:
        raise LedgerUnfit(_LOST.format(number=mark.number))
    if last is None:
        return
    if mark and (last.number < mark.number or (last.number == mark.number and last.mac != mark.mac)):
        raise LedgerUnfit(_CUT.format(number=mark.number))
    if not holds(last.sequence, last.hash):
        raise LedgerUnfit(OLDER)


def is_behind(last: Line | None, mark: LedgerMark | None) -> bool:
    """Whether the ledger has lines that this database has never heard of, though their heads may fit.

    So it is after a restore, and where a writer was killed between the line and the commit that remembers it. The site
    is served all the same: whatever such a line announces stands in the database as begun, and goes on.
    """
    return last is not None and last.number > (mark.number if mark else 0)


def raise_if_another(lines: list[Line], mark: LedgerMark | None) -> None:
    """The line that the database knows must still be there, and be that very line."""
    if mark and not any(line.number == mark.number and line.mac == mark.mac for line in lines):
        raise LedgerUnfit(_CUT.format(number=mark.number))


def expected_heads(lines: list[Line]) -> list[Line]:
    """The lines whose heads the audit log must hold: all but those that a restore has put behind it.

    A line `restored` says up to which line the database that took over went along; what came after it, up to that
    line, belongs to a log that is lost.
    """
    expected: list[Line] = []
    for line in lines:
        if line.kind == Kind.RESTORED:
            expected = [row for row in expected if row.number <= line.facts["fits"]]
        expected.append(line)
    return expected


def restore_that_may_have_lost(lines: list[Line], head: str) -> Line | None:
    """The line of the first restore whose database didn't reach as far as this entry (SEQUENCE:HASH), if any."""
    sequence = int(head.partition(":")[0])
    reached = {line.number: line.sequence for line in lines}
    noted = max((line.number for line in lines if line.head == head), default=0)
    return next(
        (
            line
            for line in lines
            if line.kind == Kind.RESTORED and line.number > noted and reached.get(line.facts["fits"], 0) < sequence
        ),
        None,
    )


def first_misfit(lines: list[Line]) -> Line | None:
    """The first line whose head the audit log doesn't hold."""
    expected = expected_heads(lines)
    hashes = dict(
        AuditEntry.objects.filter(sequence__gt=0).order_by("sequence").values_list("sequence", "hash").iterator()
    ) | {0: audit.GENESIS}
    return next((line for line in expected if hashes.get(line.sequence) != line.hash), None)


def last_fitting(lines: list[Line]) -> int:
    """The number of the newest line, of those that count, whose head the database holds; 0 where none does."""
    fitting = [line.number for line in expected_heads(lines) if holds(line.sequence, line.hash)]
    return max(fitting, default=0)
