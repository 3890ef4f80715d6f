"""What makes a document of ours one that others can check: its signature, and where to ask whether it was issued.

It is signed by the organisation's certificate or by this installation's own key.
"""

from __future__ import annotations

import dataclasses
import hashlib

from django.conf import settings
from django.urls import reverse

from dsr import papercode
from dsr.evidence.records import Drawn, VerifyAt
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


def verify_at(code: str) -> VerifyAt:
    """What is printed of a document's code. The address is that of the settings, like that of mailed links."""
    base, printed = settings.ENV.base_url, papercode.grouped(code)
    return VerifyAt(
        code=printed, page=f"{base}{reverse('verify')}", address=f"{base}{reverse('verify_code', args=[printed])}"
    )
