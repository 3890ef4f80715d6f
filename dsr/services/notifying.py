"""Tell members of staff what concerns them. It is a hint: no act waits for it, and none fails with it (rule 10)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.utils import timezone

from dsr.days import controller_today
from dsr.models import Case, Connection, Identity, MailRhythm, Notification, NotificationKind, Preferences, User
from dsr.permissions import Role, eligible_approvers, has_role
from dsr.states import State, Verb

_KEEP_READ, _KEEP = dt.timedelta(days=90), dt.timedelta(days=365)


def told(case: Case, *, verb: Verb, target: State, actor: User | None) -> None:
    """A case has moved: tell whom it concerns. Inside the transaction of the move."""
    if target == State.AWAITING_APPROVAL:
        tell(case, NotificationKind.FOR_APPROVAL, eligible_approvers(case), actor=actor)
    elif target == State.NEEDS_ATTENTION:
        tell(case, NotificationKind.NEEDS_PERSON, carers(case), actor=actor)
    elif verb in {Verb.SEND_BACK, Verb.STOP}:
        tell(case, NotificationKind.SENT_BACK, carers(case), actor=actor)
    elif verb == Verb.CERTIFY:
        tell(case, NotificationKind.COMPLETED, carers(case), actor=actor)


def carers(case: Case) -> list[User]:
    """The officer who looks after the case, and who stands in for them today; without one who is active, all."""
    officer = case.assigned_to
    if officer is None or not has_role(officer, Role.PRIVACY_OFFICER):
        return officers()
    substitute = Preferences.of(officer).substitute_on(controller_today())
    if substitute and has_role(substitute, Role.PRIVACY_OFFICER):
        return [officer, substitute]
    return [officer]


def officers() -> list[User]:
    """All active privacy officers."""
    return list(User.objects.filter(is_active=True, groups__name=Role.PRIVACY_OFFICER).order_by("pk").distinct())


def tell(
    case: Case, kind: NotificationKind, people: Iterable[User], *, actor: User | None = None, about: str = ""
) -> int:
    """Tell these, but not `actor`, who knows. Says how many are told anew.

    One that is still unread isn't repeated; a reminder (`about`) is given once.
    """
    wanted = [person for person in people if person != actor]
    rhythms = {row.user_id: row.mails for row in Preferences.objects.filter(user__in=wanted)}
    earlier = Notification.objects.filter(case=case, kind=kind, about=about, user__in=wanted)
    knows = set((earlier if about else earlier.filter(read_at=None)).values_list("user_id", flat=True))
    now = timezone.now()
    rows = [
        Notification(
            user=person,
            case=case,
            kind=kind,
            about=about,
            created_at=now,
            rhythm=rhythms.get(person.pk, MailRhythm.AT_ONCE),
        )
        for person in wanted
        if person.pk not in knows
    ]
    Notification.objects.bulk_create(rows, ignore_conflicts=bool(about))
    return len(rows)


def tell_of_halt(connection: Connection) -> None:
    """Work over a connection is stopped: every privacy officer and administrator is told."""
    roles = [Role.PRIVACY_OFFICER, Role.ADMINISTRATOR]
    people = User.objects.filter(is_active=True, groups__name__in=roles).select_related("preferences").distinct()
    now = timezone.now()
    Notification.objects.bulk_create(
        Notification(
            user=person,
            connection=connection,
            kind=NotificationKind.HALTED,
            created_at=now,
            rhythm=Preferences.of(person).mails,
        )
        for person in people
    )


def mark_read(*, user: User, case: Case | None = None) -> None:
    """They have seen it: all that they were told, or all about one case."""
    unread = Notification.objects.filter(user=user, read_at=None)
    (unread.filter(case=case) if case else unread).update(read_at=timezone.now())


def forget_old() -> None:
    """Remove what was read long ago, and what nobody read in a year.

    What is given once after a question stays while that goes unanswered: without the row it would be given again.
    """
    now = timezone.now()
    old = Notification.objects.exclude(kind=NotificationKind.SILENT, case__identity=Identity.ASKED)
    old.filter(read_at__lt=now - _KEEP_READ).delete()
    old.filter(created_at__lt=now - _KEEP).delete()
