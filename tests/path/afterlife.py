"""A process of its own: an erasure and an access request from filing to purge, then what an intruder would find.

The environment names the database. Beside the installation's own files `main` writes to the folder what was stored
of the case before (`stored.json`), copies of an SQLite database before and after its traces were cleared (`uncut` and
`cut`), and the certificate as the product gives it out (`certificate.pdf`).
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection as database
from django.utils import timezone

from dsr import audit, storage
from dsr.models import (
    Candidate,
    Case,
    CaseKey,
    Connection,
    Document,
    HandOver,
    Identifier,
    LegalHold,
    LetterKind,
    OutgoingLetter,
    PlanLine,
    Reason,
    Recipient,
    RecipientNotice,
    Redaction,
    User,
)
from dsr.permissions import Role
from dsr.services import (
    approval,
    closing,
    disclosure,
    extension,
    handover_links,
    holds,
    identity,
    letters,
    matching,
    recipients,
    redactions,
    retention,
    traces,
)
from dsr.services.intake import add_identifier
from dsr.services.review import Choice
from dsr.states import Kind
from dsr.uploads import Letter
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import (
    add_linda,
    add_tom,
    file_case,
    make_connection,
    make_user,
    packed,
    prepared,
    record_processing,
    save_review,
    work,
)
from tests.path.driving import carried_out
from tests.services.letter_cases import send

LETTER = b"Please erase everything about my blue bicycle."
LETTER_NAME = "Brief von Linda.txt"
PROOF = b"P<UTODARE<<LINDA<<L898902C36UTO7408122F1204159"
PERSON = {
    "name": "Linda Dare",
    "address": "linda.dare@example.com",
    "other address given": "linda.private@example.net",
    "external id": "CUST-4711-0815",
    "address learnt": "melinda.learnt@example.org",
    "name at SegMetrics": "Melinda Daresworth",
    "IP address": "203.0.113.7",
    "note": "called twice from the seaside",
    "letter": "blue bicycle",
    "letter's name": "Brief von Linda",
    "proof": "L898902C36UTO",
    "identity note": "passport seen at the counter",
    "reason of a match": "order number fits her invoice",
    "reason of a ruling out": "wife of the neighbour",
    "reason of a sending back": "she rang the approver",
    "reason of a hold": "claim 7 O 12/26",
    "reason of a lifting": "claim settled out of court",
    "tag": "Bicycle-VIP",
    "exemption's reason": "tax office wants her receipt",
    "name in the access request": "Ottilie Askingham",
    "address in the access request": "ottilie@example.net",
    "what is left out of her package": "agent.felix@example.com",
    "reason of a redaction": "he sold her the balloon",
    "how the package was handed over": "carrier pigeon to the lighthouse",
    "postal address": "4 Seaview Terrace, Brighton",
    "words in a letter": "we are sorry for the delay, Melinda",
    "reason of the extension": "forty requests came at once",
    "recipient's answer": "her row is off the mailing list",
    "answer of a mailbox": "mailbox of Melinda is full",
}


def main(folder: Path) -> None:

    call_command("migrate", verbosity=0)
    with Sandbox.start() as sandbox:
        case, officer = walk(sandbox)
        access = walk_access(sandbox, officer, case.connection)
        stored = dict(stored_of(case)) | {f"access: {name}": value for name, value in stored_of(access)}
        (folder / "stored.json").write_text(json.dumps(stored))
        (folder / "before").mkdir()
        _copy_database(folder / "before")

        Case.objects.filter(pk__in=[case.pk, access.pk]).update(purge_on=timezone.localdate())
        assert retention.purge_due() == 2
        (folder / "uncut").mkdir()
        _copy_database(folder / "uncut")
        _clear_traces()
        (folder / "cut").mkdir()
        _copy_database(folder / "cut")
    case = Case.objects.get(pk=case.pk)
    assert audit.verify() is None
    certificate = case.documents.get(kind="certificate")
    disclosure.opened(document=certificate, actor=officer, download=True)
    (folder / "certificate.pdf").write_bytes(storage.read(certificate))
    (folder / "said.json").write_text(
        json.dumps(
            {
                "reference": case.reference,
                "digest": certificate.sha256,
                "files": [str(path) for path in sorted(settings.ENV.data_dir.rglob("*")) if path.is_file()],
            }
        )
    )


def _clear_traces() -> None:
    """A reader in the same database keeps what is gone a little longer, and the product clears it again each hour.
    Here that is at once: the server itself reads a new table, to learn what it holds."""
    for _ in range(60):
        was_read = _is_read()
        traces.clear()
        if not was_read and not _is_read():
            return
        time.sleep(0.5)
    raise AssertionError("somebody reads the database all the time")


def _is_read() -> bool:
    if database.vendor == "sqlite":
        return False
    with database.cursor() as cursor:
        # Without a name: a process of the server that reads what databases there are, or somebody who just comes in.
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE (datname = current_database() OR datname IS NULL)"
            " AND pid <> pg_backend_pid() AND (backend_xmin IS NOT NULL OR backend_xid IS NOT NULL)"
        )
        (readers,) = cursor.fetchone()
    return bool(readers)


def _copy_database(target: Path) -> None:
    if database.vendor == "sqlite":
        main_file = Path(database.settings_dict["NAME"])
        for path in main_file.parent.glob(f"{main_file.name}*"):
            shutil.copy(path, target / path.name)


def walk(sandbox: Sandbox) -> tuple[Case, User]:
    """A case in which everything occurs that could hold a word about the person."""

    add_linda(sandbox)
    add_tom(sandbox)
    sandbox.rename_contact("1004", first_name="Melinda", last_name="Daresworth")
    sandbox.add_invoice(invoice_id="77001", contact_id="1004", amount=9900)
    sandbox.add_event(
        contact_id="1004",
        type="visit",
        date_created="2021-01-01 10:00:00",
        ip_address=PERSON["IP address"],
        full_url="https://example.com/?email=linda.dare@example.com",
    )
    officer = make_user("anna@example.org", "Anna Officer", Role.PRIVACY_OFFICER)
    approver = make_user("bea@example.org", "Bea Approver", Role.APPROVER)
    connection = make_connection(sandbox)
    record_processing(connection, make_user("max@example.org", "Max Admin", Role.ADMINISTRATOR))
    Recipient.objects.create(connection=connection, name="Mailing House")
    case = file_case(
        officer,
        connection,
        note=PERSON["note"],
        emails=[PERSON["address"], PERSON["other address given"]],
        external_ids=[PERSON["external id"]],
        letter=Letter(name=LETTER_NAME, content_type="text/plain", content=LETTER, pages=0),
    )
    identity.add_proof(
        case=case, actor=officer, proof=Letter(name="p.txt", content_type="text/plain", content=PROOF, pages=0)
    )
    extension.extend(case=case, actor=officer, reason=PERSON["reason of the extension"])
    work()
    identity.confirm(case=case, actor=officer, method="other", note=PERSON["identity note"])
    for row in case.candidates.all():
        same = row.contact_id == "1004"
        matching.decide(
            case=case,
            actor=officer,
            candidate=row,
            decision="same_person" if same else "other_person",
            reason=PERSON["reason of a match" if same else "reason of a ruling out"],
        )
    kept: dict[str, Any] = {
        "id_77001": Choice(decision="keep", exemption="17(3)(b)", reason=PERSON["exemption's reason"])
    }
    case.refresh_from_db()
    prepared(case, officer, **kept)
    approval.send_back(case=case, actor=approver, reason=PERSON["reason of a sending back"])
    hold = holds.place(case=case, actor=officer, reason=PERSON["reason of a hold"])
    holds.ask_to_lift(hold=hold, actor=officer, reason=PERSON["reason of a lifting"])
    holds.lift(hold=hold, actor=approver)
    case.refresh_from_db()
    learn(case)

    save_review(case, officer, **kept)
    carried_out(case, officer, approver)
    assert case.state == "completed", (case.state, case.attention, case.attention_facts)
    write_letters(case, officer)
    return case, officer


def walk_access(sandbox: Sandbox, officer: User, connection: Connection) -> Case:
    """An access request whose package was fetched by a link, and changed, and handed over another way."""

    sandbox.add_contact(
        contact_id="5005",
        email=PERSON["address in the access request"],
        first_name="Ottilie",
        last_name="Askingham",
        custom_fields={"agent": PERSON["what is left out of her package"]},
    )
    case = file_case(
        officer,
        connection,
        kind=Kind.ACCESS,
        subject_name=PERSON["name in the access request"],
        emails=[PERSON["address in the access request"]],
    )
    packed(prepared(case, officer, same=("5005",)))
    made = handover_links.create(case=case, actor=officer, days=1)
    assert handover_links.open_by(token=made.token, code="22222222") is None
    link = handover_links.open_by(token=made.token, code=made.code)
    assert link
    handover_links.sent(link)
    redactions.add_redaction(
        case=case,
        actor=officer,
        text=PERSON["what is left out of her package"],
        reason=PERSON["reason of a redaction"],
    )
    work()
    closing.hand_over(case=case, actor=officer, how=PERSON["how the package was handed over"])
    return case


def write_letters(case: Case, officer: User) -> None:
    """By mail, by post, and to a recipient who answers."""

    for to in ({"address": PERSON["address"]}, {"channel": "post", "address": PERSON["postal address"]}):
        letter = send(case, officer, LetterKind.COMPLETION, heading=PERSON["words in a letter"], **to)
        work()
        if "channel" not in to:
            letters.note_bounced(letter=letter, actor=officer, note=PERSON["answer of a mailbox"])
    notice = case.recipient_notices.select_related("recipient", "case").get()
    text = recipients.draft(notice=notice)
    given = {"heading": text.heading, "body": text.body, "channel": "post", "address": "Mailing House"}
    recipients.send(notice=notice, actor=officer, **given)
    answer = PERSON["recipient's answer"]
    recipients.note_answer(notice=notice, actor=officer, on=timezone.localdate(), answer=answer)
    work()


def learn(case: Case) -> None:
    """An address that only the contact told of."""

    add_identifier(
        case=case,
        kind="email",
        value=PERSON["address learnt"],
        learnt_from=case.candidates.get(contact_id="1004", superseded=False),
    )


def stored_of(case: Case) -> Iterator[tuple[str, str]]:
    """Everything stored that ends with the case, as hex: its key, what was sealed, keyed hashes, the files' bytes."""

    yield "key", bytes(CaseKey.objects.get(case=case).wrapped).hex()
    rows: list[Any] = [case]
    for model in (
        Candidate,
        Document,
        HandOver,
        Identifier,
        LegalHold,
        OutgoingLetter,
        Reason,
        RecipientNotice,
        Redaction,
    ):
        rows += list(model.objects.filter(case=case))
    rows += list(PlanLine.objects.filter(plan__case=case))
    for row in rows:
        for field in row._meta.concrete_fields:
            value = getattr(row, field.attname)
            name = f"{type(row).__name__}.{field.attname} {row.pk}"
            if field.attname.endswith("_sealed") and value:
                yield name, bytes(value).hex()
            elif (
                field.attname in {"keyed_hash", "identity_digest", "holdings_digest", "token_digest", "code_digest"}
                and value
            ):
                yield name, value.encode().hex()
    for document in Document.objects.filter(case=case).exclude(kind="certificate"):
        path = storage.root() / document.path
        if path.exists():
            yield f"file of {document.kind} {document.pk}", path.read_bytes()[:64].hex()
