"""Stopping the work over a connection: by faults that hit everything, or by a person; and having it go on.

A halt by faults keeps five hundred cases from coming to a person one by one: their jobs stay due, with their attempts
unused, until somebody has them go on. A pause comes wholly before a step or wholly after it: each step asks under the
same lock, in the transaction that begins it.
"""

from __future__ import annotations

from functools import partial

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from dsr import audit, queue
from dsr.attention import ADVICE, Attention
from dsr.connectors import pacing
from dsr.connectors.segmetrics import Account, Purpose
from dsr.exceptions import InvalidInput, NeedsPerson, NotReady, Postponed, TryLater, WrongState
from dsr.models import Connection, ExecutedCall, Halt, HaltCause, Job, JobStatus, PauseReason, User
from dsr.permissions import Role, raise_if_not
from dsr.selectors import halts
from dsr.services import notifying
from dsr.turns import Turn, take

MAY_HALT = (Role.PRIVACY_OFFICER, Role.ADMINISTRATOR)
_FAULTS = frozenset({Attention.UNREACHABLE, Attention.KEY_REFUSED, Attention.CONTROL_READ_FAILED})
"""What hits every case of a connection alike."""
_AT_ONCE = frozenset({Attention.KEY_REFUSED})
"""Asking again doesn't make a refused key a better one."""
_take_turn = partial(take, Turn.HALTS)


def note_fault(*, connection: Connection, code: str) -> bool:
    """Count a run that ended in a fault; says whether the work over the connection is stopped, by this one or before.

    Counted are runs in a row, in any process, without a call of the account that worked in between.
    """
    limit = settings.ENV.halt_after
    if not limit or code not in _FAULTS:
        return False
    if is_stopped(connection):
        return True
    faults = pacing.count_fault(connection)
    if faults < limit and code not in _AT_ONCE:
        return False
    _halt(connection, code, faults)
    # What they tried in vain before wasn't their own fault.
    waiting = Job.objects.filter(case__connection=connection, status=JobStatus.DUE, last_problem__in=_FAULTS)
    waiting.update(attempts=0)
    return True


def pause(*, connection: Connection, actor: User, reason: str) -> Halt:
    """Start no deletion and no change over this connection until somebody resumes. What has begun ends its step."""
    raise_if_not(actor, *MAY_HALT)
    if reason not in PauseReason.values:
        raise InvalidInput(_("Say why."), field="reason")
    with transaction.atomic():
        _take_turn()
        if halts.live(connection.pk).filter(cause=HaltCause.PERSON).exists():
            raise WrongState(_("This is paused already."))
        halt = Halt.objects.create(
            connection=connection, cause=HaltCause.PERSON, reason=reason, by=actor, began_at=timezone.now()
        )
        audit.record(
            actor=actor, verb="account_paused", facts={"connection": connection.pk, "halt": halt.pk, "why": reason}
        )
    return halt


def resume(*, connection: Connection, actor: User) -> None:
    """Take a person's pause back. Where faults have stopped the work as well, it stays stopped."""
    raise_if_not(actor, *MAY_HALT)
    _end(connection, HaltCause.PERSON, actor, verb="account_resumed")


def go_on(*, connection: Connection, actor: User) -> None:
    """After faults: make a control read, and go on only if it is answered. Raises `NotReady` with a sentence."""
    raise_if_not(actor, *MAY_HALT)
    if not is_stopped(connection):
        raise WrongState(_("This isn't stopped any more."))
    try:
        with Account(connection, Purpose(on_behalf_of=actor)) as account:
            account.control_read()
    except (NeedsPerson, TryLater) as error:
        why = f"{Attention(error.code).label}. {ADVICE[error.code].text}"
        raise NotReady(_("It stays stopped.") + f" {why}") from None
    pacing.forget_faults(connection)
    _end(connection, HaltCause.FAULTS, actor, verb="account_goes_on")


def raise_if_halted(connection: Connection) -> None:
    """Keep a job from its next step. Call it in the transaction that begins the step. Raises `Postponed`."""
    _take_turn(shared=True)
    if halts.live(connection.pk).exists():
        raise Postponed("")


def is_stopped(connection: Connection) -> bool:
    """Whether faults have stopped all work over it."""
    return halts.live(connection.pk).filter(cause=HaltCause.FAULTS).exists()


def raise_if_stopped(connection: Connection) -> None:
    """Keep a run beside the cases, of tags or of products, from its next call. Raises `NotReady` with a sentence."""
    for told in halts.told(connection_id=connection.pk):
        if told.halt.cause == HaltCause.FAULTS:
            raise NotReady(told.words)


def _halt(connection: Connection, code: str, faults: int) -> None:
    last = ExecutedCall.objects.filter(connection=connection).values_list("status", flat=True).first()
    with transaction.atomic():
        _take_turn()
        if is_stopped(connection):
            return  # another worker came to it first
        halt = Halt.objects.create(
            connection=connection,
            cause=HaltCause.FAULTS,
            code=code,
            status=last,
            faults=faults,
            began_at=timezone.now(),
        )
        notifying.tell_of_halt(connection)
        audit.record(
            actor=None,
            verb="account_halted",
            facts={"connection": connection.pk, "halt": halt.pk, "why": code, "faults": faults},
        )


def _end(connection: Connection, cause: HaltCause, actor: User, *, verb: str) -> None:
    with transaction.atomic():
        _take_turn()
        halt = halts.live(connection.pk).filter(cause=cause).first()
        if halt is None:
            raise WrongState(_("This isn't stopped any more."))
        Halt.objects.filter(pk=halt.pk).update(ended_at=timezone.now(), ended_by=actor)
        queue.sweep_soon(connection)
        audit.record(actor=actor, verb=verb, facts={"connection": connection.pk, "halt": halt.pk})
