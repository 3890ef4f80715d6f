"""An authorisation server beside the API: codes with PKCE, rotating refresh tokens, revocation.

RFC 6749, RFC 7636 (S256 alone) and RFC 7009. A code or a refresh token that comes a second time ends the whole grant,
as RFC 6819 and RFC 9700 advise: whoever spends one twice, one of the two isn't who was asked.
"""

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping
from html import escape
from urllib.parse import urlencode, urlsplit

from .http import Response, Wrong
from .store import Store

CLIENT_ID = "sandbox-desk"
CLIENT_SECRET = "sandbox-client-secret"  # noqa: S105 - opens nothing but a sandbox
_CODE_SECONDS = 60.0
_ASKED = ("response_type", "client_id", "redirect_uri", "state", "code_challenge", "code_challenge_method", "scope")
_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>SegMetrics sandbox: sign in</title>
<link rel="icon" href="data:,">
<h1>SegMetrics sandbox</h1><p>{who} asks to read and change this account in your name.</p>
<form method="post" action="/oauth/authorize">{fields}
<button name="decision" value="allow">Allow</button> <button name="decision" value="refuse">Refuse</button></form>"""

Fields = Mapping[str, str]


def answer(store: Store, method: str, verb: str, fields: Fields, *, expires_in: float) -> Response:
    """One call. Raises Wrong with the error's code (RFC 6749, section 5.2)."""
    match method, verb:
        case "GET", "authorize":
            return _ask(fields)
        case "POST", "authorize":
            return _decided(store, fields)
        case "POST", "token":
            _raise_if_other_client(fields)
            return _token(store, fields, expires_in)
        case "POST", "revoke":
            _raise_if_other_client(fields)
            _revoke(store, fields.get("token", ""))
            return Response(200, {})
    raise Wrong(404, "not_found")


def opens(store: Store, token: str) -> bool:
    """Whether an access token is good right now."""
    row = store.row(
        "SELECT expires FROM oauth_tokens JOIN oauth_grants USING (grant_id)"
        " WHERE token = ? AND kind = 'access' AND revoked = 0",
        token,
    )
    return row is not None and row["expires"] > time.time()


def end_all(store: Store) -> None:
    """As if the person had taken every consent back at SegMetrics."""
    store.execute("UPDATE oauth_grants SET revoked = 1")


def _ask(fields: Fields) -> Response:
    _raise_if_unfit(fields)
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(fields[name])}">' for name in _ASKED if name in fields
    )
    return Response(200, _PAGE.format(who=escape(fields["client_id"]), fields=hidden).encode())


def _decided(store: Store, fields: Fields) -> Response:
    _raise_if_unfit(fields)
    said = {"state": fields.get("state", "")}
    if fields.get("decision") == "allow":
        code, grant_id = secrets.token_urlsafe(24), secrets.token_hex(8)
        store.execute("INSERT INTO oauth_grants VALUES (?, 0)", grant_id)
        store.execute(
            "INSERT INTO oauth_codes VALUES (?, ?, ?, ?, ?, 0)",
            code,
            grant_id,
            fields["code_challenge"],
            fields["redirect_uri"],
            time.time() + _CODE_SECONDS,
        )
        said["code"] = code
    else:
        said["error"] = "access_denied"
    return Response(302, b"", {"Location": f"{fields['redirect_uri']}?{urlencode(said)}"})


def _raise_if_unfit(fields: Fields) -> None:
    """Answered here and never sent back: an address that nobody registered gets nothing."""
    place = urlsplit(fields.get("redirect_uri", ""))
    if fields.get("client_id") != CLIENT_ID or place.scheme not in ("http", "https") or place.query:
        raise Wrong(400, "invalid_client")
    if fields.get("response_type") != "code" or fields.get("code_challenge_method") != "S256":
        raise Wrong(400, "invalid_request")
    if not fields.get("code_challenge"):
        raise Wrong(400, "invalid_request")


def _raise_if_other_client(fields: Fields) -> None:
    given = f"{fields.get('client_id')}:{fields.get('client_secret')}".encode()
    if not hmac.compare_digest(given, f"{CLIENT_ID}:{CLIENT_SECRET}".encode()):
        raise Wrong(401, "invalid_client")


def _token(store: Store, fields: Fields, expires_in: float) -> Response:
    match fields.get("grant_type"):
        case "authorization_code":
            grant_id = _spend_code(store, fields)
        case "refresh_token":
            grant_id = _spend_refresh_token(store, fields.get("refresh_token", ""))
        case _:
            raise Wrong(400, "unsupported_grant_type")
    access, refresh = f"access-{secrets.token_urlsafe(24)}", f"refresh-{secrets.token_urlsafe(24)}"
    store.execute("INSERT INTO oauth_tokens VALUES (?, ?, 'access', ?, 0)", access, grant_id, time.time() + expires_in)
    store.execute("INSERT INTO oauth_tokens VALUES (?, ?, 'refresh', 0, 0)", refresh, grant_id)
    body = {"access_token": access, "refresh_token": refresh, "token_type": "Bearer", "expires_in": expires_in}
    return Response(200, body, {"Cache-Control": "no-store"})


def _spend_code(store: Store, fields: Fields) -> str:
    row = store.row("SELECT * FROM oauth_codes WHERE code = ?", fields.get("code", ""))
    if row is None:
        raise Wrong(400, "invalid_grant")
    if not store.execute("UPDATE oauth_codes SET spent = 1 WHERE code = ? AND spent = 0", row["code"]):
        raise Ended(row["grant_id"])
    digest = hashlib.sha256(fields.get("code_verifier", "").encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    fits = hmac.compare_digest(challenge, row["challenge"]) and fields.get("redirect_uri") == row["redirect_uri"]
    if not fits or row["expires"] < time.time():
        raise Wrong(400, "invalid_grant")
    return str(row["grant_id"])


def _spend_refresh_token(store: Store, token: str) -> str:
    row = store.row(
        "SELECT * FROM oauth_tokens JOIN oauth_grants USING (grant_id) WHERE token = ? AND kind = 'refresh'", token
    )
    if row is None or row["revoked"]:
        raise Wrong(400, "invalid_grant")
    if not store.execute("UPDATE oauth_tokens SET spent = 1 WHERE token = ? AND spent = 0", token):
        raise Ended(row["grant_id"])
    # The access token it came with ends too: nobody goes on with an old one unseen.
    store.execute("DELETE FROM oauth_tokens WHERE grant_id = ? AND kind = 'access'", row["grant_id"])
    return str(row["grant_id"])


def _revoke(store: Store, token: str) -> None:
    """An unknown token is no error (RFC 7009, section 2.2)."""
    row = store.row("SELECT grant_id FROM oauth_tokens WHERE token = ?", token)
    if row is not None:
        store.execute("UPDATE oauth_grants SET revoked = 1 WHERE grant_id = ?", row["grant_id"])


class Ended(Wrong):
    """Something came a second time: its grant ends, which must outlast the refusal."""

    def __init__(self, grant_id: str) -> None:
        super().__init__(400, "invalid_grant")
        self.grant_id = grant_id

    def end(self, store: Store) -> None:
        store.execute("UPDATE oauth_grants SET revoked = 1 WHERE grant_id = ?", self.grant_id)
