"""The record of processing behind a connection, and whoever else was given its data: written by an administrator."""

from __future__ import annotations

from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from dsr import audit
from dsr.evidence.text import clean
from dsr.exceptions import InvalidInput
from dsr.exports.tags import read_meanings
from dsr.languages import LANGUAGES
from dsr.models import Case, Connection, ProcessingRecord, Recipient, User
from dsr.permissions import Role, raise_if_not
from dsr.selectors.processing import FIELDS, digest_of
from dsr.services import packaging
from dsr.services.seen import raise_if_unseen, values_of
from dsr.states import State

_LONGEST = 6_000
RECIPIENT = ("name", "what", "email", "address", "language", "is_active")
"""The fields of a recipient that are written by hand."""


def standing(row: ProcessingRecord | Recipient | None) -> dict[str, str]:
    """What is stored, for the mark of a form; nothing where it is new."""
    if row is None or row.pk is None:
        return {}
    return values_of(row, FIELDS if isinstance(row, ProcessingRecord) else RECIPIENT)


def save_record(
    *, connection: Connection, actor: User, language: str, told: Mapping[str, str], seen: str | None = None
) -> ProcessingRecord:
    """Save what is told in one language. It may have gaps: whatever needs it says which. Raises `InvalidInput`.

    `told` holds texts by the names of `ProcessingRecord`'s fields; what it leaves out stays as it was.
    `seen` is the mark of the form (`services.seen`).
    """
    raise_if_not(actor, Role.ADMINISTRATOR)
    _raise_if_no_language(language)
    texts = {name: _checked(name, told[name]) for name in FIELDS if name in told}
    _raise_if_no_tags(texts.get("tag_meanings", ""))
    with transaction.atomic():
        record, is_new = ProcessingRecord.objects.select_for_update().get_or_create(
            connection=connection,
            language=language,
            defaults={**texts, "updated_at": timezone.now(), "updated_by": actor},
        )
        if not is_new:
            now = standing(record)
            about = {"connection": connection.pk, "language": language}
            raise_if_unseen(seen, now=now, wanted=now | texts, verbs=["record_saved"], about=about)
            for name, text in texts.items():
                setattr(record, name, text)
            record.updated_at, record.updated_by = timezone.now(), actor
            record.save()
        for case in Case.objects.filter(connection=connection, language=language, state=State.READY):
            packaging.renew(case)
        audit.record(
            actor=actor,
            verb="record_saved",
            facts={"connection": connection.pk, "language": language, "digest": digest_of(record)},
        )
    return record


def save_recipient(*, recipient: Recipient, actor: User, seen: str | None = None) -> Recipient:
    """Save an organisation that was given this connection's data (Art. 19). Raises `InvalidInput` with the field.

    `seen` is the mark of the form (`services.seen`).
    """
    raise_if_not(actor, Role.ADMINISTRATOR)
    _raise_if_no_language(recipient.language)
    recipient.name = clean(recipient.name).strip()
    if not recipient.name:
        raise InvalidInput(_("Enter the name of the organisation."), field="name")
    if recipient.email:
        try:
            validate_email(recipient.email)
        except ValidationError:
            raise InvalidInput(_("Enter an e-mail address, or none."), field="email") from None
    if not recipient.email and not recipient.address.strip():
        raise InvalidInput(
            _("Enter an e-mail address or a postal address: it has to be told somewhere."), field="email"
        )
    if len(recipient.address) > _LONGEST:
        raise InvalidInput(_("This text is too long."), field="address")
    same = recipient.connection.recipients.filter(name=recipient.name).exclude(pk=recipient.pk)
    with transaction.atomic():
        if same.exists():
            raise InvalidInput(_("This recipient stands in the list already."), field="name")
        is_new = recipient.pk is None
        if not is_new:
            stored = Recipient.objects.select_for_update().get(pk=recipient.pk)
            verbs = ["recipient_added", "recipient_changed"]
            now, wanted = standing(stored), standing(recipient)
            raise_if_unseen(seen, now=now, wanted=wanted, verbs=verbs, about={"recipient": recipient.pk})
        recipient.save()
        audit.record(
            actor=actor,
            verb="recipient_added" if is_new else "recipient_changed",
            facts={
                "connection": recipient.connection_id,
                "recipient": recipient.pk,
                "is_active": recipient.is_active,
            },
        )
    return recipient


def _checked(name: str, text: str) -> str:
    text = clean(text).strip()
    if len(text) > _LONGEST:
        raise InvalidInput(_("This text is too long."), field=name)
    return text


def _raise_if_no_language(language: str) -> None:
    if language not in LANGUAGES:
        raise InvalidInput(_("Choose one of the languages."), field="language")


def _raise_if_no_tags(text: str) -> None:
    try:
        read_meanings(text)
    except ValueError as error:
        raise InvalidInput(
            _("Line %(number)s isn't a tag with its meaning, or the tag stands twice. Write: VIP = has bought twice.")
            % {"number": error.args[0]},
            field="tag_meanings",
        ) from None
