"""File a request."""

from __future__ import annotations

import datetime as dt
import re
import secrets
from collections.abc import Callable, Collection, Sequence
from functools import partial

from django.conf import settings
from django.db import connection as database
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dsr import audit, crypto, masterkey, queue, storage
from dsr.connectors.segmetrics import can_be_looked_up
from dsr.days import controller_today
from dsr.deadline import Deadline, due_date, public_holidays
from dsr.exceptions import AlreadyOpen, InvalidInput
from dsr.models import (
    Candidate,
    Case,
    CaseKey,
    Channel,
    Connection,
    DocumentKind,
    Identifier,
    IdentifierKind,
    JobKind,
    User,
    WebhookEvent,
)
from dsr.models.case import key_context
from dsr.permissions import Role, raise_if_not, record_actor
from dsr.selectors import duplicates
from dsr.selectors.holidays import own_days
from dsr.services import languages, noting, telling_programs
from dsr.services.documents import add_upload
from dsr.states import Kind
from dsr.turns import Turn, take
from dsr.uploads import Letter

NO_IDENTIFIER = gettext_lazy("Give at least one e-mail address or external id; without one nobody can be found.")
_LONGEST_NAME = 400
_LONGEST_ID = 200
_LONGEST_NOTE = 10_000
MOST_IDENTIFIERS = 20
_take_turn = partial(take, Turn.FILING)  # so that each filing sees the one before
# Wider than Django's rule: people have addresses with umlauts, and SegMetrics holds whatever a shop let in.
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+")
_LONGEST_EMAIL = 320
_OLDEST = dt.date(2018, 5, 25)
"""The day from which the Regulation applies (Art. 99(2))."""


def legal_deadline(received_on: dt.date, *, paused_days: int = 0, extended: bool = False) -> Deadline:
    """The due date by the public holidays of the controller's country and region, and by those that it added."""
    return due_date(
        received_on,
        free_days=public_holidays(settings.ENV.country, settings.ENV.region),
        own_days=own_days(),
        paused_days=paused_days,
        extended=extended,
    )


def file_request(
    *,
    actor: User,
    connection: Connection,
    kind: str,
    subject_name: str,
    emails: Sequence[str],
    external_ids: Sequence[str],
    received_on: dt.date,
    channel: str,
    note: str = "",
    letter: Letter | None = None,
    language: str = "",
    assigned_to: User | None = None,
    although_open: Collection[str] | None = None,
    along: Callable[[Case], None] | None = None,
) -> Case:
    """File a request and put its search on the queue. Raises `InvalidInput` with the field that is wrong.

    `although_open` are the references of open requests with one of these identifiers that the filer was told of; where
    there is another one it raises `AlreadyOpen`. With None it isn't asked. `language` is that of its documents; without
    one the installation's own. What `along` writes belongs to the same transaction: where it raises, nothing is filed.
    """
    raise_if_not(actor, Role.PRIVACY_OFFICER)
    problems = problems_of(
        kind=kind,
        subject_name=subject_name,
        emails=emails,
        external_ids=external_ids,
        received_on=received_on,
        channel=channel,
        language=language,
        note=note,
    )
    if problems:
        raise problems[0]
    if not connection.is_active:
        raise InvalidInput(_("This connection is not in use. Choose another."), field="connection")
    name = _checked_name(subject_name)
    identifiers = checked_identifiers(emails, external_ids)
    language = language or settings.ENV.document_language
    now = timezone.now()
    stored: storage.Stored | None = None
    made: list[str] = []
    with storage.discarded_on_error(made), transaction.atomic():
        _take_turn()
        if although_open is not None:
            _raise_if_open(identifiers, connection, told_of=although_open)
        _hold_holidays()
        deadline = legal_deadline(received_on)
        case = Case.objects.create(
            reference=f"new-{secrets.token_hex(7)}",
            kind=kind,
            connection=connection,
            received_on=received_on,
            channel=channel,
            language=language,
            due_on=deadline.due_on,
            due_moved_by=deadline.moved_by,
            subject_name_sealed=b"",
            assigned_to=assigned_to,
            filed_by=actor,
            filed_at=now,
        )
        case.reference = f"DSR-{controller_today().year}-{case.pk:06d}"
        _create_key(case)
        case.subject_name_sealed = case.seal(name, field="subject_name")
        case.note_sealed = case.seal(note.strip(), field="note")
        case.save(update_fields=["reference", "subject_name_sealed", "note_sealed"])
        for identifier_kind, value in identifiers:
            add_identifier(case=case, kind=identifier_kind, value=value)
        if letter:
            stored = storage.write(case, letter.content)
            made.append(stored.path)
            add_upload(case, DocumentKind.LETTER, letter, stored, actor=actor)
        record_actor(case=case, user=actor, act="filed")
        queue.add(case=case, kind=JobKind.SEARCH, asked_by=actor)
        telling_programs.tell(case, WebhookEvent.FILED)
        if along:
            along(case)
        audit.record(
            actor=actor,
            verb="filed",
            case=case,
            facts={
                "kind": kind,
                "channel": channel,
                "language": language,
                "received_on": received_on.isoformat(),
                "due_on": deadline.due_on.isoformat(),
                "identifiers": len(identifiers),
                "letter": stored.sha256 if stored else "",
                "assigned_to": assigned_to.staff_reference if assigned_to else "",
            },
        )
    noting.filed(case)
    return case


def _raise_if_open(identifiers: Sequence[tuple[str, str]], connection: Connection, *, told_of: Collection[str]) -> None:
    found = duplicates.open_with([hash_of(*row) for row in identifiers], connection=connection)
    references = tuple(sorted({case.reference for cases in found.values() for case in cases}))
    if not set(references) <= set(told_of):
        raise AlreadyOpen(_("Open requests have one of these identifiers. Look at them first."), references=references)


def _hold_holidays() -> None:
    """Let nobody change the holidays until this case is there to be counted anew. SQLite has one writer anyway."""
    if database.vendor == "postgresql":
        with database.cursor() as cursor:
            cursor.execute("LOCK TABLE dsr_holiday IN SHARE MODE")


def problems_of(
    *,
    kind: str,
    subject_name: str,
    emails: Sequence[str],
    external_ids: Sequence[str],
    received_on: dt.date,
    channel: str,
    language: str,
    note: str,
) -> list[InvalidInput]:
    """Everything that keeps such a request from being filed, each with its field; none where it can be."""
    checks: tuple[Callable[[], object], ...] = (
        lambda: _checked_name(subject_name),
        lambda: checked_identifiers(emails, external_ids),
        lambda: _raise_if_not_choice(kind, Kind.values, "kind"),
        lambda: _raise_if_not_choice(channel, Channel.values, "channel"),
        lambda: raise_if_day_impossible(received_on),
        lambda: languages.raise_if_unknown(language or settings.ENV.document_language),
        lambda: _raise_if_too_long(note),
    )
    problems = []
    for check in checks:
        try:
            check()
        except InvalidInput as problem:
            problems.append(problem)
    return problems


def hash_of(kind: str, value: str) -> str:
    """The keyed hash by which an identifier is found again."""
    return crypto.keyed_hash(settings.ENV.search_key, value, purpose=kind, fold_case=kind == IdentifierKind.EMAIL)


def _hash_of_spelling(value: str) -> str:
    """Of each spelling another, and none that a search asks for: it finds the identifier by its first spelling."""
    return crypto.keyed_hash(settings.ENV.search_key, value.encode().hex(), purpose="spelling")


def add_identifier(*, case: Case, kind: str, value: str, learnt_from: Candidate | None = None) -> Identifier:
    """Seal an identifier under the case's key, with its search hash; one that the request gave stays as it is.

    What a contact bears in another spelling than is known stands beside it: SegMetrics may tell them apart.
    """
    identifier = _stored(case, kind, value, hash_of(kind, value), learnt_from)
    if identifier.value != value and learnt_from:
        return _stored(case, kind, value, _hash_of_spelling(value), learnt_from)
    return identifier


def _stored(case: Case, kind: str, value: str, keyed_hash: str, learnt_from: Candidate | None) -> Identifier:
    sealed = case.seal(value, field="identifier")
    identifier, _created = Identifier.objects.get_or_create(
        case=case,
        kind=kind,
        keyed_hash=keyed_hash,
        defaults={"value_sealed": sealed, "learnt_from": learnt_from},
    )
    owner = identifier.learnt_from
    if owner and learnt_from is None:
        # Now it is given, and stands as the request spells it; a contact's own spelling is learnt again.
        identifier.learnt_from, identifier.value_sealed = None, sealed
        identifier.save(update_fields=["learnt_from", "value_sealed"])
    elif owner and not owner.is_same_person:
        # The contact that it was learnt from first was ruled out since, and this one is the person.
        identifier.learnt_from = learnt_from
        identifier.save(update_fields=["learnt_from"])
    return identifier


def _create_key(case: Case) -> None:
    CaseKey.objects.create(case=case, wrapped=masterkey.wrap(crypto.new_key(), context=key_context(case)))


def _checked_name(subject_name: str) -> str:
    name = " ".join(subject_name.split())
    if not name:
        raise InvalidInput(_("Enter the name of the data subject."), field="subject_name")
    if len(name) > _LONGEST_NAME:
        raise InvalidInput(
            _("This name is longer than %(limit)d characters.") % {"limit": _LONGEST_NAME},
            field="subject_name",
        )
    if "\x00" in name:
        raise InvalidInput(_("This name holds a character that can't be stored."), field="subject_name")
    return name


def checked_identifiers(emails: Sequence[str], external_ids: Sequence[str]) -> list[tuple[str, str]]:
    """Kind and value of each, once. Raises `InvalidInput`."""
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for raw in emails:
        email = raw.strip()
        if not email:
            continue
        if not _EMAIL.fullmatch(email) or len(email) > _LONGEST_EMAIL or not email.isprintable():
            raise InvalidInput(_("One of these is not an e-mail address. Put one on each line."), field="emails")
        found.setdefault((IdentifierKind.EMAIL, crypto.normalise(email)), (IdentifierKind.EMAIL, email))
    for raw in external_ids:
        value = raw.strip()
        if not value:
            continue
        if "@" in value:
            raise InvalidInput(
                _("An external id is a number or code, not an e-mail address. Put addresses in the e-mail field."),
                field="external_ids",
            )
        if len(value) > _LONGEST_ID or not value.isprintable() or not can_be_looked_up(value):
            raise InvalidInput(_("One of these can't be an id. Put one on each line."), field="external_ids")
        found.setdefault(
            (IdentifierKind.EXTERNAL_ID, crypto.normalise(value, fold_case=False)),
            (IdentifierKind.EXTERNAL_ID, value),
        )
    if not found:
        raise InvalidInput(str(NO_IDENTIFIER), field="emails")
    if len(found) > MOST_IDENTIFIERS:
        raise InvalidInput(
            _("These are more than %(limit)d identifiers. File a second request for the rest.")
            % {"limit": MOST_IDENTIFIERS},
            field="emails",
        )
    return list(found.values())


def _raise_if_too_long(note: str) -> None:
    if len(note) > _LONGEST_NOTE:
        raise InvalidInput(_("This note is too long."), field="note")


def _raise_if_not_choice(value: str, choices: Sequence[str], field: str) -> None:
    if value not in choices:
        raise InvalidInput(_("Choose one of the list."), field=field)


def raise_if_day_impossible(received_on: dt.date) -> None:
    """A request arrived today or before, and since the Regulation applies. Raises `InvalidInput`."""
    if received_on > controller_today():
        raise InvalidInput(
            _("This day lies in the future. Enter the day on which the request arrived."), field="received_on"
        )
    if received_on < _OLDEST:
        raise InvalidInput(
            _("This day lies before 25 May 2018, from when the Regulation applies. Check the year."),
            field="received_on",
        )
