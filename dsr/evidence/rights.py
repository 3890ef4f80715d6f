"""How the documents call a request, by its right."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _


@dataclass(frozen=True)
class Headings:
    evidence: str
    refusal: str
    certificate: str
    asked: str


def headings_of(kind: str, *, is_partial: bool = False) -> Headings:
    """In the active language, for a code of `states.Kind`."""
    match kind:
        case "erasure":
            return Headings(
                _("Evidence on an erasure request"),
                _("Refusal of an erasure request"),
                _("Certificate on a partial erasure") if is_partial else _("Certificate on an erasure request"),
                _("Erasure of their data, Art. 17 GDPR"),
            )
        case "rectification":
            return Headings(
                _("Evidence on a rectification request"),
                _("Refusal of a rectification request"),
                _("Certificate on a partial rectification") if is_partial else _("Certificate on a rectification"),
                _("Rectification of their data, Art. 16 GDPR"),
            )
        case "restriction":
            return Headings(
                _("Evidence on a request for restriction"),
                _("Refusal of a request for restriction"),
                _("Certificate on a restriction noted in part") if is_partial else _("Certificate on a restriction"),
                _("Restriction of the processing, Art. 18 GDPR"),
            )
        case "objection":
            return Headings(
                _("Evidence on an objection"),
                _("Refusal of an objection"),
                _("Certificate on an objection noted in part") if is_partial else _("Certificate on an objection"),
                _("No further processing: an objection, Art. 21 GDPR"),
            )
        case "portability":
            return Headings(
                _("Evidence on a request for portability"),
                _("Refusal of a request for portability"),
                _("Certificate on a request for portability"),
                _("Their data to take along, Art. 20 GDPR"),
            )
        case _:
            return Headings(
                _("Evidence on an access request"),
                _("Refusal of an access request"),
                _("Certificate on an access request"),
                _("Access to their data, Art. 15 GDPR"),
            )
