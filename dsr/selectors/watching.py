"""How far the leads were looked through for people who were erased, and how that is said."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from dsr.attention import Attention
from dsr.dates import day
from dsr.models import Connection, ReturnWatch


def words_for(connection: Connection) -> str:
    """One line; empty where nobody was looked for yet."""
    if not connection.report_pages:
        return _("People who were erased are not watched for: no report pages are to be looked through.")
    row = ReturnWatch.objects.filter(connection=connection).first()
    return " ".join(filter(None, [trouble_of(row), _how_far(row)])) if row else ""


def troubled() -> QuerySet[ReturnWatch]:
    """The watches whose last look broke off."""
    rows = ReturnWatch.objects.exclude(problem="").filter(connection__is_active=True, connection__report_pages__gt=0)
    return rows.select_related("connection").order_by("connection_id")


def trouble_of(row: ReturnWatch) -> str:
    """Why its last look broke off."""
    if not row.problem:
        return ""
    is_known = row.problem in Attention.values
    why = Attention(row.problem).label if is_known else _("look into the worker's log")
    return _("The last look for people who were erased broke off: %(why)s.") % {"why": why}


def _how_far(row: ReturnWatch) -> str:
    if row.next_page > 1:
        said = {"count": number_format(row.count, force_grouping=True), "since": day(row.looked_from)}
        if row.total is None:
            return (
                _(
                    "%(count)s leads since %(since)s looked through for people who were erased; it goes on with the "
                    "next look."
                )
                % said
            )
        return _(
            "%(count)s of %(total)s leads since %(since)s looked through for people who were erased; it goes on with "
            "the next look."
        ) % {**said, "total": number_format(row.total, force_grouping=True)}
    if row.complete_until:
        return _("Leads looked through until %(day)s for people who were erased.") % {"day": day(row.complete_until)}
    return ""
