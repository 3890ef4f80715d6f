"""One contact with very many events, taken through an access and an erasure request by the real processes."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from django.core.management import call_command

from dsr.demo import cast
from dsr.demo.people import PASSWORD
from dsr.models import Case, Connection, DocumentKind, Errand, Job, User
from dsr.services import packaging
from dsr.states import WORKING, Kind
from tests.bench.memory import Watch
from tests.bench.people import EMAIL, add_person, add_visit
from tests.builders import file_case
from tests.chaos.browser import Browser
from tests.chaos.place import Place
from tests.path.driving import next_act

LIMIT_MB = 300.0
_WITHIN = 1_200.0


@dataclass(frozen=True)
class Row:
    """One figure; without a limit it is only told."""

    name: str
    value: float
    unit: str
    limit: float | None = None

    @property
    def holds(self) -> bool:
        """Whether it is within its limit."""
        return self.limit is None or self.value <= self.limit


def run(folder: Path, *, events: int, result: Path) -> bool:
    """Whether every figure is within its limit. Writes `result`."""
    place = Place(
        folder,
        sandbox_port=int(os.environ["CHAOS_SANDBOX_PORT"]),
        web_port=int(os.environ["CHAOS_WEB_PORT"]),
    )
    try:
        call_command("migrate", verbosity=0, interactive=False)
        call_command("collectstatic", verbosity=0, interactive=False)
        place.start_sandbox()
        cast.load(sandbox=place.sandbox.url)
        size = add_person(place.sandbox, events)
        place.start_web()
        rows = _told([Row("events", events, ""), Row("the contact's answer", size / 1e6, "MB")])
        rows += _told(_access(place))
        rows += _told(_erasure(place))
    finally:
        place.stop()
    result.parent.mkdir(exist_ok=True)
    result.write_text(json.dumps([asdict(row) | {"holds": row.holds} for row in rows], indent=2) + "\n")
    return all(row.holds for row in rows)


def _told(rows: list[Row]) -> list[Row]:
    for row in rows:
        limit = "" if row.limit is None else f"  (limit {row.limit:.0f}{'' if row.holds else ', EXCEEDED'})"
        print(f"{row.name:<64}{row.value:>12,.1f} {row.unit}{limit}", flush=True)  # noqa: T201
    return rows


def _access(place: Place) -> list[Row]:
    place.start_worker()
    with Watch(place.worker_processes) as watch:
        case = _file(Kind.ACCESS)
        _go_on(place, case, until="ready")
        _wait(place, case, lambda: packaging.current(case) is not None)
    rows = [*_memory("access", watch), *_times(case, "access")]
    export = case.documents.get(kind=DocumentKind.EXPORT)
    rows.append(Row("the encrypted export", export.size / 1e6, "MB"))
    rows += _read_in_place(place, case, export.pk)
    place.kill_worker()
    return rows


def _read_in_place(place: Place, case: Case, pk: int) -> list[Row]:
    """The web process shows the longest files of the export."""
    browser = Browser(f"http://127.0.0.1:{place.web_port}", email="anna@example.com", password=PASSWORD)
    rows = []
    with Watch(place.web_processes) as watch:
        for name in ("tables/events.csv", "raw/contact-1004.json", "report.html"):
            started = time.monotonic()
            page = browser.open(f"/cases/{case.reference}/documents/{pk}/entry/?name={name}")
            assert page.status_code == 200, name
            rows.append(Row(f"web: {name} in place", time.monotonic() - started, "s"))
    return [Row("web, an export read in place: largest process", watch.largest, "MB", LIMIT_MB), *rows]


def _erasure(place: Place) -> list[Row]:
    """A new worker, so that its peak is its own; to the certificate, with one more visit after the approval."""
    place.start_worker()
    with Watch(place.worker_processes) as watch:
        case = _file(Kind.ERASURE)
        _go_on(place, case, until="awaiting_approval")
        add_visit(place.sandbox)
        _go_on(place, case, until="completed")
    assert case.outcome == "erased", case.outcome
    assert case.documents.filter(kind=DocumentKind.SUPPLEMENT).count() == 1
    return [*_memory("erasure", watch), *_times(case, "erasure")]


def _file(kind: Kind) -> Case:
    officer = User.objects.get(email="anna@example.com")
    return file_case(officer, Connection.objects.get(), kind=kind, subject_name="Pat Example", emails=[EMAIL])


def _go_on(place: Place, case: Case, *, until: str) -> None:
    officer, approver = (User.objects.get(email=f"{who}@example.com") for who in ("anna", "bea"))
    _wait(place, case, lambda: case.state not in WORKING)
    while case.state != until:
        assert case.state != "needs_attention", (case.attention, place.workers[0].last_lines())
        next_act(case, officer, approver)
        _wait(place, case, lambda: case.state not in WORKING)


def _wait(place: Place, case: Case, done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _WITHIN
    case.refresh_from_db()
    while not done():
        assert time.monotonic() < deadline, (case.state, place.workers[0].last_lines())
        time.sleep(0.2)
        case.refresh_from_db()


def _memory(what: str, watch: Watch) -> list[Row]:
    return [
        Row(f"{what}: largest process of the worker", watch.largest, "MB", LIMIT_MB),
        Row(f"{what}: all processes of the worker together", watch.together, "MB"),
        Row(f"{what}: processor time of the worker", watch.busy, "s"),
    ]


def _times(case: Case, what: str) -> list[Row]:
    done: list[Job | Errand] = [*case.jobs.order_by("pk"), *case.errands.order_by("pk")]
    return [
        Row(f"{what}: “{work.kind}”", (work.finished_at - work.created_at).total_seconds(), "s")
        for work in done
        if work.finished_at
    ]
