"""What the placeholders of letters stand for in a case, in the active language, which must be the letter's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dsr.days import written
from dsr.evidence.text import clean
from dsr.exceptions import InvalidInput, NotReady
from dsr.languages import LANGUAGES
from dsr.models import (
    Answer,
    AuditEntry,
    Case,
    Change,
    ChangeAct,
    Phase,
    PlanLine,
    ProcessingRecord,
    Reason,
    Recipient,
    RefusalGround,
)
from dsr.phrases import named
from dsr.services import extension, handover_links
from dsr.services import letter_words as words
from dsr.services.changed import what_was_changed
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
        "complaint": lambda: words.complaint(record("authority")),
        "remedy": words.remedy,
        "due_on": lambda: written(case.due_on),
        "new_date": lambda: written(case.due_on),
        "reasons": lambda: _reasons(said.reasons),
        "ground": lambda: str(RefusalGround(case.refusal_ground).label),
        "result": lambda: _changed(case) if case.is_change else _result(case),
        "changes": lambda: _changes(case),
        "recipients": lambda: _recipients(case),
        "link": lambda: _link(case, said.link),
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
        "reasons": words.example_of_reasons(),
        "ground": str(RefusalGround.UNFOUNDED.label),
        "link": "https://privacy.example.com/fetch/…",
        "recipient": "Mailing House Ltd",
        "identifiers": "– Linda Dare\n– linda.dare@example.com",
        "what": "–",
        "changes": words.restriction_to_recipient(),
    }
    return {
        **{name: _always(text) for name, text in examples.items()},
        "complaint": lambda: words.complaint(examples["authority"]),
        "remedy": words.remedy,
        "result": lambda: words.erased("acme1"),
        "recipients": lambda: f"{words.told_to()}\n\n– Mailing House Ltd",
    }


def _always(text: str) -> Callable[[], str]:
    return lambda: text


def _from_record(case: Case, language: str, name: str) -> str:
    row = ProcessingRecord.objects.filter(connection=case.connection, language=language).first()
    text: str = clean(getattr(row, name)).strip() if row else ""
    if not text:

        def words() -> str:
            return _(
                "The letter needs “%(what)s” in %(language)s. An administrator fills it in under Connections, "
                "“%(connection)s”, record of processing."
            ) % {"what": _NAMES[name], "language": LANGUAGES[language], "connection": case.connection.shown}

        raise NotReady(lazy(words, str)())
    return text


def _reasons(reasons: str) -> str:
    if not reasons.strip():
        raise InvalidInput(gettext_lazy("Give the reasons, in the language of the letter."), field="reasons")
    return clean(reasons).strip()


def _link(case: Case, link: str) -> str:
    """One of ours must open this very package: another person's must never reach this one."""
    address = clean(link).strip()
    if address.startswith(f"{settings.ENV.base_url}/"):
        if not handover_links.opens_at(address, case=case):
            raise InvalidInput(
                gettext_lazy("This link doesn't open the package of this request, or not any more. Make a new one."),
                field="link",
            )
    elif not address.startswith("https://") or len(address.split()) != 1:
        raise InvalidInput(gettext_lazy("Give the address of the package, with https:// in front."), field="link")
    return address


def _result(case: Case) -> str:
    account = case.connection.account_id
    parts = [words.erased(account) if case.outcome == Outcome.ERASED else words.erased_in_part(account)]
    if case.outcome == Outcome.ERASED_IN_PART:
        done = what_was_done(case)
        kept = [_kept(line) for line in done.kept]
        if kept:
            parts += [words.kept(), "\n".join(kept)]
        if not kept or done.left or done.unsure or done.before or done.answered:
            parts.append(words.see_certificate())
    if case.lookups.filter(phase=Phase.VERIFY, answer=Answer.INCONCLUSIVE).exists():
        parts.append(words.not_conclusive())
    return "\n\n".join(parts)


def _changed(case: Case) -> str:
    account = case.connection.account_id
    said = {
        Kind.RECTIFICATION: words.rectified,
        Kind.RESTRICTION: words.restricted,
        Kind.OBJECTION: words.objection_noted,
    }
    done = what_was_changed(case)
    parts = [said[Kind(case.kind)](account), "\n".join(_listed(done.done))]
    if done.left or done.unsure:
        parts.append(words.see_certificate_of_changes())
    return "\n\n".join(parts)


def _changes(case: Case) -> str:
    """For a recipient: of a rectification the new values; of a restriction that it is one."""
    if case.kind == Kind.RESTRICTION:
        return words.restriction_to_recipient()
    return "\n".join([words.now_reads(), "", *_listed(what_was_changed(case).done)])


def _listed(rows: Sequence[Change]) -> list[str]:
    """Each field with what stands there now, and each tag that was put on or taken off; once for all integrations."""
    lines = []
    for row in rows:
        before, after = row.in_words
        text = {
            ChangeAct.SET: f"– {named(row.field_label, clean(after))}",
            ChangeAct.REMOVE_TAG: f"– {words.tag_off(clean(before))}",
            ChangeAct.ADD_TAG: f"– {words.tag_on(clean(after))}",
        }[ChangeAct(row.act)]
        lines.append(text)
    return list(dict.fromkeys(lines))


def _kept(line: PlanLine) -> str:
    """The object, the exemption, and the officer's reason: what was kept was refused, so Art. 12(4) holds."""
    told = f"– {line.get_object_display()} {line.object_id}: {cited(line.exemption)}."
    return f"{told} {clean(line.reason)}".rstrip()


def _recipients(case: Case) -> str:
    notices = list(case.recipient_notices.all())
    told = [f"– {clean(row.name)}" for row in notices if not row.why_not]
    not_told = [f"– {clean(row.name)}" for row in notices if row.why_not]
    told_of = words.told_of_change() if case.is_change else words.told_to()
    parts = [told_of, "\n".join(told)] if told else []
    if not_told:
        parts += [words.not_told(), "\n".join(not_told)]
    return "\n\n".join(parts)


def _identifiers(case: Case) -> str:
    rows = (f"– {row.get_kind_display()}: {clean(row.value)}" for row in case.told_identifiers)
    return "\n".join((f"– {clean(case.subject_name)}", *rows))


def _what(recipient: Recipient | None) -> str:
    if recipient is None or not recipient.what:
        return ""
    return words.given(clean(recipient.what))
