"""From ids to addresses: the two hosts, and how an identifier stands in a path."""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from .errors import InvalidIdentifier, InvalidSetting, UnsafeDelete

IMPORT_URL = "https://import.segmetrics.io/api/v1"
READ_URL = "https://api.segmetrics.io"

# An id of a system we know of (a number, "cus_N1a", a UUID). No "@", no "%" that a server might undo to one,
# no space, nothing outside ASCII that might be normalised to an "@", nothing that is a wildcard anywhere.
_PLAIN_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._:\-]{0,127}")


def path_segment(value: str) -> str:
    """Percent-encode an identifier wholly, so that whatever it holds it stays one segment of the path.

    Raises InvalidIdentifier where that can't be done: an empty text, only dots (any server may take ``..``
    for the folder above, encoded or not), half a surrogate pair, far too long, or no text at all.
    """
    if not isinstance(value, str) or not value.strip(".") or not value.strip() or len(value) > 1000:
        raise InvalidIdentifier("The identifier is empty, nothing but dots, or far too long. Enter an email or an id.")
    try:
        return quote(value, safe="")
    except UnicodeEncodeError:
        broken = InvalidIdentifier("The identifier holds a broken character. Enter it again by hand.")
    raise broken


def plain_id(value: str, *, action: str) -> str:
    """Let through what is surely an id; raise UnsafeDelete for an email, an empty text or anything odd."""
    if not isinstance(value, str) or _PLAIN_ID.fullmatch(value) is None:
        raise UnsafeDelete(
            "Only a plain id can be deleted: letters, digits, and . _ : - in between. "
            "An email would delete everyone who bears it, so look up the contact and use its id.",
            action=action,
        )
    return value


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses of one account. Raises InvalidSetting where they can't be trusted with a key."""

    account_id: str
    import_url: str = IMPORT_URL
    read_url: str = READ_URL

    def __post_init__(self) -> None:
        check_setting("account id", self.account_id)
        for name in ("import_url", "read_url"):
            object.__setattr__(self, name, check_base_url(getattr(self, name)))

    @property
    def loopback_only(self) -> bool:
        return all(_is_loopback(urlsplit(url).hostname) for url in (self.import_url, self.read_url))

    def write(self, integration_id: str, *segments: str) -> str:
        return "/".join((self.import_url, *map(path_segment, (self.account_id, integration_id, *segments))))

    def read(self, *segments: str) -> str:
        return "/".join((self.read_url, *map(path_segment, (self.account_id, *segments))))

    def query(self) -> str:
        """The ad-hoc report alone is served under ``/v2``."""
        return f"{self.read_url}/v2/{path_segment(self.account_id)}/data/query"


def check_setting(name: str, value: str) -> str:
    if not isinstance(value, str) or re.fullmatch(r"[A-Za-z0-9_\-]{1,128}", value) is None:
        raise InvalidSetting(f"The {name} must be letters, digits, - and _. Copy it from SegMetrics again.")
    return value


def check_base_url(url: str) -> str:
    """A base without its final slash: https, or http to this very machine; no user, query or fragment."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if host is None:
        raise InvalidSetting("The base address can't be read. It looks like https://api.example.com/path.")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise InvalidSetting("The base address must hold no user, password, query or fragment.")
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(host)):
        raise InvalidSetting("The base address must start with https:// (http:// only for this machine itself).")
    return url.rstrip("/")


def _is_loopback(host: str | None) -> bool:
    if host is None:
        return False
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
