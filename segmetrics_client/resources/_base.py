"""What all resources do: make a request of an action, and check what comes back."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from ..addresses import plain_id
from ..answers import Reply
from ..errors import ActionNotAllowed, MissingIntegration, NotFound
from ..models import Contact, Deleted
from ..session import Request, Session

M = TypeVar("M", bound=BaseModel)


class Resource:
    """Made by a session, never by hand."""

    def __init__(self, session: Session, integration_id: str | None) -> None:
        self._session = session
        self._integration_id = integration_id

    def _read(
        self,
        action: str,
        *segments: str,
        params: Mapping[str, str] | None = None,
        missing: type[NotFound] = NotFound,
    ) -> Reply:
        url = self._session.addresses.read(*segments)
        return self._session.send(Request(action=action, method="GET", url=url, params=params, missing=missing))

    def _write(
        self,
        action: str,
        method: str,
        *segments: str,
        body: Mapping[str, Any] | None = None,
        repeatable: bool = True,
        missing: type[NotFound] = NotFound,
    ) -> Reply:
        if self._session.read_only:
            raise ActionNotAllowed(f"“{action}” changes data, and this session may only read.", action=action)
        if self._integration_id is None:
            raise MissingIntegration(f"“{action}” needs to know in which integration. Name one.", action=action)
        return self._session.send(
            Request(
                action=action,
                method=method,
                url=self._session.addresses.write(self._integration_id, *segments),
                body=body,
                integration_id=self._integration_id,
                repeatable=repeatable,
                missing=missing,
            )
        )

    def _change(self, action: str, *segments: str, body: Mapping[str, Any], repeatable: bool = True) -> None:
        """POST something, and believe it only where the answer says success."""
        reply = self._write(action, "POST", *segments, body=body, repeatable=repeatable)
        if reply.body.get("status") != "success":
            raise reply.unexpected("no word of success")

    def _delete(self, kind: str, object_id: str, *, missing: type[NotFound] = NotFound) -> Deleted:
        """Delete by id, and believe it only where the answer confirms that very object.

        Safe to repeat. After a broken connection the repeated call may find nothing any more: then it raises
        ``missing`` with ``attempts`` above 1, and the caller looks whether the thing is gone.
        """
        action = f"delete {kind}"
        reply = self._write(action, "DELETE", kind, plain_id(object_id, action=action), missing=missing)
        body = reply.body
        if body.get("deleted") is not True or body.get("object") != kind or str(body.get("id")) != object_id:
            raise reply.unexpected("something else than the confirmation of this delete")
        return Deleted(id=object_id, object=kind)


def parse(reply: Reply, model: type[M], data: Any) -> M:
    """Read part of an answer as a model. Raises UnexpectedAnswer where it has another shape."""
    try:
        if issubclass(model, Contact) and isinstance(data, dict):
            return model.read(data)
        return model.model_validate(data)
    except ValidationError:
        pass
    # Outside of the handler: pydantic quotes the values that it refused.
    raise reply.unexpected("JSON of another shape")
