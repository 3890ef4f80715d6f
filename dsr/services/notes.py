"""Notes and attachments of a case: what colleagues tell each other, and what belongs to it.

A note is an entry of the case's audit trail with its words as the reason: sealed under the case's key, never changed,
and gone with the contents. Neither is a hand in the case: whoever comments may still approve.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from dsr import audit, storage
from dsr.exceptions import InvalidInput, WrongState
from dsr.models import Case, Document, DocumentKind, NotificationKind, User
from dsr.permissions import READS_CASES, Role, has_role, raise_if_not
from dsr.services import notifying, reasons
from dsr.services.documents import add_upload
from dsr.services.transition import locked
from dsr.uploads import Letter

NOTED = "note_added"
"""The verb of a note's entry."""
_LONGEST = 10_000
_MOST_ATTACHMENTS = 50


def add(*, case: Case, actor: User, text: str, mentioned: Iterable[User] = ()) -> None:
    """Add a note, and tell those who are mentioned that there is one. Raises `InvalidInput` or `WrongState`."""
    raise_if_not(actor, Role.PRIVACY_OFFICER, Role.APPROVER)
    text = reasons.checked(text, _("Write the note first."), field="text", longest=_LONGEST)
    people = list(mentioned)
    if not all(has_role(person, *READS_CASES) for person in people):
        raise InvalidInput(_("Choose people who may see this case."), field="mentioned")
    with transaction.atomic():
        fresh = locked(case.pk)
        notifying.tell(fresh, NotificationKind.MENTIONED, people, actor=actor)
        audit.record(
            actor=actor,
            verb=NOTED,
            case=fresh,
            facts={"mentioned": [person.staff_reference for person in people]},
            reason=text,
        )


def attach(*, case: Case, actor: User, attachment: Letter) -> Document:
    """Keep a file with the case, encrypted, until the case's contents end."""
    raise_if_not(actor, Role.PRIVACY_OFFICER, Role.APPROVER)
    made: list[str] = []
    with storage.discarded_on_error(made), transaction.atomic():
        fresh = locked(case.pk)
        if fresh.documents.filter(kind=DocumentKind.ATTACHMENT).count() >= _MOST_ATTACHMENTS:
            raise WrongState(_("This case has many attachments already. Put several into one PDF."))
        stored = storage.write(fresh, attachment.content)
        made.append(stored.path)
        document = add_upload(fresh, DocumentKind.ATTACHMENT, attachment, stored, actor=actor)
        audit.record(
            actor=actor,
            verb="attachment_added",
            case=fresh,
            facts={"document": document.pk, "sha256": stored.sha256, "size": stored.size},
        )
    return document
