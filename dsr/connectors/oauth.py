"""SegMetrics' authorization server, as the settings name it. ASSUMED: the vendor documents an API key alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from django.conf import settings
from django.utils.translation import gettext as _

from dsr.connectors import addresses
from dsr.connectors.execution_log import Purpose, writer
from dsr.exceptions import NotReady
from dsr.models import Connection
from segmetrics_client import Call, SegMetricsError, SignIn, Token, TransportFailed, Unauthorized


def is_set() -> bool:
    """Whether this installation knows how to sign in by OAuth."""
    return settings.ENV.oauth is not None


def sign_in(on_call: Callable[[Call], None] | None = None) -> SignIn:
    """The server. Raises `NotReady` where no setting names it, `InvalidInput` for an address that mustn't be called."""
    known = settings.ENV.oauth
    if known is None:
        raise NotReady(
            _("Signing in by OAuth isn't set up here. Your administrator sets DSR_OAUTH_TOKEN_URL and the rest.")
        )
    for url in (known.authorize_url, known.token_url, known.revoke_url):
        if url:
            addresses.raise_if_malformed(url)
    return SignIn(
        authorize_url=known.authorize_url,
        token_url=known.token_url,
        revoke_url=known.revoke_url,
        client_id=known.client_id,
        client_secret=known.client_secret,
        scope=known.scope,
        # What the names lead to is looked at when a connection is opened, and only that is connected to.
        allow_address=addresses.may_be_called,
        on_call=on_call,
    )


def for_connection(connection: Connection, purpose: Purpose) -> SignIn:
    """The same; its calls stand in the execution log of this connection."""
    return sign_in(writer(connection, purpose))


def moment(expires_at: float | None) -> dt.datetime | None:
    """When an access token ends, for its row."""
    return None if expires_at is None else dt.datetime.fromtimestamp(expires_at, tz=dt.UTC)


def finish(server: SignIn, *, code: str, verifier: str, redirect_uri: str) -> Token:
    """The token for a code. Raises `NotReady` with a sentence; no code and no token stands in it."""
    try:
        return server.finish(code=code, verifier=verifier, redirect_uri=redirect_uri)
    except Unauthorized:
        told = _(
            "SegMetrics doesn't take the sign-in. Begin again; if it comes back, check the client id and its secret."
        )
    except TransportFailed:
        told = _("SegMetrics couldn't be reached to finish the sign-in. Begin again in a few minutes.")
    except SegMetricsError:
        told = _(
            "SegMetrics answered the sign-in with something that can't be used. Begin again, or ask their support."
        )
    raise NotReady(told)


def ended_there(server: SignIn, *, access: str, refresh: str) -> bool:
    """Tell SegMetrics that a sign-in is over. False where it didn't take that."""
    try:
        return server.revoke(Token(access_token=access, refresh_token=refresh))
    except SegMetricsError:
        return False
