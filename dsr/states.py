"""The states of a case and the one table of transitions. The diagram in the docs is drawn from it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Kind(TextChoices):
    ERASURE = "erasure", _("Erasure, Art. 17")
    ACCESS = "access", _("Access, Art. 15")
    RECTIFICATION = "rectification", _("Rectification, Art. 16")
    RESTRICTION = "restriction", _("Restriction, Art. 18")
    OBJECTION = "objection", _("Objection, Art. 21")
    PORTABILITY = "portability", _("Portability, Art. 20")


CHANGES = frozenset({Kind.RECTIFICATION, Kind.RESTRICTION, Kind.OBJECTION})
"""Requests that change contacts and delete none."""
PACKAGES = frozenset({Kind.ACCESS, Kind.PORTABILITY})
"""Requests that are answered with a package; nothing changes at SegMetrics."""


class State(TextChoices):
    RECEIVED = "received", _("Received")
    MATCHING = "matching", _("Who is it?")
    REVIEW = "review", _("In review")
    PREPARING = "preparing", _("Preparing")
    AWAITING_APPROVAL = "awaiting_approval", _("Waiting for a second approval")
    ERASING = "erasing", _("Deleting")
    CHANGING = "changing", pgettext_lazy("a state", "Changing")
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
    CHANGED = "changed", _("Changed")
    CHANGED_IN_PART = "changed_in_part", _("Changed in part")


CARRIED_OUT = frozenset({Outcome.ERASED, Outcome.ERASED_IN_PART, Outcome.CHANGED, Outcome.CHANGED_IN_PART})
"""What was done at SegMetrics, and looked at again."""


class Verb(TextChoices):
    """What moves a case. The name is what the audit log records."""

    FINISH_SEARCH = "finish_search", _("Search finished")
    SEARCH_AGAIN = "search_again", _("Search asked for again")
    OPEN_REVIEW = "open_review", _("Matches settled, review opened")
    PREPARE = "prepare", _("Preparation asked for")
    FINISH_PREPARING = "finish_preparing", _("Export and evidence finished")
    CLOSE_NOTHING_FOUND = "close_nothing_found", _("Closed: no data found")
    SEND_BACK = "send_back", _("Sent back to review")
    APPROVE = "approve", _("Plan approved")
    STOP = "stop", _("Stopped before it began")
    LOOK_AGAIN = "look_again", _("Last look asked for")
    CERTIFY = "certify", _("Looked up again, certificate issued")
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


_ALL = frozenset(Kind)
_ERASURE = frozenset({Kind.ERASURE})
_APPROVED = _ERASURE | CHANGES

TRANSITIONS: tuple[Transition, ...] = (
    Transition(Verb.FINISH_SEARCH, State.RECEIVED, State.MATCHING, _ALL),
    Transition(Verb.SEARCH_AGAIN, State.MATCHING, State.RECEIVED, _ALL),
    Transition(Verb.SEARCH_AGAIN, State.REVIEW, State.RECEIVED, _ALL),
    Transition(Verb.SEARCH_AGAIN, State.NEEDS_ATTENTION, State.RECEIVED, _ALL),
    Transition(Verb.OPEN_REVIEW, State.MATCHING, State.REVIEW, _ALL),
    Transition(Verb.PREPARE, State.REVIEW, State.PREPARING, _ALL),
    Transition(Verb.CLOSE_NOTHING_FOUND, State.REVIEW, State.COMPLETED, _ALL),
    Transition(Verb.FINISH_PREPARING, State.PREPARING, State.AWAITING_APPROVAL, _APPROVED),
    Transition(Verb.FINISH_PREPARING, State.PREPARING, State.READY, PACKAGES),
    Transition(Verb.SEND_BACK, State.AWAITING_APPROVAL, State.REVIEW, _APPROVED),
    Transition(Verb.BACK_TO_REVIEW, State.READY, State.REVIEW, PACKAGES),
    Transition(Verb.APPROVE, State.AWAITING_APPROVAL, State.ERASING, _ERASURE),
    Transition(Verb.APPROVE, State.AWAITING_APPROVAL, State.CHANGING, CHANGES),
    # Until the first step of the approved plan is attempted; services.stopping checks the rows for that.
    Transition(Verb.STOP, State.ERASING, State.REVIEW, _ERASURE),
    Transition(Verb.STOP, State.CHANGING, State.REVIEW, CHANGES),
    Transition(Verb.STOP, State.NEEDS_ATTENTION, State.REVIEW, _APPROVED),
    # Nothing is left to do, but an earlier plan did something: look, and certify that.
    Transition(Verb.LOOK_AGAIN, State.REVIEW, State.ERASING, _ERASURE),
    Transition(Verb.LOOK_AGAIN, State.REVIEW, State.CHANGING, CHANGES),
    Transition(Verb.CERTIFY, State.ERASING, State.COMPLETED, _ERASURE),
    Transition(Verb.CERTIFY, State.CHANGING, State.COMPLETED, CHANGES),
    Transition(Verb.HAND_OVER, State.READY, State.COMPLETED, PACKAGES),
    Transition(Verb.ASK_PERSON, State.RECEIVED, State.NEEDS_ATTENTION, _ALL),
    Transition(Verb.ASK_PERSON, State.PREPARING, State.NEEDS_ATTENTION, _ALL),
    Transition(Verb.ASK_PERSON, State.ERASING, State.NEEDS_ATTENTION, _ERASURE),
    Transition(Verb.ASK_PERSON, State.CHANGING, State.NEEDS_ATTENTION, CHANGES),
    Transition(Verb.RESUME, State.NEEDS_ATTENTION, State.RECEIVED, _ALL),
    Transition(Verb.RESUME, State.NEEDS_ATTENTION, State.PREPARING, _ALL),
    Transition(Verb.RESUME, State.NEEDS_ATTENTION, State.ERASING, _ERASURE),
    Transition(Verb.RESUME, State.NEEDS_ATTENTION, State.CHANGING, CHANGES),
    Transition(Verb.BACK_TO_REVIEW, State.NEEDS_ATTENTION, State.REVIEW, _ALL),
    Transition(Verb.REFUSE, State.MATCHING, State.REFUSED, _ALL),
    Transition(Verb.REFUSE, State.REVIEW, State.REFUSED, _ALL),
    # Until the first step is attempted, as everywhere: where a job can't be helped, the decision is still a person's.
    Transition(Verb.REFUSE, State.NEEDS_ATTENTION, State.REFUSED, _ALL),
    Transition(Verb.MERGE, State.RECEIVED, State.MERGED, _ALL),
    Transition(Verb.MERGE, State.MATCHING, State.MERGED, _ALL),
    Transition(Verb.MERGE, State.REVIEW, State.MERGED, _ALL),
    # Withdrawn: until the first step is attempted; services.closing checks the rows for that.
    *(
        Transition(Verb.WITHDRAW, source, State.WITHDRAWN, kinds)
        for source, kinds in (
            (State.RECEIVED, _ALL),
            (State.MATCHING, _ALL),
            (State.REVIEW, _ALL),
            (State.PREPARING, _ALL),
            (State.AWAITING_APPROVAL, _APPROVED),
            (State.ERASING, _ERASURE),
            (State.CHANGING, CHANGES),
            (State.READY, PACKAGES),
            (State.NEEDS_ATTENTION, _ALL),
        )
    ),
)

FINAL: frozenset[State] = frozenset({State.COMPLETED, State.WITHDRAWN, State.REFUSED, State.MERGED})
WORKING: frozenset[State] = frozenset({State.RECEIVED, State.PREPARING, State.ERASING, State.CHANGING})
"""States in which the worker has the next word."""


def is_allowed(*, verb: Verb, source: State, target: State, kind: Kind) -> bool:
    """Whether the table holds this step for this kind of request."""
    return any(
        row.verb == verb and row.source == source and row.target == target and kind in row.kinds for row in TRANSITIONS
    )
