"""How a document is named, and how it cites a legal ground, in the active language."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

from dsr.models import Case, Exemption, Ground

_CODE = re.compile(r"(\d+)\((\d+)\)\(([a-f])\)")
_LETTER = re.compile(r"^\([a-f]\) ")


def evidence_title(case: Case) -> str:
    """What a reader of the signature sees."""
    return _("Evidence %(reference)s") % {"reference": case.reference}


def certificate_title(case: Case) -> str:
    """What a reader of the signature sees."""
    return _("Certificate %(reference)s") % {"reference": case.reference}


def letter_title(case: Case) -> str:
    """What a reader of the signature sees."""
    return _("Answer to request %(reference)s") % {"reference": case.reference}


def article(choice: Ground | Exemption) -> str:
    """Where it stands: "Art. 17(3)(b) GDPR", "Art. 17 Abs. 3 Buchst. b DSGVO"."""
    found = _CODE.fullmatch(choice.value)
    assert found  # noqa: S101  (every choice but the empty one, which callers leave out, is written so)
    # Translators: cite as the Regulation's own version does.
    return _("Art. %(article)s(%(paragraph)s)(%(letter)s) GDPR") % {
        "article": found[1],
        "paragraph": found[2],
        "letter": found[3],
    }


def meaning(choice: Ground | Exemption) -> str:
    """What it says, without the letter in front that the screens show."""
    return _LETTER.sub("", str(choice.label))


def cited(code: str) -> str:
    """An exemption as one text: "Art. 17(3)(b) GDPR: A legal obligation, such as tax records"."""
    exemption = Exemption(code)
    # Translators: an article of the Regulation, and what it says.
    return _("%(article)s: %(meaning)s") % {"article": article(exemption), "meaning": meaning(exemption)}
