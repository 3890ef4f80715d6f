"""A security key in software, as a browser at https://testserver would use it."""

from __future__ import annotations

import hashlib
import json
import os
import re
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

HOST = "testserver"
_PRESENT = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.UV


def options_in(page: str) -> dict[str, Any]:
    """What the page asks of a key."""
    found = re.search(r'<script id="webauthn_data" type="application/json">(.*?)</script>', page)
    assert found, "the page asks no key"
    data: dict[str, Any] = json.loads(found[1])
    options: dict[str, Any] = (data.get("creation_options") or data["request_options"])["publicKey"]
    return options


class SecurityKey:
    """One credential."""

    def __init__(self, *, host: str = HOST) -> None:
        self._private = ec.generate_private_key(ec.SECP256R1())
        self._id = os.urandom(16)
        self._host = host
        self._site = hashlib.sha256(host.encode()).digest()

    def register(self, page: str) -> str:
        """The answer to a page that adds a key."""
        public = ES256.from_cryptography_key(self._private.public_key())  # type: ignore[no-untyped-call]
        known = AttestedCredentialData.create(b"\0" * 16, self._id, public)
        data = AuthenticatorData.create(self._site, _PRESENT | AuthenticatorData.FLAG.AT, 0, known)
        return self._answer(
            clientDataJSON=bytes(self._client_data("webauthn.create", page)),
            attestationObject=bytes(AttestationObject.create("none", data, {})),
        )

    def sign(self, page: str) -> str:
        """The answer to a page that asks who it is."""
        client = self._client_data("webauthn.get", page)
        data = AuthenticatorData.create(self._site, _PRESENT, 1)
        signature = self._private.sign(bytes(data) + client.hash, ec.ECDSA(hashes.SHA256()))
        return self._answer(clientDataJSON=bytes(client), authenticatorData=bytes(data), signature=signature)

    def _client_data(self, kind: str, page: str) -> CollectedClientData:
        challenge: str = options_in(page)["challenge"]
        return CollectedClientData.create(kind, challenge, f"https://{self._host}")

    def _answer(self, **parts: bytes) -> str:
        return json.dumps(
            {
                "type": "public-key",
                "id": websafe_encode(self._id),
                "rawId": websafe_encode(self._id),
                "response": {name: websafe_encode(part) for name, part in parts.items()},
                "clientExtensionResults": {},
            }
        )
