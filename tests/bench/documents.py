"""Papers, signed, against WeasyPrint on the same HTML; and the certificate of an erasure as the worker makes it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

from dsr.evidence import typesetting
from dsr.evidence.drawing import draw_evidence
from dsr.evidence.records import EvidenceRecord
from dsr.jobs import runner
from dsr.models import Job, JobKind, JobStatus
from dsr.services import sealing
from tests.bench import clock, desk
from tests.bench.rows import Row
from tests.bench.sizes import Sizes
from tests.evidence.cast import a_line, a_match, an_evidence

LIMIT = 1.3


def measure(folder: Path, sizes: Sizes) -> Iterator[Row]:
    """Seconds of the processor; the two take turns."""
    with desk.opened(folder) as place:
        short, long = _record_of(1), _record_of(sizes.pages)
        for record, repeats in ((short, 3 * sizes.repeats), (long, min(3, sizes.repeats))):
            yield _evidence(record, repeats)
        known = desk.add_customers(place.sandbox, sizes.repeats + 1)
        with desk.evidence_not_drawn():
            cases = [desk.bring_to_approval(*one) for one in known]
        desk.approve_all(cases)
        yield _certificate()


def _evidence(record: EvidenceRecord, repeats: int) -> Row:
    def ours() -> int:
        return sealing.sealed(draw_evidence(record), about="Evidence DSR-2026-000001").pages

    typeset = _captured(ours)
    ours_took, floor = clock.both(ours, typeset, repeats=repeats)
    return Row(
        name=f"evidence PDF, {ours()} pages, signed",
        value=ours_took,
        unit="s",
        floor=floor,
        limit=LIMIT,
        is_timing=True,
    )


def _certificate() -> Row:
    """The whole job of a certificate, each of another case, against typesetting and signing such a one."""

    def next_job(kind: JobKind) -> None:
        job = Job.objects.filter(kind=kind, status=JobStatus.DUE).order_by("pk")[0]
        runner.run(job.pk)
        job.refresh_from_db()
        assert job.status == JobStatus.DONE, job.last_problem

    count = Job.objects.filter(kind=JobKind.ERASE, status=JobStatus.DUE).count()
    for _ in range(count):
        next_job(JobKind.ERASE)
    signed: list[bytes] = []
    with mock.patch("dsr.services.certificates.sealed", wraps=sealing.sealed) as sealed:
        typeset = _captured(lambda: next_job(JobKind.CERTIFY))
        drawn, about = sealed.call_args.args[0], sealed.call_args.kwargs["about"]

    def floor() -> None:
        typeset()
        signed[:] = [sealing.sealed(drawn, about=about).pdf]

    took, least = clock.both(lambda: next_job(JobKind.CERTIFY), floor, repeats=count - 2)
    return Row(
        name="certificate of an erasure, the worker's whole job",
        value=took,
        unit="s",
        floor=least,
        limit=LIMIT,
        is_timing=True,
    )


def _captured(act: Callable[[], object]) -> Callable[[], object]:
    """Do it, and return what has WeasyPrint typeset the same HTML with the same style, and nothing else."""
    given: dict[str, Any] = {}
    as_pdf = typesetting.as_pdf

    def noted(html: str, **rest: Any) -> bytes:
        given.update(html=html, made_at=rest["made_at"])
        return as_pdf(html, **rest)

    with mock.patch("dsr.evidence.typesetting.as_pdf", noted):
        act()
    return lambda: as_pdf(**given)


def _record_of(pages: int) -> EvidenceRecord:
    """A record whose evidence has about so many pages, or as few as there can be."""
    record = an_evidence()
    if pages == 1:
        return dataclasses.replace(
            record, letters=(), lookups=record.lookups[:1], matches=record.matches[:1], plan_lines=record.plan_lines[:1]
        )
    return dataclasses.replace(
        record,
        matches=tuple(a_match(contact_id=str(1_000 + number)) for number in range(pages * 2)),
        plan_lines=tuple(a_line(object_id=str(1_000_000 + number)) for number in range(pages * 6)),
    )
