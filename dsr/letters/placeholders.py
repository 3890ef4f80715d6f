"""Placeholders of letters, such as `{{ name }}`: a closed set, and nothing that runs.

Not Django's templates: whoever may edit a text must not thereby be able to read a setting or walk through objects.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Set

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dsr.exceptions import InvalidInput
from dsr.models import LetterKind

MEANINGS = {
    "name": gettext_lazy("the data subject's name"),
    "organisation": gettext_lazy("your organisation, from the settings"),
    "reference": gettext_lazy("the request's reference"),
    "received_on": gettext_lazy("the day on which the request arrived"),
    "request": gettext_lazy("what was asked for: “Erasure, Art. 17”"),
    "account": gettext_lazy("the SegMetrics account that was searched"),
    "contact": gettext_lazy("whom to ask, from the connection's record"),
    "authority": gettext_lazy("the supervisory authority, from the connection's record"),
    "complaint": gettext_lazy("the passage on the complaint to a supervisory authority, Art. 12(4) and 77"),
    "remedy": gettext_lazy("the passage on the judicial remedy, Art. 12(4) and 79"),
    "due_on": gettext_lazy("the day by which the request has to be answered"),
    "new_date": gettext_lazy("the day to which the time limit was extended"),
    "reasons": gettext_lazy("the reasons, as the officer gives them"),
    "ground": gettext_lazy("the legal ground of the refusal"),
    "result": gettext_lazy("what was erased or changed, and what was kept on which ground"),
    "changes": gettext_lazy("what a recipient has to change too"),
    "recipients": gettext_lazy("who is told of it, Art. 19; nothing where there is nobody"),
    "link": gettext_lazy("the address under which the package can be fetched"),
    "recipient": gettext_lazy("the recipient's name"),
    "identifiers": gettext_lazy("what identifies the data: the data subject's name and identifiers"),
    "what": gettext_lazy("what the recipient was given, from the connection's record"),
}
"""Every placeholder there is, with what an administrator is told about it."""

_EVERYWHERE = frozenset(
    {
        "name",
        "organisation",
        "reference",
        "received_on",
        "request",
        "account",
        "contact",
        "authority",
        "complaint",
        "remedy",
    }
)
_ONLY: dict[LetterKind, frozenset[str]] = {
    LetterKind.ACKNOWLEDGEMENT: frozenset({"due_on"}),
    LetterKind.IDENTITY: frozenset(),
    LetterKind.EXTENSION: frozenset({"reasons", "new_date"}),
    LetterKind.REFUSAL: frozenset({"ground", "reasons"}),
    LetterKind.COMPLETION: frozenset({"result", "recipients"}),
    LetterKind.NOTHING_FOUND: frozenset(),
    LetterKind.PACKAGE_READY: frozenset({"link"}),
    LetterKind.RECIPIENT: frozenset({"recipient", "identifiers", "what"}),
    LetterKind.CHANGED: frozenset({"result", "recipients"}),
    LetterKind.RECIPIENT_CHANGED: frozenset({"recipient", "identifiers", "what", "changes"}),
    LetterKind.PORTABLE_READY: frozenset({"link"}),
}
REQUIRED: dict[LetterKind, frozenset[str]] = {
    LetterKind.ACKNOWLEDGEMENT: frozenset(),
    LetterKind.IDENTITY: frozenset(),
    LetterKind.EXTENSION: frozenset({"reasons", "new_date"}),  # Art. 12(3)
    LetterKind.REFUSAL: frozenset({"ground", "reasons", "complaint", "remedy"}),  # Art. 12(4)
    # What was kept was refused in part, so Art. 12(4) holds there too.
    LetterKind.COMPLETION: frozenset({"result", "complaint", "remedy"}),
    LetterKind.NOTHING_FOUND: frozenset({"account"}),
    LetterKind.PACKAGE_READY: frozenset({"link"}),
    LetterKind.RECIPIENT: frozenset({"identifiers"}),  # Art. 19
    LetterKind.CHANGED: frozenset({"result", "complaint", "remedy"}),
    LetterKind.RECIPIENT_CHANGED: frozenset({"identifiers"}),  # Art. 19; of the changes, what this recipient needs
    LetterKind.PORTABLE_READY: frozenset({"link"}),
}
"""Without these a letter of that kind isn't what the law asks for. They stay placeholders while a letter is edited."""
IN_HEADING = frozenset({"name", "organisation", "reference", "received_on", "request", "account"})
LONGEST_HEADING, LONGEST_BODY = 200, 20_000

_PLACEHOLDER = re.compile(r"\{\{ *([a-z_]+) *\}\}")
_STRAY = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}")
_BLANK_LINES = re.compile(r"\n{3,}")


def allowed(kind: LetterKind) -> frozenset[str]:
    """What may stand in a letter of this kind."""
    return _EVERYWHERE | _ONLY[kind]


def used(text: str) -> set[str]:
    """The names of all placeholders in a text."""
    return set(_PLACEHOLDER.findall(text))


def check(kind: LetterKind, *, heading: str, body: str) -> None:
    """Raises `InvalidInput` with the field: empty, too long, an unknown placeholder, or a required one is missing."""
    if not heading.strip() or len(heading) > LONGEST_HEADING or "\n" in heading.strip():
        raise InvalidInput(
            _("The heading is one line of at most %(limit)d characters.") % {"limit": LONGEST_HEADING}, field="heading"
        )
    if not body.strip():
        raise InvalidInput(_("The text is empty."), field="body")
    if len(body) > LONGEST_BODY:
        raise InvalidInput(_("The text is longer than %(limit)d characters.") % {"limit": LONGEST_BODY}, field="body")
    _raise_if_unknown(heading, allowed(kind) & IN_HEADING, field="heading")
    _raise_if_unknown(body, allowed(kind), field="body")
    missing = sorted(REQUIRED[kind] - used(body))
    if missing:
        raise InvalidInput(
            _("The text lacks %(names)s, which a letter of this kind must have.") % {"names": named(missing)},
            field="body",
        )


def _raise_if_unknown(text: str, names: Set[str], *, field: str) -> None:
    unknown = sorted(used(text) - names)
    if unknown:
        raise InvalidInput(
            _("%(names)s can't stand here. See the list of placeholders.") % {"names": named(unknown)}, field=field
        )
    if _STRAY.search(_PLACEHOLDER.sub("", text)):
        raise InvalidInput(
            _("A placeholder is written like %(example)s, with small letters in two pairs of braces.")
            % {"example": "{{ name }}"},
            field=field,
        )


def named(names: list[str]) -> str:
    """As they are typed: "{{ complaint }}, {{ remedy }}"."""
    return ", ".join(f"{{{{ {name} }}}}" for name in names)


def fill(text: str, values: Mapping[str, Callable[[], str]], *, keep: Set[str] = frozenset()) -> str:
    """Put the values in, each asked for only where it stands; what they hold isn't looked through again.

    `keep` stay as they are. Lines around a value that is empty close up.
    """

    def put(found: re.Match[str]) -> str:
        name = found.group(1)
        return f"{{{{ {name} }}}}" if name in keep else values[name]()

    return _BLANK_LINES.sub("\n\n", _PLACEHOLDER.sub(put, text)).strip()
