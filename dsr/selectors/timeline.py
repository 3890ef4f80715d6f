"""The audit trail of one case as a story: what, who, when, why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from dsr import audit, dates
from dsr.actions import Action
from dsr.attention import Attention
from dsr.exceptions import KeyDestroyed
from dsr.languages import LANGUAGES, amid
from dsr.models import (
    AuditEntry,
    Case,
    ChangeStep,
    Decision,
    DocumentKind,
    IdentityMethod,
    LetterKind,
    ObjectKind,
    Reason,
    RefusalGround,
    StepState,
    User,
)
from dsr.phrases import named
from dsr.selectors.ago import ago
from dsr.selectors.office_words import OFFICE_WORDS
from dsr.states import Verb

Facts = Mapping[str, Any]
_ASSIGNED = "assigned"
_NO_STAFF = {audit.WORKER, audit.VISITOR}
WEIGHTY = {
    Verb.APPROVE,
    Verb.STOP,
    Verb.CERTIFY,
    Verb.ASK_PERSON,
    Verb.REFUSE,
    Verb.WITHDRAW,
    Verb.HAND_OVER,
    Verb.MERGE,
    "merged_here",
    "hold_placed",
    "hold_put_back",
    "hold_lifted",
    "case_purged",
}


@dataclass(frozen=True)
class Event:
    what: str
    who: str
    at: dt.datetime
    reason: str
    times: int
    verb: str

    @property
    def is_weighty(self) -> bool:
        return self.verb in WEIGHTY

    @property
    def is_reading(self) -> bool:
        """Somebody looked at something; the case itself is as it was."""
        return self.verb in {"document_opened", "document_downloaded"}

    @property
    def ago(self) -> str:
        return ago(self.at)


def trail_of(case: Case) -> list[AuditEntry]:
    """Every entry of the case's audit trail with its reason, the newest first."""
    return list(AuditEntry.objects.filter(case=case.reference).select_related("reason").order_by("-sequence"))


def story_of(
    case: Case, trail: Sequence[AuditEntry] | None = None, names: Mapping[str, str] | None = None
) -> list[Event]:
    """The trail in words; openings in a row of one document are one event.

    `names` are those of the staff by their reference. What isn't given is read.
    """
    entries = trail_of(case) if trail is None else trail
    if names is None:
        names = names_of(entries)
    events = []
    for (verb, actor, _document), group in groupby(entries, key=_folding_key):
        rows = list(group)
        events.append(
            Event(
                what=describe(verb, _told(rows, names)),
                who=_stand_in(actor) if actor in _NO_STAFF else names.get(actor, actor),
                at=dt.datetime.fromisoformat(rows[0].at),
                reason=reason_of(case, rows[0]),
                times=len(rows),
                verb=verb,
            )
        )
    return events


def _folding_key(entry: AuditEntry) -> tuple[str, str, object]:
    folds = entry.verb == "document_opened"
    return entry.verb, entry.actor, entry.facts.get("document") if folds else entry.sequence


def _told(rows: list[AuditEntry], names: Mapping[str, str]) -> Facts:
    """The facts to put into words: of several openings those they share, and a name for whom the case was given to."""
    facts = rows[0].facts if len(rows) == 1 else {**rows[0].facts, "entry": ""}
    return {**facts, "to": names.get(facts["to"], facts["to"])} if rows[0].verb == _ASSIGNED else facts


def names_of(entries: Iterable[AuditEntry]) -> dict[str, str]:
    """Whoever did these, and to whom a case was given, by their references."""
    rows = list(entries)
    given_to = {entry.facts["to"] for entry in rows if entry.verb == _ASSIGNED and entry.facts["to"]}
    actors = {entry.actor for entry in rows} - _NO_STAFF | given_to
    users = User.objects.filter(pk__in=[int(actor[2:]) for actor in actors])
    return {user.staff_reference: user.full_name for user in users}


def reason_of(case: Case, entry: AuditEntry) -> str:
    """What a person wrote about an entry, as `trail_of` reads it; nothing once the contents are destroyed."""
    reason: Reason | None = getattr(entry, "reason", None)
    if reason is None:
        return ""
    reason.case = case  # with its key, which is opened once
    try:
        return reason.text
    except KeyDestroyed:
        return ""


def describe(verb: str, facts: Facts) -> str:
    """An entry in words, from its verb and its facts."""
    words = _WORDS.get(verb) or OFFICE_WORDS.get(verb)
    if words:
        return words(facts)
    if verb in Verb.values:
        return str(Verb(verb).label)
    return verb.replace("_", " ").capitalize()  # recorded by another version: this one has words for all of its own


def _label(choices: Any, value: Any) -> str:
    return str(choices(value).label) if value in choices.values else str(value)


def _decided(facts: Facts) -> str:
    same = facts.get("decision") == Decision.SAME_PERSON
    words = _("Contact %(id)s confirmed") if same else _("Contact %(id)s ruled out")
    return words % {"id": facts.get("contact_id", "")}


def _identity(facts: Facts) -> str:
    words = _("Identity confirmed: %(method)s") % {"method": amid(_label(IdentityMethod, facts.get("method")))}
    return f"{words}{_clock(facts)}"


def _clock(facts: Facts) -> str:
    """What became of the clock, after what was done."""
    if facts.get("clock") == "stopped":
        return _("; the clock stopped")
    if facts.get("clock") != "runs":
        return ""
    words = ngettext(
        "; the clock runs again after %(days)d day, due %(day)s",
        "; the clock runs again after %(days)d days, due %(day)s",
        facts["days"],
    )
    return words % {"days": facts["days"], "day": dates.day(dt.date.fromisoformat(facts["due_on"]))}


def _recounted(facts: Facts) -> str:
    before, after = (dates.day(dt.date.fromisoformat(facts[name])) for name in ("before", "due_on"))
    return _("Holidays changed: due %(after)s instead of %(before)s") % {"after": after, "before": before}


def _day_in(facts: Facts) -> str:
    return dates.day(dt.date.fromisoformat(facts["day"])) if facts.get("day") else ""


def _searched(facts: Facts) -> str:
    count = len(facts.get("contacts", []))
    words = ngettext("Search finished, %(count)d contact found", "Search finished, %(count)d contacts found", count)
    return words % {"count": count}


def _exported(facts: Facts) -> str:
    return _("Export finished, %(files)s files") % {"files": facts.get("files", "")}


def _packaged(facts: Facts) -> str:
    language = str(facts.get("language"))
    return _("Access package made, in %(language)s") % {"language": LANGUAGES.get(language, language)}


def _step(facts: Facts) -> str:
    results: dict[str, str] = {
        StepState.ALREADY_GONE: _("%(what)s %(id)s was already gone"),
        StepState.GONE: _("%(what)s %(id)s is gone, after an attempt that wasn't confirmed"),
    }
    words = results.get(str(facts.get("result")), _("%(what)s %(id)s deleted"))
    return words % {"what": _label(ObjectKind, facts.get("object")), "id": facts.get("id", "")}


def _after_restore(facts: Facts) -> str:
    words = {
        "gone": _("Looked up after a restore: contact %(id)s is gone"),
        "still_there": _("Looked up after a restore: contact %(id)s still answers"),
    }.get(facts.get("found", ""), _("After a restore contact %(id)s could not be looked up"))
    return words % {"id": facts.get("contact_id", "")}


def _asked(facts: Facts) -> str:
    code = facts.get("why")
    return named(Verb.ASK_PERSON.label, _label(Attention, code)) if code else str(Verb.ASK_PERSON.label)


def _opened(facts: Facts) -> str:
    return _("%(what)s opened") % {"what": _document(facts)}


def _downloaded(facts: Facts) -> str:
    return _("%(what)s downloaded") % {"what": _document(facts)}


def _destroyed(facts: Facts) -> str:
    return _("%(what)s destroyed") % {"what": _document(facts)}


def _destruction_begun(facts: Facts) -> str:
    return _("%(what)s: destruction begun") % {"what": _document(facts)}


def _erasure_begun(facts: Facts) -> str:
    return _("Deletion of plan %(number)s begun") % {"number": facts.get("plan", "")}


def _erasure_not_begun(facts: Facts) -> str:
    return _("Deletion of plan %(number)s not begun: the ledger couldn't be written") % {
        "number": facts.get("plan", "")
    }


def _changed(facts: Facts) -> str:
    about = {"id": facts.get("contact", ""), "count": facts.get("changes", "")}
    if facts.get("result") == ChangeStep.ALREADY_SO:
        return _("Contact %(id)s: %(count)s of the changes were there already") % about
    return _("Contact %(id)s: %(count)s changes made and read again") % about


def _set_aside(facts: Facts) -> str:
    return _("Files that no request names set aside: %(count)s") % {"count": facts.get("count", "")}


def _set_aside_destroyed(facts: Facts) -> str:
    return _("Files that were set aside destroyed: %(count)s") % {"count": facts.get("count", "")}


def _document(facts: Facts) -> str:
    kind = facts.get("kind")
    name = _("Outgoing letter") if kind == DocumentKind.OUTGOING else _label(DocumentKind, kind)
    return f"{name}, {facts['entry']}" if facts.get("entry") else name


def _refused(facts: Facts) -> str:
    ground = facts.get("ground")
    words = named(Verb.REFUSE.label, _label(RefusalGround, ground)) if ground else str(Verb.REFUSE.label)
    return f"{words}{_clock(facts)}"


def _issued(facts: Facts) -> str:
    return _("%(what)s issued") % {"what": _label(DocumentKind, facts.get("kind"))}


def _letter(words: str) -> Callable[[Facts], str]:
    return lambda facts: named(_label(LetterKind, facts.get("kind")), _(words))


def _extended(facts: Facts) -> str:
    return _("Time limit extended to %(day)s") % {"day": dates.day(dt.date.fromisoformat(facts["due_on"]))}


def _language(facts: Facts) -> str:
    language = str(facts.get("language"))
    return _("Language of the documents: %(language)s") % {"language": LANGUAGES.get(language, language)}


def _link_made(facts: Facts) -> str:
    day = dates.day(dt.date.fromisoformat(facts["expires"]))
    return _("Hand-over link made, open until %(day)s") % {"day": day}


def _link_tried(facts: Facts) -> str:
    left = int(facts.get("tries_left", 0))
    words = ngettext(
        "Wrong code at the hand-over link, %(count)d try left",
        "Wrong code at the hand-over link, %(count)d tries left",
        left,
    )
    return words % {"count": left}


def _package_sent(facts: Facts) -> str:
    return _("Package sent in full by the link (download %(number)s)") % {"number": facts.get("download", "")}


def _package_opened(facts: Facts) -> str:
    return _("Download %(number)s by the link begun") % {"number": facts.get("download", "")}


def _assigned(facts: Facts) -> str:
    return _("Given to %(name)s") % {"name": facts["to"]} if facts.get("to") else _("Given to nobody")


def _agent_read(facts: Facts) -> str:
    return _("Read through an AI client: %(action)s") % {"action": Action(facts["action"]).label}


def _stand_in(actor: str) -> str:
    """Who it was, where it was no member of staff."""
    return _("the worker") if actor == audit.WORKER else _("whoever has the link and the code")


_WORDS: dict[str, Callable[[Facts], str]] = {
    _ASSIGNED: _assigned,
    "person_returned": lambda facts: _("Contact %(contact_id)s carries an address of this person again") % facts,
    "follow_up_filed": lambda facts: _("Follow-up request %(follow_up)s filed") % facts,
    "return_dismissed": lambda facts: _("Contact %(contact_id)s needs no follow-up") % facts,
    "note_added": lambda _facts: _("Note"),
    "attachment_added": lambda _facts: _("Attachment added"),
    "filed": lambda _facts: _("Request filed"),
    "identity_asked": lambda facts: _("Proof of identity asked for") + _clock(facts),
    "identity_answered": lambda facts: _("Answered, but the identity isn't proven yet") + _clock(facts),
    "due_date_recounted": _recounted,
    "holiday_added": lambda facts: _("Holiday added: %(day)s") % {"day": _day_in(facts)},
    "holiday_removed": lambda facts: _("Holiday removed: %(day)s") % {"day": _day_in(facts)},
    "contact_found": lambda facts: _("Contact %(contact)s found at SegMetrics") % {"contact": facts.get("contact", "")},
    "contact_shown": lambda facts: _("Contact %(contact)s looked at") % {"contact": facts.get("contact", "")},
    "contact_sent": lambda facts: _("Change of contact %(contact)s sent") % {"contact": facts.get("contact", "")},
    "contact_tagged": lambda facts: _("Tags of contact %(contact)s sent") % {"contact": facts.get("contact", "")},
    "product_sent": lambda facts: _("Product %(product)s sent") % {"product": facts.get("product", "")},
    "price_sent": lambda facts: _("Price of product %(product)s sent") % {"product": facts.get("product", "")},
    "tagging_begun": lambda _facts: _("Tagging by a rule begun"),
    "tagging_finished": lambda _facts: _("Tagging by a rule finished"),
    "tagging_thrown_away": lambda _facts: _("Tagging by a rule thrown away"),
    "calendar_made": lambda _facts: _("Calendar address made"),
    "agent_token_made": lambda _facts: _("Token for an AI client made"),
    "agent_token_ended": lambda _facts: _("Token for an AI client ended"),
    "totals_asked": lambda _facts: _("Totals of all contacts asked for, to see the impact"),
    "agent_read": _agent_read,
    "filed_by_agent": lambda _facts: _("Filed through an AI client"),
    "calendar_ended": lambda _facts: _("Calendar address ended"),
    "identity_confirmed": _identity,
    "language_chosen": _language,
    "candidate_decided": _decided,
    "review_saved": lambda _facts: _("Review saved"),
    "export_finished": _exported,
    "package_made": _packaged,
    "supplement_finished": lambda _facts: _("Supplementary export finished"),
    "erasure_begun": _erasure_begun,
    "erasure_not_begun": _erasure_not_begun,
    "step_done": _step,
    "changes_saved": lambda _facts: _("Review saved"),
    "change_begun": lambda facts: _("Change of plan %(number)s begun") % {"number": facts.get("plan", "")},
    "change_done": _changed,
    "looked_up_after_restore": _after_restore,
    "lookup_done": lambda _facts: _("Every identifier looked up again"),
    "document_opened": _opened,
    "document_downloaded": _downloaded,
    "destruction_begun": _destruction_begun,
    "document_destroyed": _destroyed,
    "backup_without": lambda facts: _("Backed up without %(count)s lost files") % {"count": facts.get("files", "")},
    "files_set_aside": _set_aside,
    "set_aside_destruction_begun": lambda _facts: _("Destruction of files set aside begun"),
    "set_aside_destroyed": _set_aside_destroyed,
    "proof_added": lambda _facts: _("Proof of identity added"),
    "purge_begun": lambda _facts: _("Destruction of the contents begun"),
    "case_purged": lambda _facts: _("Contents destroyed"),
    "hold_begun": lambda _facts: _("Legal hold about to be placed"),
    "hold_put_back": lambda _facts: _("Legal hold put back after a restore"),
    "hold_placed": lambda _facts: _("Legal hold placed"),
    "hold_lift_asked": lambda _facts: _("Lifting of the legal hold asked for"),
    "hold_kept": lambda _facts: _("Lifting of the legal hold turned down"),
    "hold_lifted": lambda _facts: _("Legal hold lifted"),
    "time_limit_extended": _extended,
    "letter_written": _letter(gettext_noop("letter written")),
    "letter_tried_again": _letter(gettext_noop("letter handed over once more")),
    "letter_drawn": _letter(gettext_noop("letter drawn, to be posted")),
    "letter_sent": _letter(gettext_noop("letter sent")),
    "letter_noted_sent": _letter(gettext_noop("letter noted as sent")),
    "letter_failed": _letter(gettext_noop("letter not sent")),
    "letter_in_doubt": _letter(gettext_noop("letter may have been sent")),
    "letter_bounced": _letter(gettext_noop("letter came back")),
    "recipient_told": lambda _facts: _("Recipient noted as told (Art. 19)"),
    "recipient_answered": lambda _facts: _("Recipient's answer noted (Art. 19)"),
    "recipient_not_told": lambda _facts: _("Noted why a recipient can't be told (Art. 19)"),
    "report_asked": lambda facts: _("Report %(report)s asked for") % facts,
    "report_made": lambda facts: _("Report %(report)s drawn") % facts,
    "report_retried": lambda facts: _("Report %(report)s asked for again") % facts,
    "requests_searched": lambda facts: _("Requests looked for, %(found)s found") % facts,
    "requests_exported": lambda facts: _("List of requests downloaded, %(rows)s rows") % facts,
    "report_downloaded": lambda facts: _("Report %(report)s downloaded") % facts,
    "report_table_taken": lambda _facts: _("Figures or register downloaded as a table"),
    "filing_uploaded": lambda facts: _("File of requests %(batch)s uploaded") % facts,
    "filing_begun": lambda facts: _("Filing of %(batch)s begun") % facts,
    "filing_stopped": lambda facts: _("Filing of %(batch)s stopped") % facts,
    "filing_went_on": lambda facts: _("Filing of %(batch)s gone on with") % facts,
    "filing_finished": lambda facts: _("Filing of %(batch)s finished") % facts,
    "filing_rest_taken": lambda facts: _("Rows of %(batch)s that weren't filed downloaded") % facts,
    "filing_thrown_away": lambda facts: _("Rows of %(batch)s thrown away") % facts,
    "filing_expired": lambda facts: _("Rows of %(batch)s destroyed after seven days") % facts,
    "account_halted": lambda facts: _("All work over connection %(connection)s stopped after faults") % facts,
    "account_goes_on": lambda facts: _("Work over connection %(connection)s goes on") % facts,
    "account_paused": lambda facts: _("Deletions over connection %(connection)s paused") % facts,
    "account_resumed": lambda facts: _("Deletions over connection %(connection)s resumed") % facts,
    "dry_run_begun": lambda facts: _("Dry run over %(cases)s cases begun") % facts,
    "closing_record_asked": lambda _facts: _("Record asked for again"),
    "closing_record_issued": _issued,
    "link_made": _link_made,
    "link_revoked": lambda _facts: _("Hand-over link revoked"),
    "link_tried": _link_tried,
    "package_opened": _package_opened,
    "package_sent": _package_sent,
    "redaction_added": lambda _facts: _("Another person's data left out of the package"),
    "redaction_removed": lambda _facts: _("No longer left out of the package"),
    "merged_here": lambda facts: _("%(merged)s merged into this request") % facts,
    Verb.MERGE: lambda facts: _("Merged into %(into)s") % facts,
    Verb.FINISH_SEARCH: _searched,
    Verb.ASK_PERSON: _asked,
    Verb.REFUSE: _refused,
}
