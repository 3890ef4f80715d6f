"""Where calls may go: https, to public addresses. Nothing that a connection names may lead into our own network.

What a name leads to can change at any moment, so it is looked at twice: when a connection is saved, to tell the person
at once, and by the client for every connection that it opens (`may_be_called`), which is what holds.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from dsr.exceptions import InvalidInput

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_UNICAST = ipaddress.ip_network("2000::/3")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_WRAPPING = (ipaddress.ip_network("2002::/16"), ipaddress.ip_network("2001::/32"))  # 6to4 and Teredo
# A name of at least two parts whose last one starts with a letter: no browser or resolver can take it for a number,
# as they do with 127.1, 2130706433 or 0x7f.1. No final dot, nothing outside ASCII that might be normalised to one.
_NAME = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]")


def may_be_called(address: str) -> bool:
    """Whether a connection to this numeric address may be opened. With DSR_ALLOW_LOOPBACK also to this machine."""
    number = ipaddress.ip_address(address)
    return _is_public(number) or (number.is_loopback and settings.ENV.allow_loopback)


def raise_if_malformed(url: str) -> None:
    """Refuse what is no plain https address of a public kind. Looks nothing up; raises `InvalidInput`."""
    _checked_host(url)


def raise_if_not_public(url: str, *, with_query: bool = False) -> None:
    """Refuse an address that is malformed, or whose name leads anywhere but to public addresses.

    A query is refused too, unless it is allowed: no address of SegMetrics has one.
    """
    host = _checked_host(url, with_query=with_query)
    if _is_loopback(host):
        return
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise InvalidInput(_("The name %s can't be found. Check it, or try again later.") % host) from None
    if not all(_is_public(ipaddress.ip_address(place[0])) for *_rest, place in found):
        raise InvalidInput(_("The name %s leads into a private network. Only public addresses are called.") % host)


def _checked_host(url: str, *, with_query: bool = False) -> str:
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        raise _no_address() from None
    if not (url.isascii() and url.isprintable()) or parts.username is not None or parts.fragment:
        raise _no_address()
    if parts.query and not with_query:
        raise _no_address()
    if _is_loopback(host) and settings.ENV.allow_loopback:
        return host
    number = _number(host)
    named = number is None and _NAME.fullmatch(host) is not None
    if parts.scheme != "https" or not (named or (number is not None and _is_public(number))):
        raise _no_address()
    return host


def _no_address() -> InvalidInput:
    return InvalidInput(_("This must be an https address of SegMetrics, for example https://api.segmetrics.io."))


def _is_loopback(host: str) -> bool:
    number = _number(host)
    return host == "localhost" or (number is not None and number.is_loopback)


def _number(host: str) -> _Address | None:
    """The address that a host spells out in its one proper way, or None."""
    try:
        number = ipaddress.ip_address(host)
    except ValueError:
        return None
    return number if str(number) == host else None


def _is_public(number: _Address) -> bool:
    if isinstance(number, ipaddress.IPv6Address):
        if number in _NAT64:
            # A network without IPv4 reaches it under this address.
            number = ipaddress.IPv4Address(number.packed[-4:])
        elif number not in _UNICAST or any(number in network for network in _WRAPPING):
            return False
    return number.is_global and not number.is_multicast
