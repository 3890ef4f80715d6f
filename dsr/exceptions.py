"""The errors of DSR Desk. Each text tells a person what to do next and holds no personal data.

DsrError
├── RuleBroken              a rule refuses what was asked; the text says which and what to do
│   ├── NotAllowed          the person lacks the role, or had a hand in the case already
│   │   └── NotGranted      the connection's grant doesn't name the action
│   ├── WrongState          the case has moved on (or was never there)
│   ├── StaleView           what the person saw is no longer what would be done
│   │   └── ChangedMeanwhile  somebody else wrote since; both versions are kept, to be shown side by side
│   ├── NotReady            something has to happen first
│   ├── AlreadyOpen         open requests have one of the identifiers; `references` says which
│   └── Held                a legal hold binds the data subject
├── InvalidInput            a value can't be taken; `field` says which
├── Unreadable              stored bytes can't be opened: wrong key, or damaged
│   └── KeyDestroyed        the data of this case was destroyed when its retention ended
├── LedgerUnfit             the ledger and the database don't fit together, as after a restore
├── BackupError             a backup can't be made or restored as asked
├── StorageFull             the disk is full; nothing half-written is kept
├── NothingThere            SegMetrics has nothing under what it was asked for
├── CallFailed              SegMetrics failed, or refused what was sent; `details` are its own words
├── NeedsPerson             a job can't go on by itself; `code` says why
└── TryLater                a job should run again; `delay` in seconds
    └── Postponed           it was kept from its work, and failed at nothing: this counts as no attempt
"""

from __future__ import annotations

import datetime as dt
import errno
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class DsrError(Exception):
    """The root of everything this product raises on purpose."""


class RuleBroken(DsrError):
    """A rule refuses what was asked."""


class NotAllowed(RuleBroken):
    """This person may not do this here."""


class NotGranted(NotAllowed):
    """The connection may not do this: its grant doesn't name it."""


class WrongState(RuleBroken):
    """The case is not in the state that this act starts from."""


class StaleView(RuleBroken):
    """The page that the person acted on shows something that has changed since."""


class ChangedMeanwhile(StaleView):
    """Somebody else wrote what this person was about to write over. Nothing of either stands in its text.

    `now` and `wanted` are both versions, by the names of the form's fields; `mark` is that of what stands now.
    """

    def __init__(
        self, *, by: str, at: dt.datetime | None, now: Mapping[str, str], wanted: Mapping[str, str], mark: str
    ) -> None:
        super().__init__("changed meanwhile")
        self.by, self.at, self.now, self.wanted, self.mark = by, at, now, wanted, mark


class NotReady(RuleBroken):
    """Something else has to be done before this."""


class AlreadyOpen(RuleBroken):
    """Open requests have one of the identifiers, and whoever files hasn't been told of all of them."""

    def __init__(self, message: str, *, references: tuple[str, ...]) -> None:
        super().__init__(message)
        self.references = references


class Held(RuleBroken):
    """A legal hold binds the data subject: nothing of theirs is erased or destroyed."""


class InvalidInput(DsrError):
    """A value can't be taken. `field` names it, so that a form can show the text beside it."""

    def __init__(self, message: str | _StrPromise, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class Unreadable(DsrError):
    """Stored bytes can't be opened with the keys at hand."""


class KeyDestroyed(Unreadable):
    """The case's data key is gone, and with it the data."""


class LedgerUnfit(DsrError):
    """The ledger is missing, was changed, or knows more than the database. Nothing irreversible is done meanwhile."""


class BackupError(DsrError):
    """A backup can't be made or restored as asked; nothing that counts was written."""


NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""The numbers of an `OSError` that mean `StorageFull`."""


class StorageFull(DsrError):
    """The disk refused the bytes. What was half written has been removed."""


class NothingThere(DsrError):
    """SegMetrics answers “not found”."""


class CallFailed(DsrError):
    """A call that a person waits for came to nothing. `code` is one of `attention.Attention`.

    `details` are SegMetrics' own words, which may quote what was sent: to be shown to who sent it, never to be logged.
    """

    def __init__(self, code: str, message: str, *, details: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.details = details


class NeedsPerson(DsrError):
    """A job can't decide this alone. `code` is one of `attention.Attention`; `facts` hold ids only."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


class TryLater(DsrError):
    """A passing fault: run the job again after `delay` seconds. `code` is what a person is told at the end."""

    def __init__(self, code: str, *, delay: float | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.delay = delay


class Postponed(TryLater):
    """Not now: SegMetrics asked for patience, or the connection is stopped. It counts as no attempt."""


class NextSlice(DsrError):
    """The slice is over. The job goes on at once, or after `delay` seconds, without this counting as a failure."""

    def __init__(self, *, delay: float = 0, looked_again: bool = False) -> None:
        super().__init__("slice over")
        self.delay = delay
        self.looked_again = looked_again
