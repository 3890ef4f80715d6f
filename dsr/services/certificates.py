"""The compliance certificate: made once everything was looked up again, with what was done and no more.

It is a job of its own, so that where many are erased no deletion waits until the papers of others are drawn.
"""

from __future__ import annotations

import dataclasses
import datetime as dt

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation

from dsr import papercode, queue, storage
from dsr.connectors.segmetrics import Account, Purpose
from dsr.evidence.drawing import draw_certificate
from dsr.evidence.records import Drawn
from dsr.exceptions import WrongState
from dsr.models import DocumentKind, Doing, JobKind, Plan
from dsr.services import doings, noting, recipients, restored, retention, transition, wording
from dsr.services.approval import raise_if_account_changed
from dsr.services.documents import add_document
from dsr.services.sealing import sealed, verify_at
from dsr.services.transition import locked
from dsr.services.working import Run
from dsr.states import Kind, Outcome, State, Verb


def ask_for(run: Run) -> None:
    """The erasure's job ends, and the one that certifies it waits behind the work that is there already."""
    with transaction.atomic():
        locked(run.case.pk)
        run.finish()
        queue.add(case=run.case, kind=JobKind.CERTIFY, asked_by=run.job.asked_by)


def certify(run: Run) -> None:
    """The certificate's job. Where a person is called, "try again" looks everything up once more before it."""
    plan = run.case.current_plan
    if run.case.state != State.ERASING or plan is None:
        raise WrongState("The case isn't being erased.")
    if plan.to_delete:
        raise_if_account_changed(plan)
    issue(run, plan, answering=_still_answering(run))


def _still_answering(run: Run) -> frozenset[str]:
    """The contacts that still answer though their deletion was begun before a restore."""
    if not run.case.erased_before.exists():
        return frozenset()
    with Account(run.case.connection, Purpose(case=run.case, on_behalf_of=run.job.asked_by)) as account:
        return restored.look_again(run, account)


def issue(run: Run, plan: Plan, *, answering: frozenset[str]) -> None:
    """Draw the certificate, store it, and complete the case, all or nothing."""
    run.tell(Doing.DRAWING_CERTIFICATE)
    now = timezone.now()
    destroy_on = retention.last_day()
    done = doings.what_was_done(run.case, answering=answering)
    code = papercode.new()
    with translation.override(run.case.language):
        record = doings.certificate(case=run.case, done=done, issued_at=now, destroy_on=destroy_on)
        drawn = sealed(
            draw_certificate(
                dataclasses.replace(record, verify_at=verify_at(code)), logo=settings.ENV.organisation_logo
            ),
            about=wording.certificate_title(run.case),
        )
    complete(run, plan, drawn, code=code, outcome=done.outcome, at=now, exports_until=destroy_on)


def complete(
    run: Run, plan: Plan, drawn: Drawn, *, code: str, outcome: Outcome, at: dt.datetime, exports_until: dt.date
) -> None:
    """Store a certificate that was drawn, and complete its case."""
    stored = storage.write(run.case, drawn.pdf, outlives_the_key=True)
    with storage.discarded_on_error([stored.path]), transaction.atomic():
        case = locked(run.case.pk)
        run.finish()
        add_document(
            case, DocumentKind.CERTIFICATE, stored, content_type="application/pdf", pages=drawn.pages, code=code
        )
        if case.kind != Kind.OBJECTION:  # Art. 19 names erasure, rectification and restriction
            recipients.list_all(case)
        retention.set_days(case, end=State.COMPLETED, exports_until=exports_until)
        transition.move(
            case,
            verb=Verb.CERTIFY,
            target=State.COMPLETED,
            actor=None,
            facts={
                "outcome": outcome.value,
                "plan": plan.number,
                "certificate": stored.sha256,
                "signed_by": drawn.signed_by,
                "signature": drawn.signature,
            },
            outcome=outcome,
            closed_at=at,
        )
    noting.certified(case, outcome=outcome.value, sha256=stored.sha256)
