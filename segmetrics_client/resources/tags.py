"""Tags: put on and taken off one by one, never as a whole list."""

from collections.abc import Sequence

from ..errors import BadRequest, UsageError
from ..updates import TagRef
from ._base import Resource


class Tags(Resource):
    """``segmetrics.tags``. A tag is given by its name, its id (a number) or both (TagRef)."""

    def add(self, contact_id: str, tags: Sequence[str | int | TagRef]) -> None:
        """Put tags on a contact. Those that it has already stay as they are."""
        self._send("add contact tags", "add", contact_id, tags)

    def remove(self, contact_id: str, tags: Sequence[str | int | TagRef]) -> None:
        """Take tags off a contact. Those that it doesn't have change nothing."""
        self._send("remove contact tags", "remove", contact_id, tags)

    def probe(self) -> None:
        """Ask to take no tag off nobody: a write that can change nothing, to learn whether writes are let in.

        ASSUMED: the service looks at who asks before it looks at what is asked, so that an incomplete call is answered
        with 400 to whoever may write, and with 401 or 403 (Unauthorized) to whoever mayn't.
        """
        try:
            self._write("check writing", "POST", "tags", "remove", body={})
        except BadRequest:
            return

    def _send(self, action: str, verb: str, contact_id: str, tags: Sequence[str | int | TagRef]) -> None:
        if isinstance(tags, str) or not tags:
            raise UsageError("Give the tags as a list with at least one in it.", action=action)
        if not contact_id:
            raise UsageError("Say whose tags: the contact id is empty.", action=action)
        sent = [tag.body() if isinstance(tag, TagRef) else tag for tag in tags]
        self._change(action, "tags", verb, body={"contact_id": contact_id, "tags": sent})
