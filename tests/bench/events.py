"""One contact with very many events, taken through an access and an erasure request by the real processes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from dsr.demo.people import PASSWORD
from dsr.models import Case, Connection, DocumentKind, Errand, Job, User
from dsr.services import packaging
from dsr.states import WORKING, Kind
from tests.bench import desk
from tests.bench.memory import Watch
from tests.bench.people import EMAIL, add_person, add_visit
from tests.bench.rows import Row
from tests.bench.sizes import Sizes
from tests.builders import file_case
from tests.chaos.browser import Browser
from tests.chaos.place import Place
from tests.path.driving import next_act

LIMIT_MB = 300.0
_WITHIN = 1_200.0


def measure(folder: Path, sizes: Sizes) -> Iterator[Row]:
    """The contact's access request, then their erasure."""
    with desk.opened(folder) as place:
        size = add_person(place.sandbox, sizes.events)
        place.start_web()
        yield Row(name=f"export of {sizes.events:,} events: the contact's answer", value=size / 1e6, unit="MB")
        yield from _access(place)
        yield from _erasure(place)


def _access(place: Place) -> list[Row]:
    place.start_worker()
    with Watch(place.worker_processes) as watch:
        case = _file(Kind.ACCESS)
        _go_on(place, case, until="ready")
        _wait(place, case, lambda: packaging.current(case) is not None)
    rows = [*_memory("access", watch), *_times(case)]
    export = case.documents.get(kind=DocumentKind.EXPORT)
    rows.append(Row(name="    the encrypted export", value=export.size / 1e6, unit="MB"))
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
            rows.append(Row(name=f"    web: {name} in place", value=time.monotonic() - started, unit="s"))
    return [_peak("web, that export read in place: largest process", watch), *rows]


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
    return [*_memory("erasure", watch), *_times(case)]


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


def _peak(name: str, watch: Watch) -> Row:
    return Row(name=name, value=watch.largest, unit="MB", limit=LIMIT_MB)


def _memory(what: str, watch: Watch) -> list[Row]:
    return [
        _peak(f"{what}: largest process of the worker", watch),
        Row(name="    all its processes together", value=watch.together, unit="MB"),
        Row(name="    their processor time", value=watch.busy, unit="s"),
    ]


def _times(case: Case) -> list[Row]:
    done: list[Job | Errand] = [*case.jobs.order_by("pk"), *case.errands.order_by("pk")]
    return [
        Row(name=f"    “{work.kind}”", value=(work.finished_at - work.created_at).total_seconds(), unit="s")
        for work in done
        if work.finished_at
    ]
