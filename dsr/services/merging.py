"""Merge a request into another open one of the same person: it is closed, and the other one answers both.

What was found and decided in the merged case isn't taken over: the other one is searched anew with the identifiers of
both. Letters and documents stay where they are.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from dsr import audit
from dsr.days import controller_day
from dsr.exceptions import Held, NotReady, WrongState
from dsr.models import Case, Identity, NotificationKind, User
from dsr.permissions import Role, raise_if_not, record_actor
from dsr.selectors.holds import binding
from dsr.selectors.related import merged_in
from dsr.services import closing, disposal, intake, matching, notifying, reasons, transition
from dsr.services.planning import has_begun
from dsr.services.transition import locked
from dsr.states import FINAL, State, Verb

MERGED_HERE = "merged_here"
"""The verb of the audit entry of the case that goes on."""
MERGEABLE = frozenset({State.RECEIVED, State.MATCHING, State.REVIEW})
"""Before anything is prepared: later ones rest on what was found by then."""


def merge(*, case: Case, into: Case, actor: User, reason: str) -> None:
    """Close `case` and let `into` go on for both, searched anew, with the earlier day of arrival.

    Whoever had a hand in `case` has one in `into` from now on (four-eyes approval). Raises `InvalidInput`,
    `NotAllowed`, `WrongState`, `NotReady` or `Held`.
    """
    raise_if_not(actor, Role.PRIVACY_OFFICER)
    reason = reasons.checked(reason, _("Say in a few words why these are requests of the same person."))
    if case.pk == into.pk:
        raise WrongState(_("A request can't be merged into itself."))
    with transaction.atomic():
        fresh, target = _both_locked(case, into)
        _raise_if_apart(fresh, target)
        for row in (fresh, target):
            _raise_if_not_mergeable(row)
        new = _identifiers_lacking(fresh, target)
        _raise_if_not_confirmed(fresh, target, new)
        for kind, value in new:
            intake.add_identifier(case=target, kind=kind, value=value)
        before = target.due_on
        _take_earlier_clock(fresh, target)
        answered = _take_as_answer(fresh, target)
        _take_actors(fresh, target, actor)
        closing.wind_up(fresh, end=State.MERGED)
        matching.begin_search(target, actor=actor)
        notifying.tell(target, NotificationKind.MERGED_HERE, notifying.carers(target), actor=actor)
        facts = {
            "merged": fresh.reference,
            "identifiers": len(new),
            "received_on": target.received_on.isoformat(),
            "due_on": target.due_on.isoformat(),
            "before": before.isoformat(),
            **({"identity": target.identity} if answered else {}),
        }
        # From here on the log is held, so every other row is written by now.
        if target.state != State.RECEIVED:
            transition.move(target, verb=Verb.SEARCH_AGAIN, target=State.RECEIVED, actor=actor)
        audit.record(actor=actor, verb=MERGED_HERE, case=target, facts=facts, reason=reason)
        transition.move(
            fresh,
            verb=Verb.MERGE,
            target=State.MERGED,
            actor=actor,
            reason=reason,
            facts={"into": target.reference},
            merged_into=target,
            closed_at=timezone.now(),
        )
    disposal.destroy_checked_proofs(case)
    case.refresh_from_db()
    into.refresh_from_db()


def targets_of(case: Case, related: Iterable[Case]) -> list[Case]:
    """Into which of the related requests this one can be merged, as the page offers it; `merge` has the last word."""
    if case.state not in MERGEABLE:
        return []
    alike = (case.connection_id, case.kind)
    return [row for row in related if row.state in MERGEABLE and (row.connection_id, row.kind) == alike]


def _both_locked(case: Case, into: Case) -> tuple[Case, Case]:
    """Always in the same order, so that two merges the other way round don't wait for each other."""
    rows = {pk: locked(pk) for pk in sorted((case.pk, into.pk))}
    return rows[case.pk], rows[into.pk]


def _raise_if_apart(case: Case, into: Case) -> None:
    if case.connection_id != into.connection_id:
        raise WrongState(_("These requests are looked up in different accounts, so each is answered by itself."))
    if case.kind != into.kind:
        raise WrongState(_("These requests ask for different things, so each is answered by itself."))


def _raise_if_not_mergeable(case: Case) -> None:
    name = {"case": case.reference}
    if case.state in FINAL:
        raise WrongState(_("%(case)s is closed, so nothing is merged with it.") % name)
    if case.state not in MERGEABLE:
        raise WrongState(
            _("%(case)s is past its review. Requests are merged before anything is prepared; answer each by itself.")
            % name
        )
    if has_begun(case):
        raise WrongState(
            _("%(case)s has begun to act and ends with a certificate of its own, so nothing is merged with it.") % name
        )
    if case.extended:
        raise NotReady(
            _("The time limit of %(case)s was extended. What that means for the other can't be counted: answer each.")
            % name
        )
    if case.is_paused:
        raise NotReady(
            _("The clock of %(case)s stands still until the person says who they are. Note the answer, then merge.")
            % name
        )
    if binding(case).exists():
        raise Held(_("A legal hold binds %(case)s. Nothing is merged with it until two persons have lifted it.") % name)


def _identifiers_lacking(case: Case, into: Case) -> list[tuple[str, str]]:
    """Kind and value of what the request gave and the other's didn't. What was learnt is learnt there again."""
    given = set(into.identifiers.filter(learnt_from=None).values_list("kind", "keyed_hash"))
    rows = case.identifiers.filter(learnt_from=None)
    new = [(row.kind, row.value) for row in rows if (row.kind, row.keyed_hash) not in given]
    if len(given) + len(new) > intake.MOST_IDENTIFIERS:
        raise NotReady(
            _("Together these are more than %(limit)d identifiers. Answer each by itself.")
            % {"limit": intake.MOST_IDENTIFIERS}
        )
    return new


def _raise_if_not_confirmed(case: Case, into: Case, new: list[tuple[str, str]]) -> None:
    """Whose identity is confirmed has that said of the addresses known then; a stranger's letter can't add another."""
    if new and into.identity == Identity.CONFIRMED and case.identity != Identity.CONFIRMED:
        raise NotReady(
            _(
                "%(case)s brings an e-mail address or id that %(into)s doesn't have, and its identity isn't confirmed. "
                "Confirm it there first: in %(into)s it would count as confirmed."
            )
            % {"case": case.reference, "into": into.reference}
        )


def _take_earlier_clock(case: Case, into: Case) -> None:
    """The clock runs from the first request, and neither is answered later than it had to be."""
    # Nor can a question stop it that would come too late for one of the two (`clock.last_day_to_ask`).
    asked_from = min(row.answered_on or row.received_on for row in (case, into))
    into.received_on = min(case.received_on, into.received_on)
    into.paused_days = min(case.paused_days, into.paused_days)
    deadline = intake.legal_deadline(into.received_on, paused_days=into.paused_days)
    into.due_on, into.due_moved_by = deadline.due_on, deadline.moved_by
    into.answered_on = None if asked_from == into.received_on else asked_from
    into.save(update_fields=["received_on", "paused_days", "answered_on", "due_on", "due_moved_by"])


def _take_as_answer(case: Case, into: Case) -> bool:
    """Who wrote again since they were asked who they are isn't silent; they may be asked once more."""
    if into.identity != Identity.ASKED or into.identity_at is None:
        return False
    newest = max(row.received_on for row in (case, *merged_in(case)))
    if newest < controller_day(into.identity_at):
        return False
    into.identity = Identity.UNCONFIRMED
    into.save(update_fields=["identity"])
    return True


def _take_actors(case: Case, into: Case, actor: User) -> None:
    """The filer and the preparers are named by the rows of case and plan too, which the approval's trigger asks."""
    people = {row.user_id: row.user for row in case.actors.select_related("user")}
    people[case.filed_by_id] = case.filed_by
    for plan in case.plans.exclude(prepared_by=None).select_related("prepared_by"):
        assert plan.prepared_by  # noqa: S101  (the query selects)
        people[plan.prepared_by.pk] = plan.prepared_by
    for user in people.values():
        record_actor(case=into, user=user, act=f"in {case.reference}")
    for row in (case, into):
        record_actor(case=row, user=actor, act="merged")
