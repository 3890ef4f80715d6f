"""Review: what will be deleted, line by line, on which ground, and what stays on which exemption."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from dsr import audit
from dsr.connectors import segmetrics
from dsr.exceptions import InvalidInput, NotReady, StaleView, WrongState
from dsr.models import Case, Exemption, Ground, Identity, LineDecision, ObjectKind, Plan, PlanLine, User
from dsr.permissions import Role, raise_if_not, record_actor
from dsr.services import changes, transition
from dsr.services.matching import raise_if_undecided as raise_if_matches_undecided
from dsr.services.planning import has_begun, make_plan
from dsr.services.seen import raise_if_unseen
from dsr.services.transition import locked
from dsr.states import State, Verb

SAVED = "review_saved"
"""The verb of its audit entry."""
_LONGEST_REASON = 2_000


@dataclass(frozen=True)
class Choice:
    """What a person chose for one line."""

    decision: str
    exemption: str = ""
    reason: str = ""


def open_review(*, case: Case, actor: User) -> None:
    """Go on from matching. Needs a confirmed identity and a decision on every contact."""
    raise_if_not(actor, Role.PRIVACY_OFFICER)
    with transaction.atomic():
        fresh = locked(case.pk)
        if fresh.identity != Identity.CONFIRMED:
            raise NotReady(_("Record first how the identity was confirmed."))
        raise_if_matches_undecided(fresh)
        make_plan(case=fresh, actor=actor)
        record_actor(case=fresh, user=actor, act="reviewed")
        transition.move(fresh, verb=Verb.OPEN_REVIEW, target=State.REVIEW, actor=actor)
    case.refresh_from_db()


def standing(plan: Plan) -> dict[str, str]:
    """What was chosen for each line, for the mark of a form; nothing as long as nobody has saved anything."""
    if not plan.ground:
        return {}
    choices = {row.pk: Choice(row.decision, row.exemption, row.reason) for row in plan.lines.all()}
    return _written(plan.ground, choices)


def _written(ground: str, choices: Mapping[int, Choice]) -> dict[str, str]:
    values = {"ground": ground}
    for pk, choice in choices.items():
        kept = choice.decision == LineDecision.KEEP
        values[f"decision-{pk}"] = choice.decision
        values[f"exemption-{pk}"] = choice.exemption if kept else ""
        values[f"reason-{pk}"] = choice.reason.strip()
    return values


def save(*, case: Case, actor: User, ground: str, choices: Mapping[int, Choice], seen: str | None = None) -> None:
    """Save the ground and the decision on every line. Raises `InvalidInput` with the field `ground` or `line-<id>`.

    `seen` is the mark of the form (`services.seen`).
    """
    raise_if_not(actor, Role.PRIVACY_OFFICER)
    if case.is_erasure and ground not in Ground.values:
        raise InvalidInput(_("Choose the ground of the erasure (Art. 17(1))."), field="ground")
    with transaction.atomic():
        fresh = locked(case.pk)
        plan = fresh.current_plan
        if fresh.state != State.REVIEW or plan is None or fresh.is_change:  # which has a review of its own
            raise WrongState(_("The review is over. Look at the case again."))
        lines = {line.pk: line for line in plan.lines.all()}
        if set(choices) != set(lines):
            raise StaleView(_("The lines have changed since this page was shown. Look at them again."))
        wanted = _written(ground, choices)
        raise_if_unseen(seen, now=standing(plan), wanted=wanted, verbs=[SAVED], case=fresh, about={"plan": plan.number})
        plan.ground = ground if fresh.is_erasure else ""
        plan.save(update_fields=["ground"])
        for pk, choice in choices.items():
            _save_line(fresh, actor, lines[pk], choice)
        record_actor(case=fresh, user=actor, act="reviewed")
        counts = {value: sum(row.decision == value for row in choices.values()) for value in LineDecision.values}
        audit.record(
            actor=actor,
            verb=SAVED,
            case=fresh,
            facts={
                "plan": plan.number,
                "ground": plan.ground,
                "lines": {k: v for k, v in counts.items() if k},
            },
        )


def _save_line(case: Case, actor: User, line: PlanLine, choice: Choice) -> None:
    field = f"line-{line.pk}"
    reason = choice.reason.strip()
    if choice.decision not in LineDecision.values:
        raise InvalidInput(_("Choose one of the list."), field=field)
    if choice.decision == LineDecision.KEEP and (not choice.exemption or choice.exemption not in Exemption.values):
        raise InvalidInput(_("A line that stays needs its exemption (Art. 17(3))."), field=field)
    if choice.decision in {LineDecision.KEEP, LineDecision.NOT_THEIRS} and not reason:
        raise InvalidInput(_("Say in a few words why this line isn't deleted."), field=field)
    if len(reason) > _LONGEST_REASON:
        raise InvalidInput(_("This reason is too long."), field=field)
    keeps = choice.decision == LineDecision.KEEP
    line.decision = choice.decision
    line.exemption = choice.exemption if keeps else Exemption.NONE
    line.reason_sealed = case.seal(reason, field="line_reason")
    line.decided_by = actor
    line.save(update_fields=["decision", "exemption", "reason_sealed", "decided_by"])


def raise_if_not_reviewed(plan: Plan) -> None:
    """For an erasure: a ground, a decision on every line, and something to delete."""
    if plan.case.is_change:
        changes.raise_if_not_reviewed(plan)
    if not plan.case.is_erasure:
        return
    if not plan.ground:
        raise NotReady(_("Choose the ground of the erasure and save the review first."))
    raise_if_undecided(plan)
    for line in plan.to_delete:
        if not segmetrics.can_be_deleted(line.object_id):
            raise NotReady(
                _(
                    "%(object)s “%(id)s” has an id that can't safely stand in a delete call. Delete it at SegMetrics "
                    "by hand and search again, or keep it with its exemption."
                )
                % {"object": line.get_object_display(), "id": line.object_id}
            )
    if not plan.to_delete:
        raise NotReady(
            _("Nothing is left to delete. Look again and certify what was done.")
            if has_begun(plan.case)
            else _("Nothing would be deleted. Refuse the request with its ground instead.")
        )


def raise_if_undecided(plan: Plan) -> None:
    """Every line has its decision, and every confirmed contact is somewhere."""
    if any(line.decision == LineDecision.UNDECIDED for line in plan.lines.all()):
        raise NotReady(_("Some lines are not decided on. The same id may be somebody else's in another integration."))
    _raise_if_contact_nowhere(plan)


def _raise_if_contact_nowhere(plan: Plan) -> None:
    """A confirmed contact that is “not this person's” in every integration contradicts itself."""
    contacts = [line for line in plan.lines.all() if line.object == ObjectKind.CONTACT]
    somewhere = {line.candidate_id for line in contacts if line.decision != LineDecision.NOT_THEIRS}
    for line in contacts:
        if line.candidate_id not in somewhere:
            raise NotReady(
                _(
                    "Contact %(id)s was confirmed as this person, but is said not to be theirs in every integration. "
                    "Choose the integration that it belongs to, or search again and rule the contact out."
                )
                % {"id": line.object_id}
            )
