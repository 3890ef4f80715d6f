"""Give a contact at SegMetrics tags, or take them: one by one, never the whole list, and shown first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from django.utils.translation import gettext as _

from dsr.connectors.actions import Actions
from dsr.connectors.shown import TagSeen
from dsr.exceptions import InvalidInput, StaleView
from dsr.models import Connection
from dsr.services.contact_changes import Difference, Plan, Sent, seen_of
from dsr.services.contacts import checked_id
from dsr.services.using import Behalf, contacts_of, integration_in, note

MOST_TAGS = 20


def plan_tags(
    *,
    connection: Connection,
    behalf: Behalf,
    contact_id: str,
    integration_id: str,
    add: Sequence[str] = (),
    remove: Sequence[str] = (),
) -> Plan:
    """Which tags the contact would get or lose. Those that it has, or doesn't have, already are left out."""
    contact_id = checked_id(contact_id)
    with contacts_of(connection, behalf=behalf) as actions:
        plan, _has = _planned_tags(actions, connection, contact_id, integration_id, add, remove)
    note("contact_shown", behalf=behalf, connection=connection, contact=contact_id)
    return plan


def change_tags(
    *,
    connection: Connection,
    behalf: Behalf,
    contact_id: str,
    integration_id: str,
    add: Sequence[str] = (),
    remove: Sequence[str] = (),
    seen: str,
) -> Sent:
    """Do it, where it is still what was shown. Safe to repeat."""
    contact_id = checked_id(contact_id)
    with contacts_of(connection, behalf=behalf) as actions:
        plan, has = _planned_tags(actions, connection, contact_id, integration_id, add, remove)
        if plan.seen != seen:
            raise StaleView(_("The contact's tags have changed since they were shown. Look at the change again."))
        given = [tag for tag in given_names(add) if tag not in has]
        taken = [has[tag] for tag in _taken_names(remove, has) if tag in has]
        note(
            "contact_tagged",
            behalf=behalf,
            connection=connection,
            contact=contact_id,
            integration=plan.integration_id,
            added=len(given),
            removed=len(taken),
        )
        if given:
            actions.add_tags(contact_id, given, integration_id=plan.integration_id)
        if taken:
            actions.remove_tags(contact_id, taken, integration_id=plan.integration_id)
        now = {tag.name for tag in actions.tags(contact_id)}
    return Sent(contact_id=contact_id, is_read_back=now >= set(given) and not now & {tag.name for tag in taken})


def names(tags: Iterable[str]) -> list[str]:
    """The names of tags, each once. Raises `InvalidInput`."""
    found = list(dict.fromkeys(tag.strip() for tag in tags if tag.strip()))
    if len(found) > MOST_TAGS or any(len(tag) > 200 or not tag.isprintable() for tag in found):
        raise InvalidInput(_("At most %(most)d tags at once, each on one line.") % {"most": MOST_TAGS}, field="tags")
    return found


def given_names(tags: Iterable[str]) -> list[str]:
    """The same of tags known by their names alone. Raises `InvalidInput` for a number, which would be an id."""
    found = names(tags)
    if any(tag.isdigit() for tag in found):
        raise InvalidInput(
            _("Give the tag a name that isn't a number: SegMetrics takes a number for a tag's id."), field="tags"
        )
    return found


def _taken_names(tags: Sequence[str], has: Mapping[str, TagSeen]) -> list[str]:
    """The names of tags to take. One that the contact has in just this writing is that one, spaces and all."""
    return list(dict.fromkeys([*(tag for tag in tags if tag in has), *names(tag for tag in tags if tag not in has)]))


def _planned_tags(
    actions: Actions,
    connection: Connection,
    contact_id: str,
    integration_id: str,
    add: Sequence[str],
    remove: Sequence[str],
) -> tuple[Plan, dict[str, TagSeen]]:
    """And the tags that the contact has, by their names."""
    given = given_names(add)
    if not given and not names(remove):
        raise InvalidInput(_("Name at least one tag."), field="tags")
    integration = integration_in(connection, integration_id)
    has = {tag.name: tag for tag in actions.tags(contact_id)}
    taken = _taken_names(remove, has)
    if set(given) & set(taken):
        raise InvalidInput(_("A tag can't be given and taken at once."), field="tags")
    after = [tag for tag in given if tag not in has], [tag for tag in taken if tag in has]
    before, then = ", ".join(sorted(has)), ", ".join(sorted(has.keys() - set(taken) | set(given)))
    rows = (Difference(field="tags", before=before, after=then),) if any(after) else ()
    plan = Plan(
        contact_id=contact_id,
        integration_id=integration,
        is_new=False,
        differences=rows,
        seen=seen_of(connection, integration, contact_id, rows),
    )
    return plan, has
