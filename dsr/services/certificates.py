"""The compliance certificate: made once everything was looked up again, with what was done and no more."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from dsr import storage
from dsr.evidence.drawing import draw_certificate
from dsr.models import (
    Document,
    DocumentKind,
    LineDecision,
    Plan,
)
from dsr.services import records, transition
from dsr.services.preparation import add_document
from dsr.services.transition import locked
from dsr.services.working import Run
from dsr.states import Outcome, State, Verb


def issue(run: Run, plan: Plan) -> None:
    """Draw the certificate, store it, and complete the case, all or nothing."""
    run.tell(_("Drawing the certificate"))
    now = timezone.now()
    destroy_on = timezone.localdate() + dt.timedelta(days=settings.ENV.export_keep_days)
    outcome = outcome_of(plan)
    drawn = draw_certificate(
        records.certificate(case=run.case, plan=plan, outcome=outcome, issued_at=now, destroy_on=destroy_on)
    )
    stored = storage.write(run.case, drawn.pdf, outlives_the_key=True)
    try:
        with transaction.atomic():
            case = locked(run.case.pk)
            run.finish()
            add_document(case, DocumentKind.CERTIFICATE, stored, content_type="application/pdf", pages=drawn.pages)
            Document.objects.filter(case=case, kind__in=[DocumentKind.EXPORT, DocumentKind.SUPPLEMENT]).update(
                destroy_on=destroy_on
            )
            transition.move(
                case,
                verb=Verb.CERTIFY,
                target=State.COMPLETED,
                actor=None,
                facts={"outcome": outcome.value, "plan": plan.number, "certificate": stored.sha256},
                outcome=outcome,
                closed_at=now,
            )
    except BaseException:
        storage.discard(stored.path)
        raise


def outcome_of(plan: Plan) -> Outcome:
    """Erased in part where a line of the plan was kept on an exemption."""
    kept = plan.lines.filter(decision=LineDecision.KEEP).exists()
    return Outcome.ERASED_IN_PART if kept else Outcome.ERASED
