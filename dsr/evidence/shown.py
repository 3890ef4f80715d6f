"""How moments, days, sizes and digests are written, as template filters."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import segno
from django.template import Library
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dsr.days import written

register = Library()


@register.filter
def day(value: object) -> str:
    """A date written out: "3 November 2026"."""
    if isinstance(value, date):
        return written(value)
    return "" if value is None else str(value)


@register.filter
def moment(value: object, zone: str) -> str:
    """A moment in `zone`, with its abbreviation: "3 November 2026, 10:04 CET". Text stays as it came."""
    if not isinstance(value, datetime):
        return day(value)
    try:
        local = value.astimezone(ZoneInfo(zone))
    except OverflowError:  # the year 1 or 9999, as broken data has it
        return value.isoformat()
    name = local.tzname() or ""
    # Zones without an abbreviation of their own are named by a bare offset, such as "+03".
    name = f"UTC{name}" if name[:1] in "+-" else name
    return format_html('{}, <span class="time">{} {}</span>', day(local), f"{local:%H:%M}", name)


@register.filter
def octets(value: int) -> str:
    """A size: "812 bytes", "48 KB", "3.2 MB" (of 1,000 each)."""
    if value < 1_000:
        return ngettext("%(count)d byte", "%(count)d bytes", value) % {"count": value}
    if value < 1_000_000:
        return _("%(count)d KB") % {"count": round(value / 1_000)}
    return _("%(count)s MB") % {"count": number_format(value / 1_000_000, decimal_pos=1)}


@register.filter
def qr(text: str) -> str:
    """A QR code as the address of a picture that is its own content: nothing is loaded for it."""
    return segno.make(text, micro=False, error="m").svg_data_uri(border=0, nl=False)


@register.filter
def quads(value: str) -> str:
    """A digest in groups of eight, so that an eye can compare it and a line can break."""
    return " ".join(value[at : at + 8] for at in range(0, len(value), 8))
