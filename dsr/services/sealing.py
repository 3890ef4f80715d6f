"""What makes a document of ours one that others can check: its signature, and where to ask whether it was issued.

It is signed by the organisation's certificate or by this installation's own key.
"""

from __future__ import annotations

import dataclasses
import hashlib

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from dsr import papercode
from dsr.attention import Attention
from dsr.evidence.records import Drawn, VerifyAt
from dsr.exceptions import NeedsPerson
from dsr.models import SigningKey
from dsr.seal import Seal


def seal_in_force() -> Seal:
    """The organisation's own, from the settings; else the one that this installation made for itself."""
    own: Seal | None = settings.ENV.seal
    return own or SigningKey.open()


def sealed(drawn: Drawn, *, about: str) -> Drawn:
    """The same document, signed. `about` stands in the signature: what it is, and the case's reference.

    Raises `NeedsPerson` where the certificate has ended: what it signs now would be valid nowhere.
    """
    seal = seal_in_force()
    if seal.ends_at <= timezone.now():
        raise NeedsPerson(Attention.CERTIFICATE_ENDED)
    # pyHanko takes half a second to import; the web process and most commands never sign.
    from dsr.evidence.signing import sign  # noqa: PLC0415

    pdf = sign(drawn.pdf, seal=seal, reason=about)
    return dataclasses.replace(drawn, pdf=pdf, sha256=hashlib.sha256(pdf).hexdigest(), signed_by=seal.fingerprint)


def verify_at(code: str) -> VerifyAt:
    """What is printed of a document's code. The address is that of the settings, like that of mailed links."""
    base, printed = settings.ENV.base_url, papercode.grouped(code)
    return VerifyAt(
        code=printed, page=f"{base}{reverse('verify')}", address=f"{base}{reverse('verify_code', args=[printed])}"
    )
