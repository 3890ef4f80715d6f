"""The compliance certificate: made once everything was looked up again, with what was done and no more."""

from __future__ import annotations

import dataclasses

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from dsr import papercode, storage
from dsr.evidence.drawing import draw_certificate
from dsr.models import DocumentKind, Plan
from dsr.services import doings, noting, retention, transition, wording
from dsr.services.documents import add_document
from dsr.services.sealing import sealed, verify_at
from dsr.services.transition import locked
from dsr.services.working import Run
from dsr.states import State, Verb


def issue(run: Run, plan: Plan, *, answering: frozenset[str]) -> None:
    """Draw the certificate, store it, and complete the case, all or nothing.

    `answering` are the contacts that still answer though their deletion was begun before a restore.
    """
    run.tell(_("Drawing the certificate"))
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
    stored = storage.write(run.case, drawn.pdf, outlives_the_key=True)
    with storage.discarded_on_error([stored.path]), transaction.atomic():
        case = locked(run.case.pk)
        run.finish()
        add_document(
            case, DocumentKind.CERTIFICATE, stored, content_type="application/pdf", pages=drawn.pages, code=code
        )
        retention.set_days(case, end=State.COMPLETED, exports_until=destroy_on)
        transition.move(
            case,
            verb=Verb.CERTIFY,
            target=State.COMPLETED,
            actor=None,
            facts={
                "outcome": done.outcome.value,
                "plan": plan.number,
                "certificate": stored.sha256,
                "signed_by": drawn.signed_by,
            },
            outcome=done.outcome,
            closed_at=now,
        )
    noting.certified(case, outcome=done.outcome.value, sha256=stored.sha256)
