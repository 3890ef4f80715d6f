"""What the list of requests shows, as CSV: the same filters, order and columns, and no formula in a cell."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils import translation
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from dsr import audit
from dsr.days import controller_today
from dsr.exports.cells import cell
from dsr.models import Case, User
from dsr.permissions import Right, has_right
from dsr.selectors.queue import Column

MOST = 10_000
_AT_ONCE = 500


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, row: str) -> str:
        return row


def export(*, actor: User, shown: QuerySet[Case], columns: Sequence[Column]) -> StreamingHttpResponse:
    """Stream it, once that it was taken away stands in the audit log.

    A person's name is in it only for whoever may download contents.
    """
    if not has_right(actor, Right.DOWNLOAD_CONTENTS):
        columns = [column for column in columns if column != Column.PERSON]
    numbers = list(shown.values_list("pk", flat=True)[:MOST])
    with transaction.atomic():
        facts = {"rows": len(numbers), "columns": [column.name.lower() for column in columns]}
        audit.record(actor=actor, verb="requests_exported", facts=facts)
    language = translation.get_language() or settings.LANGUAGE_CODE
    response = StreamingHttpResponse(_lines(numbers, columns, language), content_type="text/csv; charset=utf-8")
    name = f"requests-{controller_today():%Y%m%d}.csv"
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response


def _lines(numbers: Sequence[int], columns: Sequence[Column], language: str) -> Iterator[bytes]:
    """The table in parts. It is written after the request, when its reader's language isn't active any more."""
    writer = csv.writer(_Echo(), lineterminator="\r\n")

    def line(values: Sequence[object]) -> bytes:
        return str(writer.writerow([cell(value) for value in values])).encode()

    with translation.override(language):
        heading = line([_("Request"), *(str(column.label) for column in columns)])
    yield b"\xef\xbb\xbf" + heading
    for start in range(0, len(numbers), _AT_ONCE):
        chunk = numbers[start : start + _AT_ONCE]
        found = Case.objects.select_related("assigned_to", "connection", "filed_by", "key").in_bulk(chunk)
        with translation.override(language):
            part = b"".join(
                line([found[pk].reference, *(_VALUES[column](found[pk]) for column in columns)])
                for pk in chunk
                if pk in found
            )
        yield part


_VALUES: dict[Column, Callable[[Case], str]] = {
    Column.PERSON: lambda case: case.subject_name,
    Column.TYPE: lambda case: case.get_kind_display(),
    Column.STATE: lambda case: case.get_outcome_display() if case.outcome else case.get_state_display(),
    Column.DUE: lambda case: case.due_on.isoformat(),
    Column.OFFICER: lambda case: str(case.assigned_to or ""),
    Column.CONNECTION: lambda case: case.connection.shown,
    Column.RECEIVED: lambda case: case.received_on.isoformat(),
    Column.FILED_BY: lambda case: str(case.filed_by),
}
