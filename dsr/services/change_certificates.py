"""The certificate of a case that changed contacts: made once everything was read again."""

from __future__ import annotations

import dataclasses

from django.conf import settings
from django.utils import timezone, translation

from dsr import papercode
from dsr.evidence.drawing import draw_certificate
from dsr.models import Doing, Plan
from dsr.services import certificates, changed, retention, wording
from dsr.services.sealing import sealed, verify_at
from dsr.services.working import Run


def issue(run: Run, plan: Plan) -> None:
    """Draw the certificate, store it, and complete the case, all or nothing."""
    run.tell(Doing.DRAWING_CERTIFICATE)
    now = timezone.now()
    destroy_on = retention.last_day()
    done = changed.what_was_changed(run.case)
    code = papercode.new()
    with translation.override(run.case.language):
        record = changed.certificate(case=run.case, done=done, issued_at=now, destroy_on=destroy_on)
        drawn = sealed(
            draw_certificate(
                dataclasses.replace(record, verify_at=verify_at(code)), logo=settings.ENV.organisation_logo
            ),
            about=wording.certificate_title(run.case),
        )
    certificates.complete(run, plan, drawn, code=code, outcome=done.outcome, at=now, exports_until=destroy_on)
