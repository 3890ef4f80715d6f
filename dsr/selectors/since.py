"""What changed between the plan that came back from its approver and the one that waits now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from dsr import dates
from dsr.models import AuditEntry, Candidate, Case, ChangeAct, Decision, IdentityMethod, Plan, PlanLine
from dsr.selectors.lines import Line, lines_of
from dsr.selectors.planned import Planned, planned_in
from dsr.selectors.timeline import names_of, reason_of
from dsr.states import Verb

RETURNS = frozenset({Verb.SEND_BACK, Verb.STOP})
_DECIDED, _IDENTITY, _NOTED, _MERGED = "candidate_decided", "identity_confirmed", "note_added", "merged_here"
_TOLD = (*RETURNS, Verb.FINISH_PREPARING, _DECIDED, _IDENTITY, _NOTED, _MERGED)


class How(TextChoices):
    """What became of one thing."""

    ADDED = "added", pgettext_lazy("in the plan", "New")
    REMOVED = "removed", gettext_lazy("No longer there")
    CHANGED = "changed", pgettext_lazy("in the plan", "Changed")


@dataclass(frozen=True)
class Said:
    """What stood there: in our words, and in a person's own."""

    words: str
    reason: str = ""


_NOTHING = Said("")


@dataclass(frozen=True)
class Change:
    what: str
    before: Said
    now: Said

    @property
    def how(self) -> How:
        if self.before == _NOTHING:
            return How.ADDED
        return How.REMOVED if self.now == _NOTHING else How.CHANGED


@dataclass(frozen=True)
class Remark:
    """What somebody wrote about it."""

    who: str
    at: dt.datetime
    text: str


@dataclass(frozen=True)
class Since:
    returned: Remark
    was_stopped: bool
    """It came back after its approval, in the cooling-off."""
    answers: tuple[Remark, ...]
    """Notes that were written since."""
    changes: tuple[Change, ...]


def since_return(case: Case, plan: Plan) -> Since | None:
    """The last time that the case came back, and all that is otherwise since; None where it never did."""
    trail = AuditEntry.objects.filter(case=case.reference, verb__in=_TOLD).select_related("reason")
    entries = list(trail.order_by("sequence"))
    at = max((place for place, row in enumerate(entries) if row.verb in RETURNS), default=-1)
    if at < 0:
        return None
    names, reasons = names_of(entries), {row.sequence: reason_of(case, row) for row in entries}
    earlier, came_back, later = entries[:at], entries[at], entries[at + 1 :]

    def remark(entry: AuditEntry) -> Remark:
        when = dt.datetime.fromisoformat(entry.at)
        return Remark(names.get(entry.actor, entry.actor), when, reasons.get(entry.sequence, ""))

    return Since(
        returned=remark(came_back),
        was_stopped=came_back.verb == Verb.STOP,
        answers=tuple(remark(row) for row in later if row.verb == _NOTED),
        changes=(
            *_in_plan(_shown_before(case, earlier), plan),
            *_in_decisions(earlier, later, reasons),
            *_in_identity(earlier, later, reasons),
            *(
                Change(_("Merged into this request"), _NOTHING, Said(row.facts["merged"]))
                for row in later
                if row.verb == _MERGED
            ),
        ),
    )


def _shown_before(case: Case, earlier: Sequence[AuditEntry]) -> Plan | None:
    """The plan that the approver had before them: the last one that was ready for an approval by then."""
    numbers = [row.facts["plan"] for row in earlier if row.verb == Verb.FINISH_PREPARING]
    return case.plans.filter(number=numbers[-1]).first() if numbers else None


def _in_plan(old: Plan | None, new: Plan) -> Iterator[Change]:
    if old is None or old.pk == new.pk:
        return
    if old.ground != new.ground:
        yield Change(_("Ground"), Said(str(old.get_ground_display())), Said(str(new.get_ground_display())))
    if new.case.is_change:
        yield from _in_changes(old, new)
        return
    before, now = ({_key(row.line): row for row in lines_of(plan)} for plan in (old, new))
    for key in dict.fromkeys([*before, *now]):
        was, is_ = (_decision(rows.get(key)) for rows in (before, now))
        if was != is_:
            yield Change(_name((now.get(key) or before[key]).line), was, is_)
    yield from _in_contacts(_contacts(before), _contacts(now))


def _in_changes(old: Plan, new: Plan) -> Iterator[Change]:
    """Of a plan that deletes nothing: each field and each tag, with what it is to be."""
    if old.weighed != new.weighed:
        yield Change(_("What was weighed"), Said(old.weighed), Said(new.weighed))
    before, now = ({_change_key(row): row for row in planned_in(plan)} for plan in (old, new))
    for key in dict.fromkeys([*before, *now]):
        was, is_ = (_planned(rows.get(key)) for rows in (before, now))
        if was != is_:
            yield Change(_change_name(now.get(key) or before[key]), was, is_)
    yield from _in_contacts(*(_changed_contacts(plan) for plan in (old, new)))


def _change_key(row: Planned) -> tuple[str, str, str, str]:
    return row.change.integration_id, row.change.contact_id, row.change.field, _tag(row)


def _tag(row: Planned) -> str:
    """Which tag it is; nothing for a field."""
    return "" if row.change.act == ChangeAct.SET else str(row.change.value.get("name", ""))


def _change_name(row: Planned) -> str:
    return _("%(field)s of contact %(id)s in %(integration)s (%(integration_id)s)") % {
        "field": f"{row.change.field_label} {_tag(row)}".strip(),
        "id": row.change.contact_id,
        "integration": row.change.integration_label,
        "integration_id": row.change.integration_id,
    }


def _planned(row: Planned | None) -> Said:
    if row is None:
        return _NOTHING
    is_field = row.change.act == ChangeAct.SET
    return Said(f"{row.before} → {row.after}" if is_field else str(row.change.get_act_display()))


def _changed_contacts(plan: Plan) -> dict[str, Candidate]:
    rows = list(Candidate.objects.filter(changes__plan=plan).distinct())
    for row in rows:
        row.case = plan.case  # one case, one key
    return {row.contact_id: row for row in rows}


def _key(line: PlanLine) -> tuple[str, str, str]:
    return line.integration_id, line.object, line.object_id


def _name(line: PlanLine) -> str:
    return _("%(object)s %(id)s in %(integration)s (%(integration_id)s)") % {
        "object": line.get_object_display(),
        "id": line.object_id,
        "integration": line.integration_label,
        "integration_id": line.integration_id,
    }


def _decision(row: Line | None) -> Said:
    if row is None:
        return _NOTHING
    line = row.line
    if not line.exemption:
        return Said(str(line.get_decision_display()), line.reason)
    words = _("%(decision)s, on the exemption %(exemption)s")
    names = {"decision": line.get_decision_display(), "exemption": line.get_exemption_display()}
    return Said(words % names, line.reason)


def _contacts(lines: Mapping[tuple[str, str, str], Line]) -> dict[str, Candidate]:
    return {row.line.candidate.contact_id: row.line.candidate for row in lines.values()}


def _in_contacts(before: Mapping[str, Candidate], now: Mapping[str, Candidate]) -> Iterator[Change]:
    """The fields that say who a contact is. One that looks otherwise is another candidate, so each keeps its own."""
    fields = {
        "name": _("Name of contact %(id)s"),
        "email": _("E-mail of contact %(id)s"),
        "created": _("Contact %(id)s created on"),
    }
    for contact_id in before.keys() & now.keys():
        was, is_ = before[contact_id], now[contact_id]
        if was.pk == is_.pk:
            continue
        for field, words in fields.items():
            values = [_written(row.summary.get(field)) for row in (was, is_)]
            if values[0] != values[1]:
                yield Change(words % {"id": contact_id}, Said(values[0]), Said(values[1]))


def _written(value: object) -> str:
    """A moment as the reader writes it; whatever else came, as it came."""
    text = str(value or "")
    try:
        moment = parse_datetime(text) if text[:4].isdigit() else None
    except ValueError:  # it looks like one, and no calendar has it
        moment = None
    return dates.moment(moment) if moment else text or "—"


def _in_decisions(
    earlier: Sequence[AuditEntry], later: Sequence[AuditEntry], reasons: Mapping[int, str]
) -> Iterator[Change]:
    """Contacts that were decided on anew, as the audit trail has it: the contact's own row knows only the last word."""
    before, after = (
        {row.facts["contact_id"]: row for row in rows if row.verb == _DECIDED} for rows in (earlier, later)
    )

    def said(row: AuditEntry | None) -> Said:
        return Said(str(Decision(row.facts["decision"]).label), reasons.get(row.sequence, "")) if row else _NOTHING

    for contact_id, row in after.items():
        was, is_ = said(before.get(contact_id)), said(row)
        if was != is_:
            yield Change(_("Decision on contact %(id)s") % {"id": contact_id}, was, is_)


def _in_identity(
    earlier: Sequence[AuditEntry], later: Sequence[AuditEntry], reasons: Mapping[int, str]
) -> Iterator[Change]:
    def last(rows: Sequence[AuditEntry]) -> Said:
        found = next((row for row in reversed(rows) if row.verb == _IDENTITY), None)
        if found is None:
            return _NOTHING
        return Said(str(IdentityMethod(found.facts["method"]).label), reasons.get(found.sequence, ""))

    was, is_ = last(earlier), last(later)
    if is_ not in {_NOTHING, was}:
        yield Change(_("How the identity was confirmed"), was, is_)
