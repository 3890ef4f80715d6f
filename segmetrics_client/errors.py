"""Everything that can go wrong, as one tree.

::

    SegMetricsError
    ├── TransportFailed          no answer came; whether a write took effect is unknown
    │   ├── Timeout
    │   └── ConnectionDropped
    ├── AnswerError              an answer came, and it isn't the one asked for
    │   ├── BadRequest           400, and every other 4xx without a name of its own
    │   ├── Unauthorized         401, 403
    │   ├── NotFound             404
    │   │   └── ContactNotFound
    │   ├── RateLimited          429
    │   ├── ServerError          5xx
    │   └── UnexpectedAnswer     not JSON, another shape, a redirect, a delete that isn't confirmed
    │       └── AnswerTooLarge
    └── UsageError               refused here, before any call
        ├── UnsafeDelete
        ├── RekeyRefused
        ├── MissingIntegration
        ├── ActionNotAllowed
        ├── InvalidSetting
        └── InvalidIdentifier

No text of an error holds an address, a body, an identifier or anything personal: it may be shown and logged.
"""

from typing import ClassVar


class SegMetricsError(Exception):
    """The root. ``str()`` is a sentence or two for a person, and says what to do next."""

    #: Whether the same call, made again later and unchanged, may well succeed.
    retryable: ClassVar[bool] = False

    def __init__(
        self,
        message: str,
        *,
        action: str = "",
        status: int | None = None,
        request_id: str | None = None,
        attempts: int = 0,
    ) -> None:
        super().__init__(message)
        #: What was being done, such as ``"delete contact"``.
        self.action = action
        #: The HTTP status, where there was one.
        self.status = status
        #: The vendor's id of the call, to quote in a support request, where there was one.
        self.request_id = request_id
        #: How many times the call was made before giving up; 0 where none was made.
        self.attempts = attempts


class TransportFailed(SegMetricsError):
    """No answer came. ``sent`` is False where the request can't have reached the service."""

    retryable = True

    def __init__(self, message: str, *, action: str = "", sent: bool = True) -> None:
        super().__init__(message, action=action)
        self.sent = sent


class Timeout(TransportFailed):
    """The service took too long."""


class ConnectionDropped(TransportFailed):
    """The connection couldn't be made, or broke before the answer was complete."""


class AnswerError(SegMetricsError):
    """The service answered, but not with what was asked for."""


class BadRequest(AnswerError):
    """The service refused the request as it stands (400 or another 4xx).

    ``details`` are the service's own words. They may quote what was sent, so they may hold personal
    data: show them to the person who made the request, and never log them.
    """

    details: tuple[str, ...] = ()


class Unauthorized(AnswerError):
    """The key or token isn't accepted for this account (401 or 403)."""


class NotFound(AnswerError):
    """Nothing stands under that id (404). A wrong account answers so to everything: ``SegMetrics.check``."""


class ContactNotFound(NotFound):
    """No contact answers to that id or address."""


class RateLimited(AnswerError):
    """Too many calls (429). ``retry_after`` is what the service asked for, in seconds, uncapped."""

    retryable = True
    retry_after: float | None = None


class ServerError(AnswerError):
    """The service failed or is overloaded (5xx)."""

    retryable = True


class UnexpectedAnswer(AnswerError):
    """An answer that can't be understood. After a write, look before believing that it did or didn't work."""


class AnswerTooLarge(UnexpectedAnswer):
    """An answer beyond the limit; what was read of it was left. ``max_answer_bytes``, ``max_download_bytes``."""


class UsageError(SegMetricsError):
    """Refused by this library; no call was made."""


class UnsafeDelete(UsageError):
    """Only a plain id deletes: an email would delete everyone in the integration who bears it."""


class RekeyRefused(UsageError):
    """The email already belongs to a contact with another id, which this upsert would give a new id."""


class MissingIntegration(UsageError):
    """A write needs an integration: pass ``integration_id=``, or use ``for_integration()``."""


class ActionNotAllowed(UsageError):
    """A write on a session that was opened with ``read_only=True``."""


class InvalidSetting(UsageError):
    """An account, integration, address or key that can't be used."""


class InvalidIdentifier(UsageError):
    """An identifier that can't stand in an address: empty, not text, or nothing but dots."""
