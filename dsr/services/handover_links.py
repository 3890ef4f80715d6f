"""The link by which one person fetches their access package, and the code that opens it, sent apart from it.

Article 15(3): a request made by electronic means is answered in a commonly used electronic form; Article 32: in a way
that only this person can open. Of the link's token and of the code only keyed digests are stored. That a download is
the person's own can't be known here: it shows that somebody had both.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from dsr import audit, papercode
from dsr.days import controller_day
from dsr.exceptions import InvalidInput, NotAllowed, NotReady, WrongState
from dsr.models import Case, Document, Errand, ErrandKind, ErrandStatus, HandOver, User
from dsr.models.hand_over import MOST_DOWNLOADS
from dsr.permissions import Right, Role, has_right, raise_if_not
from dsr.services import noting, packaging
from dsr.services.transition import locked
from dsr.states import State

CODE_LENGTH = 8
_TOKEN_BYTES = 32
_OPENS_IN = {State.READY, State.COMPLETED}
"""A person may fetch the package once more after the case was closed, until the link ends."""
_NOBODYS = "0" * 64


@dataclass(frozen=True)
class Made:
    """A new link. Token and code are known at this moment alone: nothing stored leads back to them."""

    link: HandOver
    token: str = field(repr=False)
    code: str = field(repr=False)


def create(*, case: Case, actor: User, days: int) -> Made:
    """Make the link to the package as it is now; an earlier link of the case ends.

    A link gives the contents away, so it takes the right to download them. Raises `NotReady` while the package isn't
    made, `LedgerUnfit` after a restore that isn't finished.
    """
    raise_if_not(actor, Role.PRIVACY_OFFICER)
    if not has_right(actor, Right.DOWNLOAD_CONTENTS):
        raise NotAllowed(_("A link gives the package away, so it takes the right to download contents."))
    most: int = settings.ENV.hand_over_days
    if not 1 <= days <= most:
        raise InvalidInput(_("Enter a number of days from 1 to %(most)d.") % {"most": most}, field="days")
    noting.raise_if_unfit()
    token, code = secrets.token_urlsafe(_TOKEN_BYTES), papercode.drawn(CODE_LENGTH)
    with transaction.atomic():
        fresh = locked(case.pk)
        if fresh.state != State.READY:
            raise WrongState(_("This package isn't ready to be handed over. Look at the case again."))
        now = timezone.now()
        HandOver.objects.filter(case=fresh, revoked_at=None).update(revoked_at=now)
        link = HandOver.objects.create(
            case=fresh,
            document=_package_of(fresh),
            token_digest=_digest("token", token),
            code_digest=_digest("code", token, code),
            expires_at=now + dt.timedelta(days=days),
            created_by=actor,
            created_at=now,
        )
        audit.record(
            actor=actor,
            verb="link_made",
            case=fresh,
            facts={
                "link": link.pk,
                "document": link.document_id,
                "sha256": link.document.sha256,
                "expires": controller_day(link.expires_at).isoformat(),
            },
        )
    return Made(link=link, token=token, code=code)


def _package_of(case: Case) -> Document:
    """The package that a link may lead to. Raises `NotReady` where there is none, or another one is being made."""
    package = packaging.current(case)
    newest = Errand.objects.filter(kind=ErrandKind.PACKAGE, target=case.pk).order_by("-pk").first()
    if package is None or (newest and newest.status != ErrandStatus.DONE):
        raise NotReady(_("The package isn't made yet. Make the link once it is there."))
    return package


def address_of(token: str) -> str:
    """The link itself, as the person gets it."""
    return f"{settings.ENV.base_url}{reverse('package', args=[token])}"


def opens_at(address: str, *, case: Case) -> bool:
    """Whether an address of this site is an open link to the package of this case."""
    token = address.rstrip("/").rpartition("/")[2]
    link = find(token)
    return link is not None and address == address_of(token) and link.case_id == case.pk and is_open(link)


def revoke(*, link: HandOver, actor: User) -> None:
    """End the link before its time. What was downloaded by it can't be taken back."""
    raise_if_not(actor, Role.PRIVACY_OFFICER)
    with transaction.atomic():
        case = locked(link.case_id)
        if not HandOver.objects.filter(pk=link.pk, revoked_at=None).update(revoked_at=timezone.now()):
            raise WrongState(_("This link was revoked already. Look at the case again."))
        audit.record(actor=actor, verb="link_revoked", case=case, facts={"link": link.pk})
    noting.link_revoked()


def find(token: str) -> HandOver | None:
    """The link with this token, whatever became of it."""
    return HandOver.objects.select_related("case", "document").filter(token_digest=_digest("token", token)).first()


def open_by(*, token: str, code: str) -> HandOver | None:
    """Take one try, and where the code fits give out the link, for a download that is noted as begun.

    None for a wrong code, and just so for a link that is unknown, over, revoked or used up: whoever asks learns
    nothing more. The try is taken by a conditional UPDATE before the code is looked at, and given back where it fits,
    so that tries at the same time can't be more than are left. Raises `LedgerUnfit` after a restore that isn't
    finished: what was revoked since the backup may stand in the database as if it weren't.
    """
    noting.raise_if_unfit()
    with transaction.atomic():
        link = _openable(token)
        wanted = link.code_digest if link else _NOBODYS
        fits = hmac.compare_digest(_digest("code", token, papercode.folded(code)), wanted)
        if link is None or not _take_try(link):
            return None
        if fits:
            HandOver.objects.filter(pk=link.pk).update(tries_left=F("tries_left") + 1, downloads=F("downloads") + 1)
        link.refresh_from_db(fields=["tries_left", "downloads"])
        facts: dict[str, int | str] = {"link": link.pk, "tries_left": link.tries_left}
        if fits:
            facts |= {"download": link.downloads, "document": link.document_id, "sha256": link.document.sha256}
        audit.record(
            actor=None, by=audit.VISITOR, verb="package_opened" if fits else "link_tried", case=link.case, facts=facts
        )
    return link if fits else None


def sent(link: HandOver) -> None:
    """Note that every byte of this download was handed to the network. Whether it arrived nobody here can know."""
    with transaction.atomic():
        now = timezone.now()
        if not HandOver.objects.filter(pk=link.pk).update(sent_in_full=F("sent_in_full") + 1):
            return  # purged while it was under way
        HandOver.objects.filter(pk=link.pk, sent_at=None).update(sent_at=now)
        audit.record(
            actor=None,
            by=audit.VISITOR,
            verb="package_sent",
            case=link.case,
            facts={"link": link.pk, "download": link.downloads, "sha256": link.document.sha256},
        )


def is_open(link: HandOver) -> bool:
    """Whether the link would give its package to whoever knows the code."""
    return (
        link.revoked_at is None
        and link.expires_at > timezone.now()
        and link.tries_left > 0
        and link.downloads < MOST_DOWNLOADS
        and _leads_to_package(link)
    )


def _leads_to_package(link: HandOver) -> bool:
    """Whether its case is still to be handed over, and the package still the one that it was made for."""
    case = link.case
    return case.state in _OPENS_IN and not case.is_purged and packaging.current(case) == link.document


def _openable(token: str) -> HandOver | None:
    """The link under the lock of its case, so that an opening comes wholly before a revocation or not at all."""
    found = find(token)
    if found is None:
        return None
    try:
        locked(found.case_id)
    except WrongState:
        return None
    link = find(token)
    return link if link and _leads_to_package(link) else None


def _take_try(link: HandOver) -> bool:
    """Count a try where one is left. Whoever comes when none is left gets none."""
    usable = HandOver.objects.filter(
        pk=link.pk,
        revoked_at=None,
        expires_at__gt=timezone.now(),
        tries_left__gt=0,
        downloads__lt=MOST_DOWNLOADS,
    )
    return usable.update(tries_left=F("tries_left") - 1) == 1


def _digest(purpose: str, *parts: str) -> str:
    message = "\x00".join((f"hand-over {purpose}", *parts))
    return hmac.new(settings.ENV.search_key, message.encode("utf-8", "replace"), hashlib.sha256).hexdigest()
