"""Filing a request, as the form does it: nothing about it is confirmed or decided."""

from __future__ import annotations

from typing import Any

from dsr import audit
from dsr.agents.inputs import FileRequest
from dsr.agents.reading import connection_named
from dsr.exceptions import AlreadyOpen
from dsr.models import Case, User
from dsr.permissions import Role, raise_if_not
from dsr.services import intake


def file_request(user: User, asked: FileRequest) -> dict[str, Any]:
    """File it for this person, who looks after it. Where open requests have one of the identifiers, they are said
    first, and it is filed only by whoever names them."""
    raise_if_not(user, Role.PRIVACY_OFFICER)
    connection = connection_named(asked.connection)

    def note(case: Case) -> None:
        audit.record(actor=user, verb="filed_by_agent", case=case)

    try:
        case = intake.file_request(
            actor=user,
            connection=connection,
            kind=asked.kind,
            subject_name=asked.subject_name,
            emails=asked.emails,
            external_ids=asked.external_ids,
            received_on=asked.received_on,
            channel=asked.channel,
            note=asked.note,
            language=asked.language or "",
            assigned_to=user,
            although_open=asked.although_open,
            along=note,
        )
    except AlreadyOpen as error:
        return {"filed": False, "already_open": list(error.references), "why": str(error)}
    return {"filed": True, "reference": case.reference, "due_on": case.due_on.isoformat()}
