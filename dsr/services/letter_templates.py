"""The organisation's own texts of letters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from dsr import audit
from dsr.evidence.text import clean
from dsr.exceptions import InvalidInput, NotAllowed, NotReady
from dsr.languages import LANGUAGES
from dsr.letters import placeholders
from dsr.letters.shipped import Text, shipped
from dsr.models import Case, LetterKind, LetterTemplate, User
from dsr.permissions import READS_CASES, Right, Role, has_right, has_role, raise_if_not
from dsr.selectors.letters import text_for
from dsr.services.letter_values import Said, invented
from dsr.services.letter_values import values_of as values_in
from dsr.services.seen import Values, raise_if_unseen, values_of


def standing(kind: LetterKind, language: str) -> dict[str, str]:
    """The organisation's own text, for the mark of a form; nothing where the shipped one is used."""
    row = LetterTemplate.objects.filter(kind=kind, language=language).first()
    return values_of(row, ("heading", "body")) if row else {}


def save(*, actor: User, kind: LetterKind, language: str, heading: str, body: str, seen: str | None = None) -> None:
    """Use this text from the next letter on. Raises `InvalidInput` as `placeholders.check` does.

    `seen` is the mark of the form (`services.seen`).
    """
    raise_if_not(actor, Role.ADMINISTRATOR)
    heading, body = _checked(kind, language, heading, body)
    with transaction.atomic():
        before = text_for(kind, language)
        text: dict[str, Any] = {"heading": heading, "body": body}
        by = {"updated_at": timezone.now(), "updated_by": actor}
        row, is_new = LetterTemplate.objects.select_for_update().get_or_create(
            kind=kind, language=language, defaults=text | by
        )
        if not is_new:
            _raise_if_unseen(row, seen, wanted=text)
            LetterTemplate.objects.filter(pk=row.pk).update(**text, **by)
        _record(actor, "letter_template_saved", kind, language, before)


def restore(*, actor: User, kind: LetterKind, language: str, seen: str | None = None) -> None:
    """Go back to the shipped text. `seen` is the mark of the form (`services.seen`)."""
    raise_if_not(actor, Role.ADMINISTRATOR)
    with transaction.atomic():
        before = text_for(kind, language)
        row = LetterTemplate.objects.select_for_update().filter(kind=kind, language=language).first()
        if row:
            text = shipped(kind, language)
            _raise_if_unseen(row, seen, wanted={"heading": text.heading, "body": text.body})
            row.delete()
        _record(actor, "letter_template_restored", kind, language, before)


def _raise_if_unseen(row: LetterTemplate, seen: str | None, *, wanted: Values) -> None:
    now = values_of(row, ("heading", "body"))
    about = {"kind": row.kind, "language": row.language}
    raise_if_unseen(seen, now=now, wanted=wanted, verbs=["letter_template_saved"], about=about)


def preview(*, actor: User, kind: LetterKind, language: str, heading: str, body: str, reference: str = "") -> Text:
    """How the text reads: on an invented case, or on the data of a real one for whoever may read that.

    An administrator as such reads no cases: that is a role of its own.
    """
    raise_if_not(actor, Role.ADMINISTRATOR)
    heading, body = _checked(kind, language, heading, body)
    case = _case(actor, reference.strip()) if reference.strip() else None
    with translation.override(language):
        values = invented()
        if case:
            values = {name: _or_else(value, values[name]) for name, value in values_in(case, language, Said()).items()}
        return Text(heading=placeholders.fill(heading, values), body=placeholders.fill(body, values))


def _case(actor: User, reference: str) -> Case:
    if not has_role(actor, *READS_CASES) or not has_right(actor, Right.READ_CONTENTS):
        raise NotAllowed(_("Reading a case takes a role that you don't have. Look at it with invented data."))
    case = Case.objects.select_related("connection").filter(reference=reference, purge_began_at=None).first()
    if case is None:
        raise InvalidInput(_("There is no request with this reference, or its contents were destroyed."), field="case")
    return case


def _or_else(value: Callable[[], str], example: Callable[[], str]) -> Callable[[], str]:
    """What the case can't give at its stage, such as the ground of a refusal, is shown invented."""

    def either() -> str:
        try:
            return value() or example()
        except (InvalidInput, NotReady, ValueError):
            return example()

    return either


def _checked(kind: LetterKind, language: str, heading: str, body: str) -> tuple[str, str]:
    if language not in LANGUAGES:
        raise InvalidInput(_("Choose one of the list."), field="language")
    heading, body = clean(heading).strip(), clean(body).strip()
    placeholders.check(kind, heading=heading, body=body)
    return heading, body


def _record(actor: User, verb: str, kind: LetterKind, language: str, before: Text) -> None:
    after = text_for(kind, language)
    audit.record(
        actor=actor,
        verb=verb,
        facts={"kind": kind.value, "language": language, "digest": after.digest, "before": before.digest},
    )
