"""Sign a finished document, by the organisation's certificate or by this installation's own key."""

from __future__ import annotations

import dataclasses
import hashlib

from django.conf import settings

from dsr.evidence.records import Drawn
from dsr.evidence.signing import sign
from dsr.models import SigningKey
from dsr.seal import Seal


def seal_in_force() -> Seal:
    """The organisation's own, from the settings; else the one that this installation made for itself."""
    own: Seal | None = settings.ENV.seal
    return own or SigningKey.open()


def sealed(drawn: Drawn, *, about: str) -> Drawn:
    """The same document, signed. `about` stands in the signature: what it is, and the case's reference."""
    pdf = sign(drawn.pdf, seal=seal_in_force(), reason=about)
    return dataclasses.replace(drawn, pdf=pdf, sha256=hashlib.sha256(pdf).hexdigest())
