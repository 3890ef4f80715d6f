"""Reports: by channel, saved ones, and the people behind them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Literal, TypeAlias

from ..answers import Reply
from ..errors import UsageError
from ..models import AttributionReport, Contact, Extend, SavedReport
from ..pagination import Pages
from ..session import Request
from ._base import Resource, parse

ReportType: TypeAlias = Literal["leads", "revenue", "ads", "subscriptions"]
Scale: TypeAlias = Literal["day", "week", "month"]


class ReportContacts:
    """The people of a report, read page by page while it is iterated over.

    Afterwards it says how far it looked: "looked through ``looked_at`` of ``total`` contacts from ``start``
    to ``end``", and ``complete`` where that was all of them.
    """

    def __init__(self, pages: Pages, *, start: date, end: date) -> None:
        self._pages = pages
        self.start = start
        self.end = end

    def __iter__(self) -> Iterator[Contact]:
        for reply, item in self._pages:
            yield parse(reply, Contact, item)

    @property
    def looked_at(self) -> int:
        """Contacts seen so far."""
        return self._pages.looked_at

    @property
    def total(self) -> int | None:
        """How many there are, as the service says; None where it doesn't, or nothing was read yet."""
        return self._pages.total

    @property
    def pages_read(self) -> int:
        return self._pages.pages_read

    @property
    def complete(self) -> bool:
        """Whether every page was read, and no less was seen than the service counts."""
        return self._pages.complete

    @property
    def is_over(self) -> bool:
        """Whether the last page was reached."""
        return self._pages.is_over


class Reports(Resource):
    """``segmetrics.reports``. Dates are whole days, both included."""

    def contacts(
        self,
        report: ReportType = "leads",
        *,
        start: date,
        end: date,
        report_id: str | None = None,
        extend: Extend = Extend.NONE,
        limit: int = 100,
        max_pages: int = 50,
        first_page: int = 1,
    ) -> ReportContacts:
        """The people of a report: ``limit`` (1 to 100) for each page, ``max_pages`` pages at most.

        ``first_page`` is where to go on after a stop; ``is_over`` says that the last page was reached.
        """
        action = "list report contacts"
        if not 1 <= limit <= 100:
            raise UsageError("The limit of a page is 1 to 100.", action=action)
        segments = ("report", report, *_optional(report_id), "contacts")
        params = _range(action, start, end) | extend.params() | {"limit": str(limit)}

        def fetch(number: int) -> Reply:
            return self._read(action, *segments, params=params | {"page": str(number)})

        return ReportContacts(Pages(fetch, max_pages=max_pages, first_page=first_page), start=start, end=end)

    def saved(
        self,
        report: ReportType,
        *,
        start: date,
        end: date,
        report_id: str | None = None,
        scale: Scale = "day",
    ) -> SavedReport:
        """A saved report, or without ``report_id`` a fresh one of that type."""
        action = "get saved report"
        params = _range(action, start, end) | {"scale": scale}
        reply = self._read(action, "report", report, *_optional(report_id), params=params)
        return parse(reply, SavedReport, reply.body)

    def attribution(
        self,
        *,
        start: date,
        end: date,
        by: str | Sequence[str] = "clicks.channel",
        metrics: Sequence[str] = ("leads", "revenue"),
        report_type: str = "leads",
        model: str = "last_touch",
        scale: Scale = "day",
        filters: Sequence[Mapping[str, Any]] = (),
        steps: Sequence[Mapping[str, Any]] = (),
        include_source: bool = False,
        compare: tuple[date, date] | None = None,
    ) -> AttributionReport:
        """What came of which channel (or whatever ``by`` names) in a range of dates.

        Models other than ``last_touch`` are ASSUMED. ``compare`` is a second range to hold it against.
        """
        action = "get attribution report"
        body: dict[str, Any] = {
            "type": report_type,
            "dimensions": [by] if isinstance(by, str) else list(by),
            "metrics": list(metrics),
            "date_range": _range(action, start, end) | {"scale": scale},
            "filters": list(filters),
            "steps": list(steps),
            "options": {"attribution_model": model, "include_source": include_source},
        }
        if compare is not None:
            body["compare"] = _range(action, *compare) | {"scale": scale}
        # A POST, but it only reads, so it is sent on a read-only session and repeated like any other read.
        request = Request(action=action, method="POST", url=self._session.addresses.query(), body=body)
        reply = self._session.send(request)
        if not isinstance(reply.body.get("rows"), list):
            raise reply.unexpected("JSON of another shape")
        return parse(reply, AttributionReport, reply.body)


def _range(action: str, start: date, end: date) -> dict[str, str]:
    if start > end:
        raise UsageError("The range of dates ends before it begins.", action=action)
    return {"start": start.isoformat()[:10], "end": end.isoformat()[:10]}


def _optional(value: str | None) -> tuple[str, ...]:
    return () if value is None else (value,)
