"""Keep how somebody looks at the list of requests. It is theirs alone, and changes no case."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from dsr.exceptions import InvalidInput
from dsr.models import QueueView, User
from dsr.selectors import queue

MOST_VIEWS = 20


def remember(*, user: User, query: str, references: Sequence[str]) -> None:
    """Keep what was chosen and what stood there, where that is new."""
    _keep(user, query=query, shown=list(references))


def choose_columns(*, user: User, columns: Iterable[str]) -> None:
    """Show these columns to this person from now on."""
    _keep(user, columns=[column.value for column in queue.Column if column in set(columns)])


def save(*, user: User, name: str, query: str) -> QueueView:
    """Save filters and sorting under a name. Raises `InvalidInput` for a name that is empty, long or taken."""
    name = " ".join(name.split())
    if not name:
        raise InvalidInput(_("Give the view a name."), field="name")
    if len(name) > 60:
        raise InvalidInput(_("Choose a name of at most 60 characters."), field="name")
    if QueueView.objects.filter(user=user).count() >= MOST_VIEWS:
        raise InvalidInput(_("You have saved as many views as there is room for. Delete one first."), field="name")
    try:
        with transaction.atomic():
            return QueueView.objects.create(user=user, name=name, query=queue.cleaned(query))
    except IntegrityError:
        raise InvalidInput(_("You have a view of this name already."), field="name") from None


def delete(*, user: User, pk: int) -> bool:
    """Delete a view of one's own. Says whether it was there."""
    return bool(QueueView.objects.filter(user=user, pk=pk).delete()[0])


def _keep(user: User, **changed: Any) -> None:
    before = user.queue or {}
    if any(before.get(name) != value for name, value in changed.items()):
        user.queue = before | changed
        User.objects.filter(pk=user.pk).update(queue=user.queue)
