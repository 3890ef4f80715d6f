"""What an officer leaves out of an access package: another person's data, with a reason each (Art. 15(4))."""

from collections.abc import Sequence
from dataclasses import dataclass

from dsr.exports.answer import Answer

EVERY = "*"


@dataclass(frozen=True, kw_only=True, slots=True)
class Redaction:
    """One thing to leave out of what is handed over; the encrypted export keeps it.

    `contact_id` is the answer it is about, empty for all. `path` names keys under `data`, with `*` for each entry of a
    list: `custom_fields/agent`, `events/*/meta`; empty for everywhere. `text` is what is taken out there wherever it
    stands within a value; empty takes out the whole value. One of `path` and `text` is given. `reason` is told.
    """

    contact_id: str = ""
    path: str = ""
    text: str = ""
    reason: str


def redacted(answer: Answer, redactions: Sequence[Redaction]) -> Answer:
    """The answer as it is handed over."""
    if redactions:
        raise NotImplementedError
    return answer
