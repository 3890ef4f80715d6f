"""What goes into the ledger, and when: ahead of each act that a restored backup must not undo.

The act's beginning stands in the audit log before its line is written, once however often the line is: the line names
that entry as the newest one, and a database from before the act doesn't hold it.

The lines of a certificate, a filed request, a hold's lifting, a link's revocation and of what was taken from a
connection come after the fact and fail
quietly: they make a restore's report fuller, and nothing irreversible waits for them. A hold's own line fails quietly
too: better a hold that a restore loses than none.
"""

from __future__ import annotations

import base64
import datetime as dt
import logging
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone

from dsr import ledger
from dsr.exceptions import LedgerUnfit, StorageFull
from dsr.ledger import keys, lines
from dsr.models import Approval, Case, Connection, Credential, Document, LegalHold, LineDecision, Plan, PlanLine
from dsr.selectors.holds import in_force

logger = logging.getLogger(__name__)
_LATELY = dt.timedelta(days=2)


def path_digest(path: str) -> str:
    """Stands for a file's name, which is random and never used twice."""
    return keys.mac("ledger-path", path.encode())


def raise_if_unfit() -> None:
    """Before the beginning of any of these acts is committed. Raises `LedgerUnfit`: then it isn't even begun."""
    if why := ledger.refusal():
        raise LedgerUnfit(why)


def before_purging(case: Case) -> None:
    """Ahead of a purge. Raises `LedgerUnfit` or `StorageFull`: then nothing may be destroyed."""
    ledger.append(ledger.Kind.PURGED, case=case.reference)


def before_destroying(document: Document) -> None:
    """Ahead of a single file's destruction. Raises as above."""
    ledger.append(
        ledger.Kind.DOCUMENT_DESTROYED,
        case=document.case.reference,
        document=document.pk,
        path=path_digest(document.path),
    )


def before_erasing(plan: Plan) -> None:
    """Ahead of a plan's first delete, one line for each contact. Raises as above.

    A run that was killed before that delete was done writes them again; a restore takes each contact once.
    """
    known = Approval.objects.select_related("approver", "plan__prepared_by", "plan__export", "plan__evidence")
    approval = known.get(plan=plan)
    case, plan = plan.case, approval.plan
    assert plan.prepared_by and plan.export and plan.evidence  # noqa: S101, PT018  (an approved plan has them)
    record = {
        "plan": plan.number,
        "fingerprint": plan.fingerprint,
        "prepared_by": plan.prepared_by.staff_reference,
        "approved_by": approval.approver.staff_reference,
        "approved_at": approval.approved_at.isoformat(),
        "export": plan.export.sha256,
        "evidence": plan.evidence.sha256,
    }
    rows = list(plan.lines.select_related("candidate"))
    for contact_id in dict.fromkeys(row.candidate.contact_id for row in rows):
        of_contact = [row for row in rows if row.candidate.contact_id == contact_id]
        if any(row.decision == LineDecision.DELETE for row in of_contact):
            sealed = lines.seal(_what(case, contact_id, of_contact), case=case.reference)
            ledger.append(ledger.Kind.ERASING, case=case.reference, record=record, sealed=sealed)


def _what(case: Case, contact_id: str, rows: list[PlanLine]) -> dict[str, Any]:
    connection = case.connection
    return {
        "account": connection.account_id,
        "read_url": connection.read_url,
        "import_url": connection.import_url,
        "contact": contact_id,
        "objects": [[r.integration_id, r.object, r.object_id] for r in rows if r.decision == LineDecision.DELETE],
        "kept": [
            [r.integration_id, r.object, r.object_id, r.exemption] for r in rows if r.decision == LineDecision.KEEP
        ],
    }


def before_holding(hold: LegalHold) -> None:
    """Ahead of a legal hold's placing. The reason is as the row has it: it ends with the case's key."""
    _quietly(ledger.Kind.HOLD_PLACED, **_hold(hold))


def hold_lifted(hold: LegalHold) -> None:
    """After it was lifted: killed in between, it comes back with a restore, and not the other way round."""
    _quietly(ledger.Kind.HOLD_LIFTED, case=hold.case.reference, hold=hold.placed_at.isoformat())


def _hold(hold: LegalHold) -> dict[str, Any]:
    return {
        "case": hold.case.reference,
        "hold": hold.placed_at.isoformat(),
        "placed_by": hold.placed_by.staff_reference if hold.placed_by else "",
        "reason": base64.b64encode(hold.reason_sealed).decode(),
    }


def _note_missing_holds() -> None:
    """Those that were placed while the ledger couldn't be written."""
    noted = {(line.case, line.facts["hold"]) for line in ledger.read() if line.kind == ledger.Kind.HOLD_PLACED}
    for hold in in_force().select_related("case", "placed_by"):
        if (hold.case.reference, hold.placed_at.isoformat()) not in noted:
            ledger.append(ledger.Kind.HOLD_PLACED, **_hold(hold))


def certified(case: Case, *, outcome: str, sha256: str) -> None:
    """After a certificate was issued."""
    _quietly(ledger.Kind.CERTIFIED, case=case.reference, outcome=outcome, sha256=sha256)


def filed(case: Case) -> None:
    """After a request was filed."""
    _quietly(ledger.Kind.FILED, case=case.reference)


def link_revoked() -> None:
    """After a hand-over link was revoked. The line names that entry of the audit log, which an older database lacks: so
    none is served, however it came there, before a restore has ended all links."""
    _quietly(ledger.Kind.ANCHOR)


def taken_back(connection: Connection, *, credentials: Sequence[int] = (), actions: Sequence[str] = ()) -> None:
    """After a connection's credentials were ended, or a right of it was taken: a restore takes them away again. The
    line names that entry of the audit log, as that of a link does."""
    _quietly(ledger.Kind.TAKEN_BACK, connection=connection.pk, credentials=list(credentials), actions=list(actions))


def anchor() -> ledger.Line:
    """The audit log's head, what was filed and which credentials ended lately, and legal holds: in case the line of one
    was lost."""
    _note_missing_holds()
    since = timezone.now() - _LATELY
    lately = Case.objects.filter(filed_at__gt=since).order_by("pk")
    ended = Credential.objects.filter(retired_at__gt=since).order_by("pk")
    return ledger.append(
        ledger.Kind.ANCHOR,
        filed=list(lately.values_list("reference", flat=True)),
        credentials=list(ended.values_list("pk", flat=True)),
    )


def _quietly(kind: ledger.Kind, **facts: Any) -> None:
    try:
        ledger.append(kind, **facts)
    except (LedgerUnfit, StorageFull, DatabaseError) as error:
        logger.error("the ledger has no line “%s” in %s: %s", kind, settings.ENV.ledger_dir, type(error).__name__)
