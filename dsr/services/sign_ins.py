"""Sign a connection in to SegMetrics by OAuth 2.0: an authorisation code with PKCE (RFC 6749, RFC 7636)."""

from __future__ import annotations

import datetime as dt
import hmac
import secrets
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from dsr.connectors import oauth
from dsr.connectors.execution_log import Purpose
from dsr.exceptions import NotReady
from dsr.models import Connection, Credential, CredentialKind, User
from dsr.permissions import Role, raise_if_not
from dsr.services import credentials

PATH = "/sign-ins/answer/"
"""Where SegMetrics sends people back to; it is registered there under `DSR_BASE_URL`."""
_GOOD_FOR = dt.timedelta(minutes=10)


@dataclass(frozen=True)
class Pending:
    """A sign-in that was begun; it waits in the session of whoever began it, and is good once."""

    connection: int
    own: bool
    state: str
    verifier: str
    begun_at: float
    place: str = ""
    """Where the connection led when it was begun."""

    def kept(self) -> dict[str, Any]:
        return asdict(self)

    def is_answered_by(self, state: str) -> bool:
        """Whether an answer with this state belongs to it."""
        return hmac.compare_digest(state.encode(), self.state.encode())


def redirect_uri() -> str:
    """The address that is registered with SegMetrics."""
    return f"{settings.ENV.base_url}{PATH}"


def begin(*, connection: Connection, actor: User, own: bool = False, place: str | None = None) -> tuple[str, Pending]:
    """Where to go at SegMetrics, and what waits for the answer. Raises `NotReady` where OAuth isn't set up.

    `place` is where the connection led when the person was shown it.
    """
    _raise_if_may_not(connection, actor, own=own)
    credentials.raise_if_elsewhere(connection, place)
    pending = Pending(
        connection=connection.pk,
        own=own,
        state=secrets.token_urlsafe(32),
        verifier=secrets.token_urlsafe(64),
        begun_at=timezone.now().timestamp(),
        place=connection.place,
    )
    with oauth.sign_in() as server:
        address = server.address(redirect_uri=redirect_uri(), state=pending.state, verifier=pending.verifier)
    return address, pending


def finish(*, actor: User, pending: Pending | None, state: str, code: str, error: str) -> Credential:
    """Turn the answer into a credential, which is tried at the next call. Raises `NotReady` with what went wrong."""
    now = timezone.now().timestamp()
    if pending is None or not pending.is_answered_by(state):
        raise NotReady(_("This answer belongs to no sign-in of yours that was begun here. Begin again."))
    if not 0 <= now - pending.begun_at < _GOOD_FOR.total_seconds():
        raise NotReady(_("The sign-in took longer than ten minutes. Begin again."))
    if error == "access_denied":
        raise NotReady(_("The sign-in was refused at SegMetrics. Nothing was changed here."))
    if error or not code:
        raise NotReady(
            _("SegMetrics sent no sign-in back. Nothing was changed here; begin again, or ask their support.")
        )
    connection = Connection.objects.get(pk=pending.connection)
    _raise_if_may_not(connection, actor, own=pending.own)
    credentials.raise_if_elsewhere(connection, pending.place)
    with oauth.for_connection(connection, Purpose(on_behalf_of=actor)) as server:
        token = oauth.finish(server, code=code, verifier=pending.verifier, redirect_uri=redirect_uri())

    def seal(row: Credential) -> None:
        row.seal_tokens(access=token.access_token, refresh=token.refresh_token)
        row.expires_at = oauth.moment(token.expires_at)

    return credentials.give(connection, actor, CredentialKind.OAUTH, seal, own=pending.own, place=pending.place)


def _raise_if_may_not(connection: Connection, actor: User, *, own: bool) -> None:
    if own:
        credentials.raise_if_takes_no_own(connection, actor)
    else:
        raise_if_not(actor, Role.ADMINISTRATOR)
