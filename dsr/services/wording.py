"""How a document is named, and how it cites a legal ground, in the active language."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

from dsr.models import Case, Exemption, Ground, ObjectionGround, Report, ReportKind, RestrictionGround
from dsr.phrases import article

_LETTER = re.compile(r"^\([a-f]\) ")


def evidence_title(case: Case) -> str:
    """What a reader of the signature sees."""
    return _("Evidence %(reference)s") % {"reference": case.reference}


def certificate_title(case: Case) -> str:
    """What a reader of the signature sees."""
    return _("Certificate %(reference)s") % {"reference": case.reference}


def refusal_title(case: Case) -> str:
    """What a reader of the signature sees."""
    return _("Record of the refusal %(reference)s") % {"reference": case.reference}


def nothing_found_title(case: Case) -> str:
    """What a reader of the signature sees."""
    return _("Record of the search %(reference)s") % {"reference": case.reference}


def report_title(report: Report) -> str:
    """What a reader of the signature sees."""
    if report.kind == ReportKind.REGISTER:
        return _("Record of processing activities %(reference)s") % {"reference": report.reference}
    return _("Report on requests %(reference)s") % {"reference": report.reference}


def letter_title(case: Case) -> str:
    """What a reader of the signature sees."""
    return _("Answer to request %(reference)s") % {"reference": case.reference}


def meaning(choice: Ground | Exemption) -> str:
    """What it says, without the letter in front that the screens show."""
    return _LETTER.sub("", str(choice.label))


def ground_in_words(ground: str) -> str:
    """What the ground of a restriction or an objection says; nothing for a rectification, which has none."""
    for grounds in (RestrictionGround, ObjectionGround):
        if ground in grounds.values:
            return _LETTER.sub("", str(grounds(ground).label))
    return ""


def cited(code: str) -> str:
    """An exemption as one text: "Art. 17(3)(b) GDPR: A legal obligation, such as tax records"."""
    exemption = Exemption(code)
    parts = {"article": article(exemption, regulation=True), "meaning": meaning(exemption)}
    # Translators: an article of the Regulation, and what it says.
    return _("%(article)s: %(meaning)s") % parts
