"""From a job to a person: what failed, what was done so far, and where the case can be taken up again."""

from __future__ import annotations

from django.db import transaction

from dsr.attention import VOIDING, Attention
from dsr.models import Case, Job, JobStatus
from dsr.services import transition
from dsr.services.planning import void_plans
from dsr.services.transition import locked
from dsr.services.working import held
from dsr.states import WORKING, State, Verb


def ask_person(*, job: Job, code: str, facts: dict[str, object] | None = None) -> None:
    """Stop the job and hand the case over. `facts` hold ids and counts only."""
    with transaction.atomic():
        case = locked(job.case_id)
        stopped = held(job).update(status=JobStatus.STOPPED, leased_until=None, last_problem=code)
        if not stopped or case.state not in WORKING:
            return  # a person was quicker, or another run
        if code in VOIDING:
            void_plans(case)
        _move(case, code, facts or {})


def _move(case: Case, code: str, facts: dict[str, object]) -> None:
    resume_state = case.state
    transition.move(
        case,
        verb=Verb.ASK_PERSON,
        target=State.NEEDS_ATTENTION,
        actor=None,
        facts={"why": Attention(code).value, **facts},
        attention=code,
        attention_facts=facts,
        resume_state=resume_state,
    )
