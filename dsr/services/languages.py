"""In which language a case's documents are written."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from dsr import audit
from dsr.exceptions import InvalidInput, WrongState
from dsr.languages import LANGUAGES
from dsr.models import Case, User
from dsr.permissions import Role, raise_if_not
from dsr.services import packaging
from dsr.services.seen import raise_if_unseen
from dsr.services.transition import locked
from dsr.states import State

CHOSEN = "language_chosen"
"""The verb of its audit entry."""


def raise_if_unknown(language: str) -> None:
    """Raises `InvalidInput` for what no document can be written in."""
    if language not in LANGUAGES:
        raise InvalidInput(_("Choose one of the list."), field="language")


def standing(case: Case) -> dict[str, str]:
    """The language that was chosen, for the mark of a form."""
    return {"language": case.language}


def choose(*, case: Case, actor: User, language: str, seen: str | None = None) -> None:
    """Write the documents that are still to come in this language; what was drawn stays as it was approved.

    `seen` is the mark of the form (`services.seen`).
    """
    raise_if_not(actor, Role.PRIVACY_OFFICER)
    raise_if_unknown(language)
    with transaction.atomic():
        fresh = locked(case.pk)
        if fresh.is_closed:
            raise WrongState(_("This case is closed, and its documents are written."))
        raise_if_unseen(seen, now=standing(fresh), wanted={"language": language}, verbs=[CHOSEN], case=fresh)
        if fresh.state == State.READY:
            packaging.raise_if_gaps(fresh, language=language)
        before, fresh.language = fresh.language, language
        if before != language:
            fresh.save(update_fields=["language"])
            packaging.renew(fresh)
            audit.record(actor=actor, verb=CHOSEN, case=fresh, facts={"language": language, "before": before})
    case.refresh_from_db()
