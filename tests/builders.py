"""The cast and the builders of cases, shared by all tests. Everything goes through the services, as in the product."""

from __future__ import annotations

import datetime as dt
import importlib
from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.utils import timezone

from dsr import storage
from dsr.actions import WRITES, Action
from dsr.demo.records import RECORDS
from dsr.jobs import errands, runner
from dsr.models import (
    Candidate,
    Case,
    ChangeKind,
    Connection,
    Credential,
    CredentialKind,
    CredentialStatus,
    Decision,
    DocumentKind,
    Errand,
    ErrandStatus,
    Integration,
    Job,
    JobStatus,
    Package,
    ProcessingRecord,
    SafeguardChange,
    Safeguards,
    User,
)
from dsr.permissions import Role
from dsr.selectors import changes
from dsr.selectors.halts import is_halted
from dsr.services import approval, identity, intake, matching, packaging, preparation, review, safeguards
from dsr.services import changes as changes_service
from dsr.services.documents import add_document
from dsr.states import Kind
from segmetrics_client.sandbox.testing import Sandbox

PASSWORD = "a long password for tests"
_RIGHTS: dict[str, list[str]] = importlib.import_module("dsr.migrations.0002_guards_and_roles").RIGHTS


def make_user(email: str, full_name: str, *roles: Role, **fields: Any) -> User:
    """A member of staff with these roles."""
    user = User.objects.create_user(email=email, full_name=full_name, password=PASSWORD, **fields)
    for role in roles:
        # A flushed database has lost what the migration made.
        group, _ = Group.objects.get_or_create(name=role.value)
        group.permissions.add(*Permission.objects.filter(codename__in=_RIGHTS[role.value]))
        user.groups.add(group)
    return user


def make_connection(sandbox: Sandbox, *integrations: tuple[str, str], **fields: Any) -> Connection:
    """A connection to the sandbox; one integration, the web shop, unless told otherwise."""
    fields.setdefault("may_delete", True)
    connection = Connection(
        name=fields.pop("name", "Acme Webshop"),
        account_id=fields.pop("account_id", sandbox.account_id),
        import_url=sandbox.import_url,
        read_url=sandbox.read_url,
        rate_per_minute=60_000,
        **fields,
    )
    connection.save()
    give_key(connection, sandbox.api_key)
    for integration_id, label in integrations or (("int9", "Webshop"),):
        Integration.objects.create(connection=connection, integration_id=integration_id, label=label)
    return connection


def give_key(
    connection: Connection, api_key: str, *, status: str = CredentialStatus.WORKING, user: User | None = None
) -> Credential:
    """A key in place of the one with that status, as if it had been so for ever."""
    Credential.retire(Credential.objects.filter(connection=connection, user=user, status=status))
    row = Credential(
        connection=connection, user=user, kind=CredentialKind.API_KEY, status=status, created_at=timezone.now()
    )
    row.seal_key(api_key)
    row.save()
    return row


def key_of(connection: Connection) -> str:
    """The API key that the next call is signed with."""
    return Credential.live_of(connection, None)[0].open_key()


def processing_record(connection: Connection, *, language: str = "en", by: User, **told: str) -> ProcessingRecord:
    """What is told about the processing behind this connection; all of it, unless told otherwise."""
    record, _is_new = ProcessingRecord.objects.update_or_create(
        connection=connection,
        language=language,
        defaults={**RECORDS[language], **told, "updated_at": timezone.now(), "updated_by": by},
    )
    return record


def add_linda(sandbox: Sandbox) -> None:
    """Linda Dare of the web shop: one invoice, one subscription, three tags, two events."""
    sandbox.add_contact(
        contact_id="1004",
        email="linda.dare@example.com",
        first_name="Linda",
        last_name="Dare",
        date_created="2018-09-30 09:59:00",
        last_updated="2021-12-31 10:00:00",
        tags=["VIP", "Newsletter", "Buyer"],
        events=[
            {"type": "visit", "date_created": "2018-09-30 10:00:00", "channel": "paid", "utm_source": "ads"},
            {"type": "visit", "date_created": "2021-12-31 10:00:00", "channel": "direct"},
        ],
    )
    sandbox.add_invoice(invoice_id="234115", contact_id="1004", amount=4500)
    sandbox.add_subscription(subscription_id="7712", contact_id="1004")


def add_tom(sandbox: Sandbox, *, email: str = "linda.dare@example.com") -> None:
    """Tom Dare, who shares the family's address."""
    lately = f"{timezone.now() - dt.timedelta(days=30):%Y-%m-%d} 12:00:00"  # so that the report of leads shows him
    sandbox.add_contact(
        contact_id="2087", email=email, first_name="Tom", last_name="Dare", date_created=lately, last_updated=lately
    )


def file_case(officer: User, connection: Connection, *, kind: Kind = Kind.ERASURE, **fields: Any) -> Case:
    """A request about Linda, filed and waiting for its search."""
    defaults: dict[str, Any] = {
        "subject_name": "Linda Dare",
        "emails": ["linda.dare@example.com"],
        "external_ids": [],
        "received_on": timezone.localdate() - dt.timedelta(days=3),
        "channel": "letter",
    }
    return intake.file_request(actor=officer, connection=connection, kind=kind, **(defaults | fields))


def work(*, until: Callable[[], bool] = lambda: False) -> None:
    """Do what the worker would: run every job and errand that is due, until none is."""
    for _ in range(60):
        due = Job.objects.filter(status=JobStatus.DUE, next_at__lte=timezone.now()).exclude(is_halted())
        job = due.order_by("pk").first()
        errand = Errand.objects.filter(status=ErrandStatus.DUE, next_at__lte=timezone.now()).order_by("pk").first()
        if until() or (job is None and errand is None):
            return
        if job is not None:
            runner.run(job.pk)
        elif errand is not None:
            errands.run(errand.pk)
    raise AssertionError("the jobs never came to rest")


def decide_all(case: Case, officer: User, *, same: tuple[str, ...] = ("1004",)) -> None:
    """Decide on every contact: these are the data subject, all others are not."""
    for candidate in Candidate.objects.filter(case=case, superseded=False, erased_at=None, decision=""):
        is_same = candidate.contact_id in same
        matching.decide(
            case=case,
            actor=officer,
            candidate=candidate,
            decision=Decision.SAME_PERSON if is_same else Decision.OTHER_PERSON,
            reason="name and order number fit" if is_same else "different person, shared family address",
        )


def reviewed(case: Case, officer: User, *, same: tuple[str, ...] = ("1004",)) -> Case:
    """Searched, identity confirmed, matches decided, review open."""
    work()
    case.refresh_from_db()
    if case.identity != "confirmed":
        identity.confirm(case=case, actor=officer, method="signed_letter")
    decide_all(case, officer, same=same)
    review.open_review(case=case, actor=officer)
    return case


def save_review(case: Case, officer: User, **changes: review.Choice) -> None:
    """Save the review: delete every line, but for the changes, given by object id (`id_234115=…`)."""
    plan = case.current_plan
    assert plan
    choices = {
        line.pk: changes.get(f"id_{line.object_id}", review.Choice(decision="delete")) for line in plan.lines.all()
    }
    review.save(case=case, actor=officer, ground="17(1)(a)" if case.is_erasure else "", choices=choices)


def prepared(case: Case, officer: User, *, same: tuple[str, ...] = ("1004",), **changes: review.Choice) -> Case:
    """Export and evidence are made; an erasure waits for its approval."""
    reviewed(case, officer, same=same)
    save_review(case, officer, **changes)
    if not case.is_erasure:
        processing_record(case.connection, language=case.language, by=officer)
    preparation.request(case=case, actor=officer)
    work()
    case.refresh_from_db()
    return case


def approve(case: Case, approver: User) -> None:
    """The second person approves what is there."""
    plan = case.current_plan
    assert plan
    approval.approve(
        case=case,
        actor=approver,
        typed_ids=" ".join(approval.words_to_type(plan)),
        fingerprint=plan.fingerprint,
    )


def set_levels(**levels: Any) -> Safeguards:
    """The safeguards as they are to be, without anybody asking."""
    row = Safeguards.current()
    for name, value in levels.items():
        setattr(row, name, value)
    row.save()
    return row


def grant_all(granter: User) -> None:
    """The other administrator grants whatever waits."""
    for change in changes.open_changes():
        safeguards.grant(actor=granter, change=change)


def ask_more(actor: User, approvals: int = 30) -> SafeguardChange:
    """An administrator asks for a higher daily limit: the simplest thing that another one has to grant."""
    return safeguards.ask(
        actor=actor, kind=ChangeKind.DAILY_LIMIT, reason="a busy month", payload={"approvals": approvals}
    )


def packed(case: Case, content: bytes = b"PK the package of Linda") -> Case:
    """The package of an access case, as the worker leaves it."""
    stored = storage.write(case, content)
    document = add_document(case, DocumentKind.PACKAGE, stored, content_type="application/zip")
    Package.objects.create(document=document, basis=packaging._basis_now(case))
    return case


CONTACT = "Privacy Office\n14 Long Meadow Lane\n10115 Berlin"
AUTHORITY = "Supervisory Authority of Example\n1 Example Square\n10115 Berlin"


def record_processing(connection: Connection, administrator: User, *languages: str, **texts: str) -> None:
    """The same in several languages, with an authority and a contact to look for."""
    for language in languages or ("en",):
        told = {"authority": AUTHORITY, "contact": CONTACT, **texts}
        processing_record(connection, language=language, by=administrator, **told)


def allow_changes(connection: Connection, *actions: Action) -> Connection:
    """The grant names what changes contacts too."""
    connection.granted = sorted({*connection.granted, *(actions or WRITES)})
    connection.save()
    return connection


RIGHTS_NAME = {"fields": {"first_name": "Lynda"}}
NO_MARKETING = {"remove_tags": ["Newsletter"], "add_tags": ["No marketing"]}


def save_changes(
    case: Case, officer: User, *, ground: str = "", weighed: str = "", contact_id: str = "1004", **chosen: Any
) -> None:
    """Save what is changed: by the kind of request, unless told otherwise."""
    usual: dict[str, tuple[str, dict[str, Any]]] = {
        Kind.RECTIFICATION: ("", RIGHTS_NAME),
        Kind.RESTRICTION: ("18(1)(a)", {"fields": {"status": "inactive"}, "add_tags": ["restricted"]}),
        Kind.OBJECTION: ("21(2)", NO_MARKETING),
    }
    usual_ground, usual_choice = usual[case.kind]
    candidate = case.candidates.get(contact_id=contact_id, superseded=False)
    wanted = changes_service.Wanted(**{"integrations": ("int9",), **(chosen or usual_choice)})
    changes_service.save(
        case=case, actor=officer, wanted={candidate.pk: wanted}, ground=ground or usual_ground, weighed=weighed
    )


def changes_prepared(case: Case, officer: User, **chosen: Any) -> Case:
    """Export and evidence are made; the changes wait for their approval."""
    reviewed(case, officer)
    save_changes(case, officer, **chosen)
    preparation.request(case=case, actor=officer)
    work()
    case.refresh_from_db()
    return case
