"""What the placeholders of letters stand for in a case, in the active language, which must be the letter's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dsr.days import written
from dsr.evidence.text import clean
from dsr.exceptions import InvalidInput, NotReady
from dsr.languages import LANGUAGES
from dsr.models import AuditEntry, Case, ProcessingRecord, Reason, Recipient, RefusalGround
from dsr.services import extension
from dsr.services.doings import what_was_done
from dsr.services.wording import cited
from dsr.states import Kind, Outcome, Verb

Values = Mapping[str, Callable[[], str]]
_NAMES = {"authority": gettext_lazy("supervisory authority"), "contact": gettext_lazy("whom to ask")}
"""As the form of the record calls them."""


@dataclass(frozen=True)
class Said:
    """What the officer says for one letter, beside the case's own data."""

    reasons: str = ""
    link: str = ""
    recipient: Recipient | None = None


def values_of(case: Case, language: str, said: Said) -> Values:
    """Each asked for only where it stands. Raises `NotReady` or `InvalidInput` where one can't be given."""

    def record(name: str) -> str:
        return _from_record(case, language, name)

    return {
        "name": lambda: clean(case.subject_name),
        "organisation": lambda: settings.ENV.organisation,
        "reference": lambda: case.reference,
        "received_on": lambda: written(case.received_on),
        "request": lambda: str(Kind(case.kind).label),
        "account": lambda: case.connection.account_id,
        "contact": lambda: record("contact"),
        "authority": lambda: record("authority"),
        "complaint": lambda: _complaint(record("authority")),
        "remedy": _remedy,
        "due_on": lambda: written(case.due_on),
        "new_date": lambda: written(case.due_on),
        "reasons": lambda: _reasons(said.reasons),
        "ground": lambda: str(RefusalGround(case.refusal_ground).label),
        "result": lambda: _result(case),
        "recipients": lambda: _recipients(case),
        "link": lambda: _link(said.link),
        "recipient": lambda: clean(said.recipient.name) if said.recipient else "",
        "identifiers": lambda: _identifiers(case),
        "what": lambda: _what(said.recipient),
    }


def reasons_on_file(case: Case) -> str:
    """The reasons that stand in the case: of its refusal, or else of its extension."""
    verb = Verb.REFUSE if case.refusal_ground else extension.EXTENDED
    entry = AuditEntry.objects.filter(case=case.reference, verb=verb).order_by("-sequence").first()
    reason = Reason.objects.filter(entry=entry, case=case).first() if entry else None
    return reason.text if reason else ""


def invented() -> Values:
    """An invented case, to look at a text by. In the active language, as above."""
    examples: dict[str, str] = {
        "name": "Linda Dare",
        "organisation": settings.ENV.organisation,
        "reference": "DSR-2026-000142",
        "received_on": written(dt.date(2026, 11, 3)),
        "request": str(Kind.ERASURE.label),
        "account": "acme1",
        "contact": "Data Protection\n14 Long Meadow Lane\n10115 Berlin\nprivacy@example.com",
        "authority": "Supervisory Authority of Example\n1 Example Square\n10115 Berlin",
        "due_on": written(dt.date(2026, 12, 3)),
        "new_date": written(dt.date(2027, 2, 3)),
        "reasons": _("Here stand the reasons, as the officer gives them."),
        "ground": str(RefusalGround.UNFOUNDED.label),
        "link": "https://privacy.example.com/fetch/…",
        "recipient": "Mailing House Ltd",
        "identifiers": "– Linda Dare\n– linda.dare@example.com",
        "what": "–",
    }
    return {
        **{name: _always(text) for name, text in examples.items()},
        "complaint": lambda: _complaint(examples["authority"]),
        "remedy": _remedy,
        "result": lambda: _erased("acme1"),
        "recipients": lambda: f"{_told_to()}\n\n– Mailing House Ltd",
    }


def _always(text: str) -> Callable[[], str]:
    return lambda: text


def _from_record(case: Case, language: str, name: str) -> str:
    row = ProcessingRecord.objects.filter(connection=case.connection, language=language).first()
    text: str = clean(getattr(row, name)).strip() if row else ""
    if not text:
        raise NotReady(
            _(
                "The letter needs “%(what)s” in %(language)s. An administrator fills it in under Connections, "
                "“%(connection)s”, record of processing."
            )
            % {"what": _NAMES[name], "language": LANGUAGES[language], "connection": case.connection.name}
        )
    return text


def _complaint(authority: str) -> str:
    # Translators: in the words of the Regulation's own version, Art. 12(4) and 77(1).
    text = _(
        "You have the right to lodge a complaint with a supervisory authority, in particular in the Member State of "
        "your habitual residence, place of work or place of the alleged infringement (Art. 77 GDPR). The authority "
        "competent for us is:"
    )
    return f"{text}\n\n{authority}"


def _remedy() -> str:
    # Translators: in the words of the Regulation's own version, Art. 12(4) and 79.
    return _(
        "You also have the right to seek a judicial remedy: before the courts of the Member State where we have an "
        "establishment, or of the one where you have your habitual residence (Art. 79 GDPR)."
    )


def _reasons(reasons: str) -> str:
    if not reasons.strip():
        raise InvalidInput(_("Give the reasons, in the language of the letter."), field="reasons")
    return clean(reasons).strip()


def _link(link: str) -> str:
    if not link.strip().startswith("https://") or len(link.split()) != 1:
        raise InvalidInput(_("Give the address of the package, with https:// in front."), field="link")
    return clean(link).strip()


def _erased(account: str) -> str:
    return _(
        "We have erased the personal data about you that we found in the SegMetrics account %(account)s. Afterwards "
        "every identifier known to us was looked up again."
    ) % {"account": account}


def _result(case: Case) -> str:
    account = case.connection.account_id
    if case.outcome == Outcome.ERASED:
        return _erased(account)
    text = _(
        "We have erased the personal data about you that we found in the SegMetrics account %(account)s in part. "
        "Afterwards every identifier known to us was looked up again. What was not erased, and why, stands in the "
        "enclosed certificate."
    ) % {"account": account}
    kept = [
        f"– {line.get_object_display()} {line.object_id}: {cited(line.exemption)}. {clean(line.reason)}".rstrip(". ")
        for line in what_was_done(case).kept
    ]
    if kept:
        text += "\n\n" + _("The following was kept:") + "\n\n" + "\n".join(kept)
    return text


def _told_to() -> str:
    # Translators: in the words of the Regulation's own version, Art. 19.
    return _(
        "We communicate the erasure to the following recipients, to whom the personal data have been disclosed "
        "(Art. 19 GDPR):"
    )


def _recipients(case: Case) -> str:
    notices = list(case.recipient_notices.all())
    told = [f"– {clean(row.name)}" for row in notices if not row.why_not]
    not_told = [f"– {clean(row.name)}" for row in notices if row.why_not]
    parts = [_told_to(), "\n".join(told)] if told else []
    if not_told:
        # Translators: in the words of the Regulation's own version, Art. 19.
        parts.append(_("To tell the following recipients proved impossible or involves disproportionate effort:"))
        parts.append("\n".join(not_told))
    return "\n\n".join(parts)


def _identifiers(case: Case) -> str:
    lines = [f"– {clean(case.subject_name)}"]
    for row in case.known_identifiers:
        row.case = case
        lines.append(f"– {row.get_kind_display()}: {clean(row.value)}")
    return "\n".join(lines)


def _what(recipient: Recipient | None) -> str:
    if recipient is None or not recipient.what:
        return ""
    return _("You were given: %(what)s") % {"what": clean(recipient.what)}
