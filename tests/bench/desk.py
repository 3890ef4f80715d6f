"""The desk that is measured: a migrated database, the demo's cast, a sandbox, and cases brought as far as is needed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

from django.core.management import call_command

from dsr.demo import cast
from dsr.evidence.records import Drawn
from dsr.jobs import runner
from dsr.models import Candidate, Case, Connection, Job, JobStatus, User
from dsr.services import identity, preparation, review
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import approve, decide_all, file_case, save_review, set_levels
from tests.chaos.place import Place

UNPACED = 600_000
"""Calls a minute: a pace that nothing reaches."""
_PAPER = Drawn(pdf=b"%PDF-1.7 a paper that nobody drew", pages=1, sha256="0" * 64)


@contextmanager
def opened(folder: Path, *, calls_a_minute: int = UNPACED) -> Iterator[Place]:
    """A migrated database with the demo's people, and a sandbox in a process of its own."""
    place = Place(
        folder, sandbox_port=int(os.environ["CHAOS_SANDBOX_PORT"]), web_port=int(os.environ["CHAOS_WEB_PORT"])
    )
    try:
        call_command("migrate", verbosity=0, interactive=False)
        call_command("collectstatic", verbosity=0, interactive=False)
        place.start_sandbox()
        cast.load(sandbox=place.sandbox.url)
        set_pace(calls_a_minute)
        set_levels(approvals_per_day=1_000)
        yield place
    finally:
        place.stop()


def set_pace(calls_a_minute: int) -> None:
    """How fast the account may be asked."""
    Connection.objects.update(rate_per_minute=calls_a_minute)


def people() -> tuple[User, User]:
    """The officer and the approver."""
    return User.objects.get(email="anna@example.com"), User.objects.get(email="bea@example.com")


def add_customers(sandbox: Sandbox, count: int) -> list[tuple[str, str]]:
    """So many contacts, each with three orders and a subscription. Returns (contact id, email)."""
    sandbox.add_product(product_id="108", name="Round Tuit")
    known = [(str(10_000 + number), f"customer{number}@example.com") for number in range(count)]
    place = {"integration": "int9"}
    date = "2021-12-31 10:00:00"
    sandbox.seed_raw(
        contacts=[
            {**place, "contact_id": pk, "email": email, "first_name": "Pat", "last_name": "Example",
             "date_created": date, "last_updated": date}
            for pk, email in known
        ],
        invoices=[
            {**place, "id": f"{pk}{number}", "contact_id": pk, "amount": 4500, "paid": 4500, "date_created": date,
             "items": [{"name": "Round Tuit", "product_id": "108", "amount": 4500}]}
            for pk, _ in known
            for number in range(3)
        ],
        subscriptions=[
            {**place, "id": f"7{pk}", "contact_id": pk, "amount": 1900, "product_id": "108", "name": "Round Tuit Club",
             "billing_cycle": "month", "frequency": 1, "start_date": date, "last_bill_date": date}
            for pk, _ in known
        ],
    )  # fmt: skip
    return known


def bring_to_approval(contact_id: str, email: str) -> Case:
    """An erasure case through the services, up to its approval."""
    officer, _ = people()
    case = file_case(officer, Connection.objects.get(), subject_name="Pat Example", emails=[email])
    _run_jobs(case)
    identity.confirm(case=case, actor=officer, method="signed_letter")
    decide_all(case, officer, same=(contact_id,))
    review.open_review(case=case, actor=officer)
    save_review(case, officer)
    preparation.request(case=case, actor=officer)
    _run_jobs(case)
    case.refresh_from_db()
    assert case.state == "awaiting_approval", (case.state, case.attention)
    assert Candidate.objects.filter(case=case).count() == 1
    return case


@contextmanager
def evidence_not_drawn() -> Iterator[None]:
    """For cases that are only the beginning of a measurement: a stand-in for the PDF, whose drawing takes longer than
    all the rest. It has its own rows."""
    with (
        mock.patch("dsr.services.preparation.draw_evidence", return_value=_PAPER),
        mock.patch("dsr.services.preparation.sealed", lambda drawn, **_: drawn),
    ):
        yield


def approve_all(cases: list[Case]) -> None:
    """The second person approves them all; the worker finds the jobs in its queue."""
    _, approver = people()
    for case in cases:
        approve(case, approver)


def _run_jobs(case: Case) -> None:
    for job in Job.objects.filter(case=case, status=JobStatus.DUE).order_by("pk"):
        runner.run(job.pk)
    case.refresh_from_db()
