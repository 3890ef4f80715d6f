"""What is read: from SegMetrics as far as the person and the connection may, and where requests stand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from dsr.actions import Action
from dsr.agents.inputs import GetCase, ListCases
from dsr.connectors import looking
from dsr.connectors.execution_log import Purpose
from dsr.exceptions import InvalidInput, WrongState
from dsr.models import Case, Connection, User
from dsr.permissions import READS_CASES, raise_if_not
from dsr.selectors.cases import is_open
from dsr.services import disclosure


def from_segmetrics(action: Action) -> Callable[[User, Any], dict[str, Any]]:
    """The tool of one of the six reads. What it shows is counted before it is given out."""

    def read(user: User, asked: Any) -> dict[str, Any]:
        disclosure.raise_if_may_not_look(actor=user, action=action)
        connection = connection_named(asked.connection)
        answer = looking.look(connection, Purpose(on_behalf_of=user), action, asked)
        shown = looking.contact_ids_in(answer)
        disclosure.looked(actor=user, action=action, connection=connection, contact_ids=shown)
        return answer

    return read


def list_cases(user: User, asked: ListCases) -> dict[str, Any]:
    """Reference, kind, state and due date, the next due first. No personal data."""
    raise_if_not(user, *READS_CASES)
    cases = Case.objects.filter(is_open()) if asked.only_open else Case.objects.all()
    if asked.state:
        cases = cases.filter(state=asked.state)
    return {
        "total": cases.count(),
        "cases": [_facts(case) for case in cases.order_by("due_on", "pk")[: asked.limit]],
    }


def get_case(user: User, asked: GetCase) -> dict[str, Any]:
    """The same of one."""
    raise_if_not(user, *READS_CASES)
    case = Case.objects.filter(reference=asked.reference).first()
    if case is None:
        raise WrongState(_("There is no request with this reference."))
    return _facts(case)


def connection_named(name: str) -> Connection:
    """The one of that name, or the only one in use. Raises `InvalidInput`, which says the names."""
    active = Connection.objects.filter(is_active=True)
    found = list((active.filter(name=name) if name else active)[:2])
    if len(found) != 1:
        names = ", ".join(active.values_list("name", flat=True)[:20])
        raise InvalidInput(_("Name a connection that is in use: %(names)s") % {"names": names}, field="connection")
    return found[0]


def _facts(case: Case) -> dict[str, Any]:
    return {
        "reference": case.reference,
        "kind": case.kind,
        "state": case.state,
        "due_on": case.due_on.isoformat(),
    }
