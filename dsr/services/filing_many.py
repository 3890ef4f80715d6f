"""File many requests from a table: take the file, begin, stop, go on, throw it away. The worker does the filing.

Nothing of the file is kept but its rows, each sealed under the batch's key, and each only until it is filed.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Mapping

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from dsr import audit, crypto, masterkey, papercode, queue, sheets
from dsr.days import controller_today
from dsr.exceptions import InvalidInput, NotAllowed, NotReady, WrongState
from dsr.exports.cells import cell
from dsr.models import (
    Case,
    Connection,
    ErrandKind,
    FilingBatch,
    FilingEnd,
    FilingRow,
    FilingStage,
    RowStatus,
    User,
)
from dsr.models.filing import filing_key_context
from dsr.permissions import Role, raise_if_not
from dsr.selectors import filing
from dsr.services import filing_rows
from dsr.services.filing_rows import COLUMNS, NEEDED, PROBLEM, TOO_LONG, Look

KEEP_DAYS = 7
FILE, LEAVE = "file", "leave"
RESTORED = "restored"
"""Why it stopped: a backup was restored."""
_REFERENCE_LENGTH = 8
_EXAMPLES = (
    ("erasure", "Ada Example", "ada@example.com; ada.old@example.com", "", "2026-11-03", "email", "en", ""),
    ("access", "Bob Example", "", "1004", "03.11.2026", "letter", "de", "Called on Monday"),
)


def template() -> bytes:
    """A file to fill in, with two examples."""
    return _written([COLUMNS, *_EXAMPLES])


def upload(*, actor: User, connection: Connection, file: UploadedFile[bytes]) -> FilingBatch:
    """Take the rows of a file. Nothing is filed yet. Raises `InvalidInput` with what is wrong with the file."""
    raise_if_not(actor, Role.PRIVACY_OFFICER)
    _raise_if_not_in_use(connection)
    read = sheets.read(file, columns=(*COLUMNS, PROBLEM), needed=NEEDED)
    batch = FilingBatch(
        reference=f"MANY-{controller_today().year}-{papercode.new()[:_REFERENCE_LENGTH]}",
        connection=connection,
        uploaded_by=actor,
        uploaded_at=timezone.now(),
    )
    batch.key_wrapped = masterkey.wrap(crypto.new_key(), context=filing_key_context(batch))
    with transaction.atomic():
        batch.save()
        rows = []
        for found in read:
            row = FilingRow(batch=batch, number=found.number)
            cells = {name: value for name, value in found.cells.items() if name in COLUMNS}
            row.seal(cells | ({TOO_LONG: ""} if found.is_too_long else {}))
            rows.append(row)
        FilingRow.objects.bulk_create(rows, batch_size=500)
        audit.record(actor=actor, verb="filing_uploaded", facts={"batch": batch.reference, "rows": len(rows)})
    return batch


def preview(batch: FilingBatch) -> list[Look]:
    """Its rows, as long as nothing is filed."""
    return filing_rows.look_at(batch, _with_key(batch, RowStatus.WAITING))


def not_filed(batch: FilingBatch) -> list[Look]:
    """The rows that couldn't be filed, with why not as of now."""
    if batch.is_over:
        return []
    return filing_rows.look_at(batch, _with_key(batch, RowStatus.FAILED))


def newest_case() -> int:
    """The number of the newest case: what a preview may have shown."""
    return Case.objects.aggregate(newest=Max("pk"))["newest"] or 0


def begin(*, batch: FilingBatch, actor: User, choices: Mapping[int, str], seen: int) -> None:
    """Have the rows filed. `choices` says of each row that may be a double whether to file it or to leave it out.

    `seen` is the newest case when the preview was shown: a choice about a case that came later doesn't count. Raises
    `NotReady` where a choice is missing or nothing is left to file, and `WrongState` where it was begun before.
    """
    raise_if_not(actor, Role.PRIVACY_OFFICER)
    with transaction.atomic():
        fresh = _locked(batch, FilingStage.PREVIEW)
        _raise_if_not_in_use(fresh.connection)
        newest = newest_case()
        looks = preview(fresh)
        if any(look.needs_choice and not is_chosen(look, choices, seen) for look in looks):
            raise NotReady(_("Nothing was filed yet. Say for each marked row whether to file it or to leave it out."))
        wrong = [look.row.pk for look in looks if look.is_wrong]
        left = [look.row.pk for look in looks if look.needs_choice and choices[look.row.number] == LEAVE]
        if len(wrong) + len(left) == len(looks):
            raise NotReady(_("No row is left to file."))
        fresh.rows.filter(pk__in=wrong).update(status=RowStatus.FAILED)
        fresh.rows.filter(pk__in=left).update(status=RowStatus.LEFT_OUT, content_sealed=b"")
        fresh.newest_case = newest
        _hand_over(fresh, actor, "filing_begun")


def is_chosen(look: Look, choices: Mapping[int, str], seen: int) -> bool:
    """Whether a person chose for this row, knowing of every case that it may be a double of."""
    return choices.get(look.row.number) in {FILE, LEAVE} and look.newest_case <= seen


def stop(*, batch: FilingBatch, actor: User) -> None:
    """Stop between two rows. What is filed stays filed."""
    raise_if_not(actor, Role.PRIVACY_OFFICER)
    with transaction.atomic():
        fresh = _locked(batch, FilingStage.FILING)
        fresh.stage = FilingStage.STOPPED
        fresh.why_stopped = ""
        fresh.save(update_fields=["stage", "why_stopped"])
        _record("filing_stopped", fresh, actor)


def go_on(*, batch: FilingBatch, actor: User) -> None:
    """File the rest, from here on in this person's name. Also where the worker gave up."""
    raise_if_not(actor, Role.PRIVACY_OFFICER)
    with transaction.atomic():
        fresh = _locked(batch, FilingStage.STOPPED, FilingStage.FILING)
        if filing.is_worked_on(fresh):
            raise WrongState(_("The worker is at it already."))
        _raise_if_not_in_use(fresh.connection)
        _hand_over(fresh, actor, "filing_went_on")


def throw_away(*, batch: FilingBatch, actor: User) -> None:
    """Destroy the rows, also where the worker gave up. What is filed stays filed."""
    raise_if_not(actor, Role.PRIVACY_OFFICER)
    with transaction.atomic():
        fresh = _locked(batch, *FilingStage)
        if filing.is_worked_on(fresh):
            raise WrongState(_("The worker is at it already."))
        _destroy(fresh, FilingEnd.THROWN_AWAY, actor)


def stop_after_restore() -> None:
    """After a restore: rows that wait in it may have been filed since, so a person says when to go on."""
    FilingBatch.objects.filter(stage=FilingStage.FILING, ended_at=None).update(
        stage=FilingStage.STOPPED, why_stopped=RESTORED
    )


def end_old() -> int:
    """Destroy the rows of every file that was uploaded seven days ago. Returns how many files that were."""
    due = FilingBatch.objects.filter(ended_at=None, uploaded_at__lt=timezone.now() - dt.timedelta(days=KEEP_DAYS))
    count = 0
    for batch in due:
        with transaction.atomic():
            fresh = FilingBatch.objects.select_for_update().get(pk=batch.pk)
            if not fresh.is_over:
                _destroy(fresh, FilingEnd.EXPIRED, None)
                count += 1
    return count


def take_rest(*, batch: FilingBatch, actor: User) -> bytes:
    """The rows that couldn't be filed, as a table to correct, for whoever uploaded them. It is written down first."""
    raise_if_not(actor, Role.PRIVACY_OFFICER)
    if actor.pk != batch.uploaded_by_id:
        raise NotAllowed(_("Only whoever uploaded the file takes its rows away again."))
    looks = not_filed(batch)
    if not looks:
        raise NotReady(_("No row is left that couldn't be filed."))
    with transaction.atomic():
        audit.record(actor=actor, verb="filing_rest_taken", facts={"batch": batch.reference, "rows": len(looks)})
    rows = [[*(look.row.cells.get(name, "") for name in COLUMNS), why_not(look)] for look in looks]
    return _written([(*COLUMNS, PROBLEM), *rows])


def why_not(look: Look) -> str:
    """In words, why a row wasn't filed."""
    if look.is_wrong:
        return filing_rows.by_column(look.wanted.problems)
    if look.open_cases:
        references = ", ".join(case.reference for case in look.open_cases)
        return _("An open case with the same identifier came in meanwhile: %(cases)s.") % {"cases": references}
    return _("It couldn't be filed at that moment. Nothing stands against it now: upload it again.")


def _hand_over(batch: FilingBatch, actor: User, verb: str) -> None:
    batch.stage = FilingStage.FILING
    batch.why_stopped = ""
    batch.filed_by = actor
    batch.save(update_fields=["stage", "why_stopped", "filed_by", "newest_case"])
    batch.filers.add(actor)
    queue.add_errand(kind=ErrandKind.FILING, target=batch.pk)
    _record(verb, batch, actor)


def _destroy(batch: FilingBatch, why: FilingEnd, actor: User | None) -> None:
    batch.counts = dict(filing.counts(batch))
    batch.rows.all().delete()
    batch.key_wrapped = b""
    batch.ended, batch.ended_at = why, timezone.now()
    batch.save(update_fields=["counts", "key_wrapped", "ended", "ended_at"])
    _record(f"filing_{why}", batch, actor)


def _record(verb: str, batch: FilingBatch, actor: User | None) -> None:
    audit.record(actor=actor, verb=verb, facts={"batch": batch.reference, **filing.counts(batch)})


def _locked(batch: FilingBatch, *stages: FilingStage) -> FilingBatch:
    """The batch, with its row locked: the worker takes the same lock for each row. Raises `WrongState`."""
    fresh = FilingBatch.objects.select_for_update().get(pk=batch.pk)
    if fresh.is_over or fresh.stage not in stages:
        raise WrongState(_("This file has moved on. Look at what the page says now."))
    return fresh


def _with_key(batch: FilingBatch, status: RowStatus) -> list[FilingRow]:
    rows = list(batch.rows.filter(status=status).order_by("number"))
    for row in rows:
        row.batch = batch  # its key is opened once
    return rows


def _raise_if_not_in_use(connection: Connection) -> None:
    if not connection.is_active:
        raise InvalidInput(_("This connection is not in use. Choose another."), field="connection")


def _written(rows: list[tuple[str, ...] | list[str]]) -> bytes:
    target = io.StringIO(newline="")
    writer = csv.writer(target, lineterminator="\r\n", quoting=csv.QUOTE_ALL)
    writer.writerows([cell(text) for text in row] for row in rows)
    return target.getvalue().encode("utf-8-sig")
