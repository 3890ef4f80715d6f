"""Add a contact at SegMetrics, or change one: what it would do is shown first, and holds for exactly that."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dsr import fingerprint
from dsr.connectors.actions import Actions
from dsr.connectors.segmetrics import can_be_deleted
from dsr.connectors.shown import ContactSeen, is_same
from dsr.exceptions import CallFailed, InvalidInput, NotGranted, NothingThere, StaleView
from dsr.models import Connection, IdentifierKind
from dsr.services.contacts import checked_id
from dsr.services.using import Behalf, contacts_of, integration_in, note

FIELDS = {
    "email": gettext_lazy("E-mail"),
    "first_name": gettext_lazy("First name"),
    "last_name": gettext_lazy("Last name"),
    "status": gettext_lazy("Status"),
}
UNSEEN_FIELDS = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "referring_url", "optin_url")
"""They can be sent; SegMetrics doesn't show them with the contact."""
STATUSES = ("active", "inactive")
_LONGEST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One field, before and after. `before` is None where SegMetrics doesn't tell."""

    field: str
    before: str | None
    after: str

    @property
    def label(self) -> str:
        return str(FIELDS.get(self.field, self.field.removeprefix("custom_fields.")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a change would do. `seen` is handed back with the yes, and holds for exactly this."""

    contact_id: str
    integration_id: str
    is_new: bool
    differences: tuple[Difference, ...]
    seen: str

    @property
    def changes_nothing(self) -> bool:
        return not self.differences


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A change that SegMetrics took. `is_read_back`: whether the contact then read as it was asked for."""

    contact_id: str
    is_read_back: bool


def plan_change(
    *, connection: Connection, behalf: Behalf, contact_id: str, integration_id: str, fields: Mapping[str, object]
) -> Plan:
    """What an upsert would do: add a contact, or change the one with this id. Nothing is sent.

    Raises `InvalidInput` for an e-mail without an id that somebody has already, so that nobody is changed unseen.
    """
    with contacts_of(connection, behalf=behalf) as actions:
        return _planned(actions, connection, behalf, contact_id.strip(), integration_id, checked(fields))


def change(
    *,
    connection: Connection,
    behalf: Behalf,
    contact_id: str,
    integration_id: str,
    fields: Mapping[str, object],
    seen: str,
) -> Sent:
    """Do it, where it is still what was shown. Raises `StaleView` otherwise."""
    wanted, contact_id = checked(fields), contact_id.strip()
    with contacts_of(connection, behalf=behalf) as actions:
        plan = _planned(actions, connection, behalf, contact_id, integration_id, wanted)
        if plan.seen != seen:
            raise StaleView(_("The contact has changed since it was shown. Look at the change again."))
        note(
            "contact_sent",
            behalf=behalf,
            connection=connection,
            contact=contact_id,
            integration=plan.integration_id,
            is_new=plan.is_new,
            fields=sorted({row.field.partition(".")[0] for row in plan.differences}),
        )
        who = {"contact_id": contact_id} if contact_id else {}
        actions.upsert(integration_id=plan.integration_id, fields={**who, **_as_sent(wanted)})
        return _read_back(actions, contact_id, wanted)


def checked(fields: Mapping[str, object]) -> dict[str, object]:
    """The fields of a change as they may be sent. Raises `InvalidInput` with the field."""
    custom = fields.get("custom_fields") or {}
    if not isinstance(custom, Mapping):
        raise InvalidInput(_("Further fields have a name and a value each."), field="custom_fields")
    plain = {name: value for name, value in fields.items() if name != "custom_fields"}
    if plain.keys() - {*FIELDS, *UNSEEN_FIELDS}:
        raise InvalidInput(_("A field isn't known. The names are: %(names)s.") % {"names": _known_names()})
    if None in plain.values():  # of a custom field it says that it is taken away
        raise InvalidInput(_("A field can't be emptied. Leave it out to keep what is there."))
    for name, value in (*plain.items(), *custom.items()):
        if not str(name).strip() or len(str(name)) > _LONGEST or len(str(value)) > _LONGEST:
            raise InvalidInput(_("A name or a value is empty or too long."), field=name)
        if not isinstance(value, str | None):
            raise InvalidInput(_("A value is text."), field=name)
        if not f"{name}{value}".isprintable():
            raise InvalidInput(_("A name or a value has a line break or a character that can't be seen."), field=name)
    values = {name: str(value).strip() for name, value in plain.items()}
    if "" in values.values():
        raise InvalidInput(_("A field can't be emptied. Leave it out to keep what is there."))
    if "status" in values and values["status"] not in STATUSES:
        raise InvalidInput(_("The status is active or inactive."), field="status")
    if "email" in values and "@" not in values["email"]:
        raise InvalidInput(_("This is no e-mail address."), field="email")
    if not values and not custom:
        raise InvalidInput(_("Say what is to be changed."))
    return {**values, **({"custom_fields": dict(custom)} if custom else {})}


def seen_of(connection: Connection, integration: str, contact_id: str, rows: Iterable[Difference]) -> str:
    """What stands for exactly this, until the connection is edited."""
    content = [[row.field, row.before, row.after] for row in rows]
    return fingerprint.digest([connection.pk, connection.revision, integration, contact_id, content])


def _planned(
    actions: Actions,
    connection: Connection,
    behalf: Behalf,
    contact_id: str,
    integration_id: str,
    wanted: Mapping[str, object],
) -> Plan:
    integration = integration_in(connection, integration_id)
    before: ContactSeen | None = None
    if contact_id:
        before = _there(lambda: actions.contact(checked_id(contact_id)))
        if before is None and not can_be_deleted(contact_id):  # it would stand in the audit log as it was typed
            raise InvalidInput(_("A new contact's id has no spaces or special characters."), field="contact_id")
    elif not wanted.get("email"):
        raise InvalidInput(_("Say who: by the contact's id, or by an e-mail for a new contact."), field="email")
    email = str(wanted.get("email", ""))
    holder = _there(lambda: actions.search(IdentifierKind.EMAIL, email)) if email else None
    if holder and holder.contact_id != contact_id:
        note("contact_found", behalf=behalf, connection=connection, contact=holder.contact_id, by=IdentifierKind.EMAIL)
        raise InvalidInput(
            _("That e-mail belongs to contact %(id)s. Name that contact by its id, or leave the e-mail out.")
            % {"id": holder.contact_id},
            field="email",
        )
    if before:
        note("contact_shown", behalf=behalf, connection=connection, contact=contact_id)
    differences = tuple(_differences(before, wanted))
    return Plan(
        contact_id=contact_id,
        integration_id=integration,
        is_new=before is None,
        differences=differences,
        seen=seen_of(connection, integration, contact_id, differences),
    )


def _differences(before: ContactSeen | None, wanted: Mapping[str, object]) -> Iterable[Difference]:
    for field, value in wanted.items():
        if field == "custom_fields":
            continue
        was = None if field in UNSEEN_FIELDS and before else str(getattr(before, field, "") or "")
        if was != value:
            yield Difference(field=field, before=was, after=str(value))
    custom = wanted.get("custom_fields") or {}
    assert isinstance(custom, Mapping)  # noqa: S101  (`checked` saw to it)
    for name, value in custom.items():
        was = before.custom_fields.get(str(name), "") if before else ""
        if was != (value or ""):
            yield Difference(field=f"custom_fields.{name}", before=was, after=value or "")


def _read_back(actions: Actions, contact_id: str, wanted: Mapping[str, object]) -> Sent:
    """Look at what is there now. SegMetrics may be slow to show it, so this isn't a failure."""
    try:
        now = actions.contact(contact_id) if contact_id else actions.search(IdentifierKind.EMAIL, str(wanted["email"]))
    except (NothingThere, CallFailed, NotGranted):
        return Sent(contact_id=contact_id, is_read_back=False)
    rows = [row for row in _differences(now, wanted) if row.field not in UNSEEN_FIELDS]
    left = [row for row in rows if not is_same(row.field, row.before or "", row.after)]
    return Sent(contact_id=now.contact_id, is_read_back=not left)


def _as_sent(wanted: Mapping[str, object]) -> dict[str, object]:
    return {name: dict(value) if isinstance(value, Mapping) else value for name, value in wanted.items()}


def _there(look: Callable[[], ContactSeen]) -> ContactSeen | None:
    try:
        return look()
    except NothingThere:
        return None


def _known_names() -> str:
    return ", ".join((*FIELDS, *UNSEEN_FIELDS))
