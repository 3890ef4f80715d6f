"""The states of a case and the one table of transitions. The diagram in the docs is drawn from it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Kind(TextChoices):
    ERASURE = "erasure", _("Erasure, Art. 17")
    ACCESS = "access", _("Access, Art. 15")


class State(TextChoices):
    RECEIVED = "received", _("Received")
    MATCHING = "matching", _("Who is it?")
    REVIEW = "review", _("In review")
    PREPARING = "preparing", _("Preparing")
    AWAITING_APPROVAL = "awaiting_approval", _("Waiting for a second approval")
    ERASING = "erasing", _("Deleting")
    READY = "ready", _("Package ready")
    COMPLETED = "completed", _("Completed")
    NEEDS_ATTENTION = "needs_attention", _("Needs a person")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    REFUSED = "refused", _("Refused")
    MERGED = "merged", _("Merged")


class Outcome(TextChoices):
    NONE = "", _("Open")
    ERASED = "erased", _("Erased")
    ERASED_IN_PART = "erased_in_part", _("Erased in part")
    NOTHING_FOUND = "nothing_found", _("No data found")
    HANDED_OVER = "handed_over", _("Package handed over")


class Verb(TextChoices):
    """What moves a case. The name is what the audit log records."""

    FINISH_SEARCH = "finish_search", _("Search finished")
    SEARCH_AGAIN = "search_again", _("Search asked for again")
    OPEN_REVIEW = "open_review", _("Matches settled, review opened")
    PREPARE = "prepare", _("Preparation asked for")
    FINISH_PREPARING = "finish_preparing", _("Export and evidence finished")
    CLOSE_NOTHING_FOUND = "close_nothing_found", _("Closed: no data found")
    SEND_BACK = "send_back", _("Sent back to review")
    APPROVE = "approve", _("Deletion approved")
    STOP = "stop", _("Deletion stopped before it began")
    LOOK_AGAIN = "look_again", _("Last look asked for")
    CERTIFY = "certify", _("Deletion verified, certificate issued")
    HAND_OVER = "hand_over", _("Package handed over")
    WITHDRAW = "withdraw", _("Withdrawn")
    REFUSE = "refuse", _("Refused")
    MERGE = "merge", _("Merged into another case")
    ASK_PERSON = "ask_person", _("Handed to a person")
    RESUME = "resume", _("Taken up again")
    BACK_TO_REVIEW = "back_to_review", _("Taken back to review")


@dataclass(frozen=True)
class Transition:
    verb: Verb
    source: State
    target: State
    kinds: frozenset[Kind]


_BOTH = frozenset(Kind)
_ERASURE = frozenset({Kind.ERASURE})
_ACCESS = frozenset({Kind.ACCESS})

TRANSITIONS: tuple[Transition, ...] = (
    Transition(Verb.FINISH_SEARCH, State.RECEIVED, State.MATCHING, _BOTH),
    Transition(Verb.SEARCH_AGAIN, State.MATCHING, State.RECEIVED, _BOTH),
    Transition(Verb.SEARCH_AGAIN, State.REVIEW, State.RECEIVED, _BOTH),
    Transition(Verb.SEARCH_AGAIN, State.NEEDS_ATTENTION, State.RECEIVED, _BOTH),
    Transition(Verb.OPEN_REVIEW, State.MATCHING, State.REVIEW, _BOTH),
    Transition(Verb.PREPARE, State.REVIEW, State.PREPARING, _BOTH),
    Transition(Verb.CLOSE_NOTHING_FOUND, State.REVIEW, State.COMPLETED, _BOTH),
    Transition(Verb.FINISH_PREPARING, State.PREPARING, State.AWAITING_APPROVAL, _ERASURE),
    Transition(Verb.FINISH_PREPARING, State.PREPARING, State.READY, _ACCESS),
    Transition(Verb.SEND_BACK, State.AWAITING_APPROVAL, State.REVIEW, _ERASURE),
    Transition(Verb.BACK_TO_REVIEW, State.READY, State.REVIEW, _ACCESS),
    Transition(Verb.APPROVE, State.AWAITING_APPROVAL, State.ERASING, _ERASURE),
    # Until the first delete of the approved plan is attempted; services.stopping checks the rows for that.
    Transition(Verb.STOP, State.ERASING, State.REVIEW, _ERASURE),
    # Nothing is left to delete, but an earlier plan deleted something: look, and certify that.
    Transition(Verb.LOOK_AGAIN, State.REVIEW, State.ERASING, _ERASURE),
    Transition(Verb.CERTIFY, State.ERASING, State.COMPLETED, _ERASURE),
    Transition(Verb.HAND_OVER, State.READY, State.COMPLETED, _ACCESS),
    Transition(Verb.ASK_PERSON, State.RECEIVED, State.NEEDS_ATTENTION, _BOTH),
    Transition(Verb.ASK_PERSON, State.PREPARING, State.NEEDS_ATTENTION, _BOTH),
    Transition(Verb.ASK_PERSON, State.ERASING, State.NEEDS_ATTENTION, _ERASURE),
    Transition(Verb.RESUME, State.NEEDS_ATTENTION, State.RECEIVED, _BOTH),
    Transition(Verb.RESUME, State.NEEDS_ATTENTION, State.PREPARING, _BOTH),
    Transition(Verb.RESUME, State.NEEDS_ATTENTION, State.ERASING, _ERASURE),
    Transition(Verb.BACK_TO_REVIEW, State.NEEDS_ATTENTION, State.REVIEW, _BOTH),
    Transition(Verb.REFUSE, State.MATCHING, State.REFUSED, _BOTH),
    Transition(Verb.REFUSE, State.REVIEW, State.REFUSED, _BOTH),
    # Until the first delete is attempted, as everywhere: where a job can't be helped, the decision is still a person's.
    Transition(Verb.REFUSE, State.NEEDS_ATTENTION, State.REFUSED, _BOTH),
    Transition(Verb.MERGE, State.RECEIVED, State.MERGED, _BOTH),
    Transition(Verb.MERGE, State.MATCHING, State.MERGED, _BOTH),
    Transition(Verb.MERGE, State.REVIEW, State.MERGED, _BOTH),
    # Withdrawn: until the first delete is attempted; services.closing checks the rows for that.
    *(
        Transition(Verb.WITHDRAW, source, State.WITHDRAWN, kinds)
        for source, kinds in (
            (State.RECEIVED, _BOTH),
            (State.MATCHING, _BOTH),
            (State.REVIEW, _BOTH),
            (State.PREPARING, _BOTH),
            (State.AWAITING_APPROVAL, _ERASURE),
            (State.ERASING, _ERASURE),
            (State.READY, _ACCESS),
            (State.NEEDS_ATTENTION, _BOTH),
        )
    ),
)

FINAL: frozenset[State] = frozenset({State.COMPLETED, State.WITHDRAWN, State.REFUSED, State.MERGED})
WORKING: frozenset[State] = frozenset({State.RECEIVED, State.PREPARING, State.ERASING})
"""States in which the worker has the next word."""


def is_allowed(*, verb: Verb, source: State, target: State, kind: Kind) -> bool:
    """Whether the table holds this step for this kind of request."""
    return any(
        row.verb == verb and row.source == source and row.target == target and kind in row.kinds for row in TRANSITIONS
    )
