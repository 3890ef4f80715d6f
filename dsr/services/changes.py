"""What a plan changes: choose it (Art. 16, 18, 21), compare it with what is there, and what the connection must allow.

Rectification sets fields. A restriction or an objection takes chosen tags off and sets the status or a tag, which is
how the account notes it. Nothing is chosen beforehand, and no contact is changed in an integration that nobody chose:
a change of an id that an integration doesn't hold would make a new contact there.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from dsr import audit
from dsr.actions import Action
from dsr.attention import Attention
from dsr.connectors.segmetrics import Seen
from dsr.connectors.shown import is_same
from dsr.exceptions import InvalidInput, NeedsPerson, NotReady, StaleView, WrongState
from dsr.models import (
    CUSTOM,
    READ,
    TAG,
    Candidate,
    Case,
    Change,
    ChangeAct,
    ChangeStep,
    Connection,
    ObjectionGround,
    Plan,
    RestrictionGround,
    User,
)
from dsr.permissions import Role, raise_if_not, record_actor
from dsr.services import reasons
from dsr.services.seen import raise_if_unseen
from dsr.services.transition import locked
from dsr.states import Kind, State

SAVED = "changes_saved"
"""The verb of its audit entry."""
NAMED_FIELDS = ("first_name", "last_name", "email")
STATUSES = ("active", "inactive")
_LONGEST = 1_000
_LONGEST_NAME = 100
_NEEDS = {
    ChangeAct.SET: Action.UPSERT_CONTACT,
    ChangeAct.ADD_TAG: Action.ADD_CONTACT_TAGS,
    ChangeAct.REMOVE_TAG: Action.REMOVE_CONTACT_TAGS,
}


@dataclass(frozen=True)
class Wanted:
    """What a person chose for one confirmed contact. `fields` are new values by field; of a custom field with
    `custom:` before its name."""

    integrations: Sequence[str] = ()
    fields: Mapping[str, str] = field(default_factory=dict)
    remove_tags: Sequence[str] = ()
    add_tags: Sequence[str] = ()

    @property
    def is_nothing(self) -> bool:
        return not (self.fields or self.remove_tags or self.add_tags)


def standing(plan: Plan) -> dict[str, str]:
    """What was chosen, for the mark of a form; nothing as long as nobody has chosen anything."""
    rows = list(plan.changes.all())
    for row in rows:
        row.plan = plan
    return _written(plan, rows)


def _written(plan: Plan, rows: Iterable[Change]) -> dict[str, str]:
    chosen: dict[str, list[str]] = {}
    for row in rows:
        value, pk = row.value, row.candidate_id
        name = row.field if row.act == ChangeAct.SET else f"{row.act}s"  # `remove_tags`, `add_tags`
        chosen.setdefault(f"{name}-{pk}", []).append(_text(value["after" if row.act == ChangeAct.SET else "name"]))
        chosen.setdefault(f"integrations-{pk}", []).append(row.integration_id)
    # An emptied field is a choice too, and the same change is chosen once for all integrations.
    values = {name: ", ".join(dict.fromkeys(parts)) or "–" for name, parts in chosen.items()}
    return {"ground": plan.ground, "weighed": plan.weighed, **values}


def save(
    *,
    case: Case,
    actor: User,
    wanted: Mapping[int, Wanted],
    ground: str = "",
    weighed: str = "",
    seen: str | None = None,
) -> None:
    """Save what is changed, by candidate, in the place of what was chosen before.

    Raises `InvalidInput` with the field `ground`, `weighed` or `<name>-<candidate>`. `seen` is the mark of the form
    (`services.seen`).
    """
    raise_if_not(actor, Role.PRIVACY_OFFICER)
    with transaction.atomic():
        fresh = locked(case.pk)
        plan = fresh.current_plan
        if fresh.state != State.REVIEW or plan is None or not fresh.is_change:
            raise WrongState(_("The review is over. Look at the case again."))
        candidates = {row.pk: row for row in fresh.candidates.filter(decision="same_person", superseded=False)}
        if set(wanted) - set(candidates):
            raise StaleView(_("The contacts have changed since this page was shown. Look at them again."))
        plan.case = fresh
        now = standing(plan)
        plan.ground, plan.weighed_sealed = _ground(fresh, ground), _weighed(fresh, ground, weighed)
        planned: list[Change] = []
        for pk, chosen in wanted.items():
            candidates[pk].case = fresh
            planned += _planned(plan, candidates[pk], chosen, actor, after=len(planned))
        raise_if_unseen(
            seen, now=now, wanted=_written(plan, planned), verbs=[SAVED], case=fresh, about={"plan": plan.number}
        )
        plan.save(update_fields=["ground", "weighed_sealed"])
        plan.changes.all().delete()
        Change.objects.bulk_create(planned)
        record_actor(case=fresh, user=actor, act="reviewed")
        acts = list(plan.changes.values_list("act", flat=True))
        audit.record(
            actor=actor,
            verb=SAVED,
            case=fresh,
            facts={
                "plan": plan.number,
                "ground": plan.ground,
                "changes": {act.value: acts.count(act) for act in ChangeAct if act in acts},
            },
        )


def _ground(case: Case, ground: str) -> str:
    grounds = {Kind.RESTRICTION: RestrictionGround.values, Kind.OBJECTION: ObjectionGround.values}.get(Kind(case.kind))
    if grounds is None:
        return ""  # Art. 16 has one
    if ground not in grounds:
        raise InvalidInput(_("Choose the ground."), field="ground")
    return ground


def _weighed(case: Case, ground: str, weighed: str) -> bytes:
    """Art. 21(1) wants the controller's grounds weighed; Art. 21(2)–(3) is absolute, so nothing is asked or kept."""
    if ground != ObjectionGround.OWN_SITUATION:
        return b""
    text = reasons.checked(
        weighed, _("Say what was weighed, and why no compelling grounds override the objection."), field="weighed"
    )
    return case.seal(text, field="weighed")


def _planned(plan: Plan, candidate: Candidate, chosen: Wanted, actor: User, *, after: int) -> list[Change]:
    """The changes of one contact, not saved yet, in their places after those of others."""
    if chosen.is_nothing:
        return []
    known = {row.integration_id: row.label for row in plan.case.connection.integrations.all()}
    if not chosen.integrations or set(chosen.integrations) - set(known):
        raise InvalidInput(_("Choose the integration that this contact is in."), field=f"integrations-{candidate.pk}")
    rows = list(_rows(plan.case, candidate, chosen))
    places = [(integration_id, *row) for integration_id in dict.fromkeys(chosen.integrations) for row in rows]
    return [
        Change(
            plan=plan,
            candidate=candidate,
            position=position,
            integration_id=integration_id,
            integration_label=known[integration_id],
            contact_id=candidate.contact_id,
            act=act,
            field=name,
            value_sealed=plan.case.seal_json(value, field="change"),
            decided_by=actor,
        )
        for position, (integration_id, act, name, value) in enumerate(places, start=after + 1)
    ]


def _rows(case: Case, candidate: Candidate, chosen: Wanted) -> Iterator[tuple[ChangeAct, str, dict[str, Any]]]:
    """What is really another than what is there; the rest is no change."""
    summary = candidate.summary
    if case.kind == Kind.RECTIFICATION:
        if chosen.remove_tags or chosen.add_tags or "status" in chosen.fields:
            raise InvalidInput(_("A rectification changes fields, not tags or the status."))
    elif set(chosen.fields) - {"status"}:
        raise InvalidInput(_("Only tags and the status are changed here."))
    for name, text in chosen.fields.items():
        after = _checked(candidate, name, text)
        if same(name, value_of(summary, name), after):
            continue
        yield ChangeAct.SET, name, {"before": value_of(summary, name), "after": after}
    for name in dict.fromkeys(chosen.remove_tags):
        if name not in summary["tags"]:
            raise StaleView(_("The tags have changed since this page was shown. Look at them again."))
        yield ChangeAct.REMOVE_TAG, TAG, {"name": name, "id": summary.get("tag_ids", {}).get(name, "")}
    for name in dict.fromkeys(_checked_tag(candidate, tag) for tag in chosen.add_tags):
        if name in chosen.remove_tags:
            raise InvalidInput(_("This tag is taken off already."), field=f"add_tags-{candidate.pk}")
        if name not in summary["tags"]:
            yield ChangeAct.ADD_TAG, TAG, {"name": name, "id": ""}


def _checked(candidate: Candidate, name: str, text: str) -> str:
    where = f"{name}-{candidate.pk}"
    text = text.strip()
    if len(text) > _LONGEST:
        raise InvalidInput(_("This text is too long."), field=where)
    if name == "email":
        try:
            validate_email(text)
        except ValidationError:
            raise InvalidInput(_("Give a whole e-mail address."), field=where) from None
    elif name == "status":
        if text not in STATUSES:
            raise InvalidInput(_("Choose one of the list."), field=where)
    elif name.startswith(CUSTOM):
        custom = name.removeprefix(CUSTOM)
        # The name stands in the certificate, which outlives the purge.
        if not custom.strip() or "@" in custom or len(custom) > _LONGEST_NAME or not custom.isprintable():
            raise InvalidInput(_("This can't be the name of a field."), field=where)
        if custom in candidate.summary.get("other_fields", ()):
            raise InvalidInput(_("This field holds a list or a long text, and can't be changed here."), field=where)
    elif name not in NAMED_FIELDS:
        raise InvalidInput(_("This field can't be changed here."), field=where)
    return text


def _checked_tag(candidate: Candidate, name: str) -> str:
    name = name.strip()
    if not name or len(name) > _LONGEST_NAME or not name.isprintable() or name.isdigit():
        raise InvalidInput(
            _("Give the tag a name that isn't a number: SegMetrics takes a number for a tag's id."),
            field=f"add_tags-{candidate.pk}",
        )
    return name


def value_of(summary: Mapping[str, Any], name: str) -> Any:
    """What stands in a field of a contact as it was seen."""
    if name.startswith(CUSTOM):
        return (summary.get("custom_fields") or {}).get(name.removeprefix(CUSTOM))
    return summary.get(name)


def same(name: str, one: Any, other: Any) -> bool:
    """Whether two values of a field are the same to a reader: the service may turn a number into a text."""
    return is_same(name, _text(one), _text(other))


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def is_so(change: Change, seen: Seen) -> bool:
    """Whether the contact, as it reads now, is as this change wants it."""
    if change.act == ChangeAct.SET:
        return same(change.field, value_of(seen.summary, change.field), change.value["after"])
    return (change.value["name"] in seen.summary["tags"]) == (change.act == ChangeAct.ADD_TAG)


def note_reading(change: Change, seen: Seen) -> None:
    """Keep what a field really reads, where that isn't to the letter what was sent: this is what is shown and told."""
    value = change.value
    if change.act != ChangeAct.SET or _text(value_of(seen.summary, change.field)) == _text(value["after"]):
        return
    read = {**value, READ: value_of(seen.summary, change.field)}
    change.value_sealed = change.plan.case.seal_json(read, field="change")
    change.save(update_fields=["value_sealed"])


def raise_if_not_as_reviewed(candidate: Candidate, seen: Seen, planned: Iterable[Change]) -> None:
    """The live contact must be who was reviewed, and each field of the plan must hold its value before or after.

    “After” too: a run that was killed may have set it. Raises `NeedsPerson`.
    """
    allowed: dict[str, list[Any]] = {name: [value_of(candidate.summary, name)] for name in (*NAMED_FIELDS, "created")}
    for change in planned:
        if change.act == ChangeAct.SET:
            allowed[change.field] = [change.value["before"], change.value["after"]]
    for name, values in allowed.items():
        if not any(same(name, value_of(seen.summary, name), value) for value in values):
            what = "identity" if name in {*NAMED_FIELDS, "created"} else "fields"
            raise NeedsPerson(Attention.CONTACT_CHANGED, contact_id=candidate.contact_id, what=what)


def raise_if_not_reviewed(plan: Plan) -> None:
    """Something to change, its ground, and a connection that may make these calls. Raises `NotReady`."""
    if not plan.changes.exists():
        raise NotReady(_("Nothing would be changed. Say below what is to be changed, or refuse the request."))
    if plan.case.kind != Kind.RECTIFICATION and not plan.ground:
        raise NotReady(_("Choose the ground and save the review first."))
    raise_if_not_granted(plan)


def lacking(plan: Plan) -> list[Action]:
    """What this plan calls and the connection may not; read anew, since it may have been taken away."""
    granted = set(Connection.objects.values_list("granted", flat=True).get(pk=plan.case.connection_id))
    acts = {ChangeAct(act) for act in plan.changes.exclude(step=ChangeStep.DONE).values_list("act", flat=True)}
    return [_NEEDS[act] for act in ChangeAct if act in acts and _NEEDS[act].value not in granted]


def not_granted(plan: Plan) -> str:
    """What the connection's grant lacks for this plan, as a sentence; else nothing."""
    missing = lacking(plan)
    if not missing:
        return ""
    return _(
        "This connection's grant doesn't name: %(actions)s. An administrator switches it on under Connections."
    ) % {"actions": ", ".join(str(row.label) for row in missing)}


def raise_if_not_granted(plan: Plan) -> None:
    """Raises `NotReady` with what an administrator has to switch on."""
    problem = not_granted(plan)
    if problem:
        raise NotReady(problem)


def carry_over(previous: Plan, plan: Plan) -> None:
    """Copy what was chosen before, as far as it still fits: the same contact, with the same value before."""
    known = set(plan.case.connection.integrations.values_list("integration_id", flat=True))
    plan.weighed_sealed = previous.weighed_sealed
    plan.save(update_fields=["weighed_sealed"])
    live = {row.pk: row for row in plan.case.candidates.filter(decision="same_person", superseded=False)}
    for change in previous.changes.order_by("position"):
        candidate = live.get(change.candidate_id)
        if candidate is None or change.is_finished or change.integration_id not in known:
            continue
        change.plan, candidate.case = plan, plan.case
        if _still_fits(change, candidate.summary):
            change.pk, change.step, change.attempts, change.attempted_at = None, ChangeStep.PENDING, 0, None
            change._state.adding = True
            change.save()


def _still_fits(change: Change, summary: Mapping[str, Any]) -> bool:
    if change.act == ChangeAct.SET:
        return same(change.field, value_of(summary, change.field), change.value["before"])
    return (change.value["name"] in summary["tags"]) == (change.act == ChangeAct.REMOVE_TAG)


def bound(plan: Plan) -> list[list[str]]:
    """The changes for the fingerprint: ids and field names, and of the values a digest under the case's key."""
    rows = list(plan.changes.all())
    for row in rows:
        row.plan = plan
    return [
        [row.integration_id, row.contact_id, row.act, row.field, _digest(plan.case, _approved(row))] for row in rows
    ]


def _approved(change: Change) -> dict[str, Any]:
    """Its values without what was read once it was made."""
    return {name: value for name, value in change.value.items() if name != READ}


def weighed_digest(plan: Plan) -> str:
    return _digest(plan.case, plan.weighed) if plan.weighed_sealed else ""


def _digest(case: Case, value: Any) -> str:
    content = json.dumps(value, sort_keys=True, ensure_ascii=True).encode()
    return hmac.new(case.data_key, b"change\x00" + content, hashlib.sha256).hexdigest()
