"""The figures of a period and the register of connections as CSV: UTF-8 with its mark, and no formula in a cell."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from dsr.evidence.accounts import Count, Figures, RegisterEntry
from dsr.exports.cells import cell

_FIGURES = ("figure", "code", "label", "value", "from", "to", "as_of")
_REGISTER = ("connection", "account", "integrations", "in_use", "language", "last_changed", "told_of_an_erasure")


def figures_as_csv(figures: Figures) -> bytes:
    """A row for each figure: what it is, of which sort (code and label), the number, and the days it is about."""
    days = (figures.start.isoformat(), figures.end.isoformat(), figures.as_of.isoformat())
    return _written(_FIGURES, ([*row, *days] for row in _figures(figures)))


def register_as_csv(entries: Iterable[RegisterEntry]) -> bytes:
    """A row for each connection. A cell is empty where a particular is missing."""
    rows = list(entries)
    asked = [row.code for row in rows[0].particulars] if rows else []
    return _written((*_REGISTER, *asked), map(_entry, rows))


def _figures(figures: Figures) -> Iterator[Sequence[object]]:
    yield "received", "", "", figures.received
    yield "extended", "", "", figures.extended
    yield from _counts("received_by_type", figures.by_kind)
    yield from _counts("received_by_state", figures.by_state)
    yield from _counts("received_by_ending", figures.by_ending)
    yield from _counts("received_by_channel", figures.by_channel)
    for month in figures.by_month:
        for row in month.received:
            yield f"received_in_{month.month}", row.code, row.label, row.count
    yield "answered", "", "", figures.answered
    yield "answered_late", "", "", figures.answered_late
    for days in figures.answer_days:
        yield "answered_by_type", days.code, days.label, days.answered
        yield "days_median", days.code, days.label, days.median
        yield "days_percentile_95", days.code, days.label, days.percentile_95
        yield "days_longest", days.code, days.label, days.longest
    yield from _counts("answered_within", figures.answered_within)
    yield "refused", "", "", figures.refused
    yield from _counts("refused_by_ground", figures.refusals)
    yield from _counts("records_deleted", figures.erased)
    yield "open", "", "", figures.open
    yield "overdue", "", "", figures.overdue
    yield "under_legal_hold", "", "", figures.held


def _counts(figure: str, counts: Iterable[Count]) -> Iterator[Sequence[object]]:
    for row in counts:
        yield figure, row.code, row.label, row.count


def _entry(entry: RegisterEntry) -> Sequence[object]:
    return [
        entry.name,
        entry.account_id,
        "\n".join(entry.integrations),
        "yes" if entry.is_active else "no",
        entry.language,
        entry.updated_on.isoformat() if entry.updated_on else "",
        "\n".join(entry.told),
        *(row.text for row in entry.particulars),
    ]


def _written(columns: Sequence[str], rows: Iterable[Iterable[object]]) -> bytes:
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([cell(value) for value in row] for row in rows)
    return target.getvalue().encode("utf-8-sig")
