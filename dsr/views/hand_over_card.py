"""What the case page says about the hand-over of its package: what is left out, the link, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import Prefetch, prefetch_related_objects
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from dsr import dates
from dsr.days import controller_time
from dsr.forms.handing import LinkForm
from dsr.models import Case, Document, HandOver
from dsr.models.hand_over import MOST_DOWNLOADS
from dsr.permissions import Role
from dsr.selectors.redactions import shown_of
from dsr.selectors.staff import StaffRequest, roles_in
from dsr.services import handover_links
from dsr.states import State


@dataclass(frozen=True)
class LinkShown:
    link: HandOver
    is_open: bool
    what: str
    """How it stands, in two or three words."""
    tone: str


def hand_over_context(
    request: StaffRequest, case: Case, bound: Mapping[str, forms.Form], package: Document | None
) -> dict[str, Any]:
    """What is left out of the package, the links to it, the newest first, and the form for another one.

    `package` is the current one of a case that is ready. Nothing where none is made.
    """
    if not case.gets_package:
        return {}
    prefetch_related_objects([case], Prefetch("hand_overs", HandOver.objects.select_related("document", "created_by")))
    links = [_shown(link) for link in sorted(case.hand_overs.all(), key=lambda row: -row.pk)]
    is_ready = case.state == State.READY
    redactions = shown_of(case)
    return {
        "redactions": redactions,
        "shows_redactions": is_ready or bool(redactions),
        "can_redact": is_ready and Role.PRIVACY_OFFICER in roles_in(request),
        "links": links,
        "shows_hand_over": is_ready or any(row.is_open or row.link.downloads for row in links),
        "can_make_link": is_ready and package is not None,
        "link_form": bound.get("link") or LinkForm(auto_id="link_%s"),
        "link_is_bound": "link" in bound,
    }


def how_it_went(case: Case) -> str:
    """What to say of the hand-over where a link was used: the officer's words to begin with, nothing where none was."""
    sent = [(row.pk, row.sent_at) for row in case.hand_overs.all() if row.sent_at]
    if not sent:
        return ""
    words = _("By a link, with its code sent apart. Sent in full on %(moment)s.")
    # It is stored with the case, so it is told by the controller's clock and not by the reader's.
    sent_at = controller_time(max(sent)[1])
    return words % {"moment": f"{dates.day(sent_at)}, {sent_at:%H:%M}"}


def _shown(link: HandOver) -> LinkShown:
    is_open = handover_links.is_open(link)
    if is_open:
        what, tone = pgettext("a link", "Open"), "good"
    elif link.revoked_at:
        what, tone = _("Revoked"), "plain"
    elif link.tries_left == 0:
        what, tone = _("Locked: too many wrong codes"), "bad"
    elif link.downloads >= MOST_DOWNLOADS:
        what, tone = _("Used up"), "plain"
    else:
        what, tone = _("Ended"), "plain"
    return LinkShown(link=link, is_open=is_open, what=what, tone=tone)
