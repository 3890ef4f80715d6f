"""What makes a document of ours one that others can check: its signature, and where to ask whether it was issued.

It is signed by the organisation's certificate or by this installation's own key.
"""

from __future__ import annotations

import dataclasses
import hashlib
import logging
from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from dsr import papercode
from dsr.attention import Attention
from dsr.evidence.records import Drawn, VerifyAt
from dsr.exceptions import NeedsPerson, TryLater
from dsr.models import CertificateUse, SigningKey, UsedCertificate
from dsr.seal import Seal
from dsr.stamping import Stamping

if TYPE_CHECKING:
    from dsr.evidence.signing import Signed

logger = logging.getLogger(__name__)


def seal_in_force() -> Seal:
    """The organisation's own, from the settings; else the one that this installation made for itself."""
    own: Seal | None = settings.ENV.seal
    return own or SigningKey.open()


def sealed(drawn: Drawn, *, about: str) -> Drawn:
    """The same document, signed. `about` stands in the signature: what it is, and the case's reference.

    Raises `NeedsPerson` where the certificate has ended or was revoked: what it signs now would be valid nowhere. Where
    a time-stamp server is set and gives no stamp it raises `TryLater`, so that a person is asked in the end: a document
    never comes out with less than the settings say, unseen. Revocation data is taken where it can be had, and what kept
    it away is noted with the rest.
    """
    seal = seal_in_force()
    if seal.ends_at <= timezone.now():
        raise NeedsPerson(Attention.CERTIFICATE_ENDED)
    # Ahead of its use: there is no signature of ours whose certificate isn't kept.
    UsedCertificate.keep(CertificateUse.SIGNING, seal.certificates)
    # pyHanko takes half a second to import; the web process and most commands never sign.
    from dsr.evidence import signing  # noqa: PLC0415

    stamping: Stamping | None = settings.ENV.stamping
    if stamping is None:
        pdf, signature = signing.sign(drawn.pdf, seal=seal, reason=about), {"level": signing.Level.BASIC.value}
    else:
        try:
            signed = signing.sign_and_stamp(drawn.pdf, seal=seal, reason=about, stamping=stamping)
        except signing.NoStamp as error:
            logger.error("the time-stamp server gave no stamp that holds: %s", error)
            raise TryLater(Attention.TIME_STAMP) from None
        except signing.Revoked:
            raise NeedsPerson(Attention.CERTIFICATE_ENDED) from None
        pdf, signature = signed.pdf, _noted(signed)
    return dataclasses.replace(
        drawn,
        pdf=pdf,
        sha256=hashlib.sha256(pdf).hexdigest(),
        signed_by=seal.fingerprint,
        signature=signature,
    )


def _noted(signed: Signed) -> dict[str, str]:
    stamp = signed.stamp
    assert stamp  # noqa: S101  (a level above B-B has one)
    UsedCertificate.keep(CertificateUse.TIME_STAMP, stamp.certificate)
    noted = {"level": signed.level.value, "stamped_at": stamp.at.isoformat(), "stamped_by": stamp.fingerprint}
    return noted | ({"no_revocation_data_of": signed.missing} if signed.missing else {})


def verify_at(code: str) -> VerifyAt:
    """What is printed of a document's code. The address is that of the settings, like that of mailed links."""
    base, printed = settings.ENV.base_url, papercode.grouped(code)
    return VerifyAt(
        code=printed, page=f"{base}{reverse('verify')}", address=f"{base}{reverse('verify_code', args=[printed])}"
    )
