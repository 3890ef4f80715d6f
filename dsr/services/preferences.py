"""How a member of staff wants to be told, and who stands in for them. It gives nobody a right."""

from __future__ import annotations

import datetime as dt
from zoneinfo import available_timezones

from django.utils.translation import gettext as _

from dsr.dates import DateStyle
from dsr.exceptions import InvalidInput
from dsr.languages import SCREENS
from dsr.models import MailRhythm, Preferences, User
from dsr.permissions import Role, has_role


def save(
    *,
    user: User,
    mails: str,
    away_from: dt.date | None,
    away_until: dt.date | None,
    substitute: User | None,
    language: str = "",
    time_zone: str = "",
    dates: str = DateStyle.LANGUAGE,
) -> None:
    """Keep them. Raises `InvalidInput` with the field that is wrong.

    No language is that of the browser, no time zone the controller's.
    """
    if language and language not in SCREENS:
        raise InvalidInput(_("Choose one of the languages."), field="language")
    if time_zone and time_zone not in available_timezones():
        raise InvalidInput(_("Choose a time zone of the list."), field="time_zone")
    if dates not in DateStyle.values:
        raise InvalidInput(_("Choose how dates are written."), field="dates")
    if mails not in MailRhythm.values:
        raise InvalidInput(_("Choose how you want to be told."), field="mails")
    if (away_from is None) != (away_until is None):
        raise InvalidInput(
            _("Give the first and the last day of your absence, or neither."),
            field="away_until" if away_from else "away_from",
        )
    if away_from and away_until and away_until < away_from:
        raise InvalidInput(_("The last day lies before the first."), field="away_until")
    if substitute is not None and substitute == user:
        raise InvalidInput(_("Choose somebody else than yourself."), field="substitute")
    if substitute is not None and not has_role(substitute, Role.PRIVACY_OFFICER):
        raise InvalidInput(_("Choose an active privacy officer."), field="substitute")
    Preferences.objects.update_or_create(
        user=user,
        defaults={
            "mails": mails,
            "away_from": away_from,
            "away_until": away_until,
            "substitute": substitute,
            "language": language,
            "time_zone": time_zone,
            "dates": dates,
        },
    )
