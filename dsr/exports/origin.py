"""When something was, and in plain words how a person came."""

from __future__ import annotations

from datetime import UTC, datetime

from django.utils.translation import gettext as _


def moment_of(value: object) -> datetime | str | None:
    """An ISO 8601 moment as an aware datetime (UTC where it has no offset); other text as it came."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        try:
            read = datetime.fromisoformat(value)
        except ValueError:
            return value
        return read if read.tzinfo else read.replace(tzinfo=UTC)
    return str(value)


def in_words(channel: object) -> str:
    """How somebody came by this channel, for whoever has never heard of one. Nothing where the channel is unknown."""
    if not isinstance(channel, str):
        return ""
    return {
        "paid": _("You came through an advertisement that was paid for."),
        "direct": _("You came directly: no link and no advertisement is known that led you here."),
        "organic": _("You came through a search engine, by a result that nobody paid for."),
        "social": _("You came through a social network."),
        "email": _("You came through a link in an e-mail."),
        "referral": _("You came through a link on another website."),
        "affiliate": _("You came through a partner who recommended this organisation."),
    }.get(channel.strip().lower(), "")
