"""The case of Linda Dare, and the names that break software. All invented."""

from datetime import UTC, date, datetime, timedelta

from dsr.evidence.masking import mask
from dsr.evidence.records import (
    AuditHead,
    CertificateRecord,
    ConnectedAccount,
    DeletedObject,
    EvidenceRecord,
    Export,
    ExportFile,
    Ground,
    HandedContact,
    HandOver,
    HeldTable,
    Identifier,
    Identity,
    IdentityStanding,
    Integration,
    KeptObject,
    LeftOut,
    Letter,
    Lookup,
    LookupAfter,
    MaskedIdentifier,
    Match,
    NothingFoundRecord,
    PlanLine,
    RefusalRecord,
    SearchedFor,
)

MORNING = datetime(2026, 11, 24, 9, 4, tzinfo=UTC)
DIGEST = "9f2c41ab" * 8
WEBSHOP = Integration(id="int9", label="Webshop")

HOSTILE_NAMES = (
    '<img src="file:///etc/passwd"><b>bold</b> & <script>alert(1)</script>',
    "محمد عبد الله بن سعيد",
    "דוד בן־גוריון",
    "Zoë 😀 O’Brien‑Ünlü ß",
    "Ευαγγελία Αλεξάνδρου, Дмитрий Иванов",
    "evil\u202egnp.exe\u200b\x00\x07\x1b[31m",
    "Wolfeschlegelsteinhausenbergerdorff" * 9,
    '=HYPERLINK("http://127.0.0.1/","Linda")',
    "",
)


def a_match(**changes: object) -> Match:
    """Linda's contact, or another with some fields changed."""
    fields: dict[str, object] = {
        "contact_id": "1004",
        "name": "Linda Dare",
        "email": "linda.dare@example.com",
        "status": "active",
        "created": datetime(2018, 10, 3, 12, 30, tzinfo=UTC),
        "tags": ("Customer", "Newsletter", "Retargeting 2021"),
        "lead_source": "paid, Retargeting",
        "orders": 1,
        "last_activity": datetime(2021, 12, 31, 18, 0, tzinfo=UTC),
        "found_by": "e-mail",
        "decision": "Same person",
        "reason": "Name, address and the order of 3 October 2018 agree with the letter.",
        "decided_by": "Anna Officer",
        "decided_at": MORNING - timedelta(minutes=7),
    }
    return Match(**{**fields, **changes})  # type: ignore[arg-type]


TOM = a_match(
    contact_id="2087",
    name="Tom Dare",
    created=datetime(2026, 1, 9, 8, 0, tzinfo=UTC),
    tags=(),
    lead_source="direct",
    orders=0,
    last_activity=datetime(2026, 2, 2, 10, 0, tzinfo=UTC),
    decision="Other person",
    reason="Different person, shared family address.",
)


def a_line(**changes: object) -> PlanLine:
    """A line of the plan: Linda's invoice, or another."""
    fields: dict[str, object] = {
        "integration_id": "int9",
        "integration": "Webshop",
        "object": "Invoice",
        "object_id": "234115",
        "description": "Spring course, 45.00, 3 October 2018",
        "decision": "Delete",
    }
    return PlanLine(**{**fields, **changes})  # type: ignore[arg-type]


def an_evidence(**changes: object) -> EvidenceRecord:
    """The evidence of Linda's erasure request."""
    fields: dict[str, object] = {
        "organisation": "Meadow Courses Ltd",
        "time_zone": "Europe/Berlin",
        "reference": "DSR-2026-000142",
        "kind": "erasure",
        "subject_name": "Linda Dare",
        "identifiers": (
            Identifier(kind="E-mail", value="linda.dare@example.com"),
            Identifier(kind="External id", value="cust-4711"),
        ),
        "received_on": date(2026, 11, 3),
        "channel": "by e-mail",
        "letters": (Letter(name="Original letter.pdf", sha256="41ab9f2c" * 8, uploaded_on=date(2026, 11, 3)),),
        "filed_by": "Anna Officer",
        "filed_at": datetime(2026, 11, 3, 13, 20, tzinfo=UTC),
        "due_on": date(2026, 12, 3),
        "due_explanation": "One month from 3 November 2026, Art. 12(3) GDPR: Thursday 3 December 2026.",
        "identity": Identity(
            method="Signed letter",
            note="The signature was compared with the order form of 2018.",
            confirmed_by="Anna Officer",
            confirmed_at=MORNING - timedelta(minutes=23),
        ),
        "connection": ConnectedAccount(
            name="Webshop account",
            account_id="a1b2c3",
            read_url="https://api.segmetrics.io/a1b2c3/",
            import_url="https://import.segmetrics.io/api/v1/a1b2c3/",
            integrations=(WEBSHOP, Integration(id="int12", label="Newsletter")),
        ),
        "lookups": (
            Lookup(
                kind="E-mail",
                value="linda.dare@example.com",
                looked_up_at=MORNING - timedelta(minutes=30),
                answered_by=("1004", "2087"),
            ),
            Lookup(kind="External id", value="cust-4711", looked_up_at=MORNING - timedelta(minutes=30)),
        ),
        "report_lookup": "The contacts of the leads report from 1 January 2015 to 24 November 2026 were "
        "paged through for the same e-mail: 412 contacts, 2 with it.",
        "matches": (a_match(), TOM),
        "ground": Ground(code="Art. 17(1)(b)", label="consent was withdrawn, no other ground"),
        "plan_lines": (
            a_line(),
            a_line(object="Subscription", object_id="7712", description="Spring course, monthly"),
            a_line(
                object="Invoice",
                object_id="234116",
                description="Autumn course, 120.00, 1 March 2024",
                decision="Keep",
                exemption="Art. 17(3)(b): a legal obligation",
                reason="Invoices of the last ten years stay, § 147 AO.",
            ),
            a_line(object="Contact", object_id="1004", description="Linda Dare, 3 tags, 214 events"),
        ),
        "export": Export(
            name="DSR-2026-000142-export.zip",
            size=48_112,
            sha256=DIGEST,
            files=tuple(
                ExportFile(name=name, size=size, sha256="0a1b2c3d" * 8)
                for name, size in (
                    ("raw/contact-1004.json", 98_311),
                    ("tables/contacts.csv", 611),
                    ("tables/events.csv", 71_204),
                    ("report.html", 1_204_113),
                    ("manifest.json", 2_280),
                )
            ),
        ),
        "prepared_by": "Anna Officer",
        "prepared_at": MORNING,
    }
    return EvidenceRecord(**{**fields, **changes})  # type: ignore[arg-type]


def a_certificate(**changes: object) -> CertificateRecord:
    """The certificate of Linda's erasure: references and ids only."""
    done = MORNING + timedelta(hours=2)

    def deleted(kind: str, object_id: str, minute: int, **more: object) -> DeletedObject:
        fields: dict[str, object] = {
            "integration_id": "int9",
            "integration": "Webshop",
            "object": kind,
            "object_id": object_id,
            "result": "deleted",
            "attempted_at": done + timedelta(minutes=minute, seconds=-2),
            "done_at": done + timedelta(minutes=minute),
        }
        return DeletedObject(**{**fields, **more})  # type: ignore[arg-type]

    email = mask("email", "linda.dare@example.com")
    fields: dict[str, object] = {
        "organisation": "Meadow Courses Ltd",
        "time_zone": "Europe/Berlin",
        "reference": "DSR-2026-000142",
        "kind": "Erasure, Art. 17 GDPR",
        "outcome": "Erased in part",
        "outcome_sentence": "One contact and what belonged to it were deleted and no longer answer; one "
        "invoice was kept on a legal ground.",
        "received_on": date(2026, 11, 3),
        "issued_at": done + timedelta(minutes=6),
        "account_id": "a1b2c3",
        "connection_name": "Webshop account",
        "identifiers": (
            MaskedIdentifier(
                kind="E-mail",
                masked=email,
                keyed_hash="5b1e 09c4 77aa 3f20",
                result="Two contacts answered: one was deleted, one ruled out as another person.",
            ),
            MaskedIdentifier(
                kind="External id",
                masked=mask("external_id", "cust-4711"),
                keyed_hash="c40d 118e 2b97 60fe",
                result="Nobody answered.",
            ),
        ),
        "deleted": (
            deleted("Invoice", "234115", 0),
            deleted("Subscription", "7712", 1, result="already gone when we came"),
            deleted("Contact", "1004", 2, attempts=2),
        ),
        "kept": (
            KeptObject(
                integration_id="int9",
                integration="Webshop",
                object="Invoice",
                object_id="234116",
                exemption="Art. 17(3)(b): a legal obligation",
            ),
        ),
        "ruled_out": ("2087",),
        "lookups_after": (
            LookupAfter(
                kind="E-mail",
                masked=email,
                looked_up_at=done + timedelta(minutes=5),
                answer="Contact 2087 answered, which this case has ruled out.",
            ),
            LookupAfter(
                kind="External id",
                masked=mask("external_id", "cust-4711"),
                looked_up_at=done + timedelta(minutes=5),
                answer="Nobody answered.",
            ),
        ),
        "inconclusive": (f"{email} still answers with contact 2087, which is ruled out; it may hide another contact.",),
        "prepared_by_reference": "Privacy officer, staff reference U-0003",
        "approved_by_reference": "Approver, staff reference U-0005",
        "approved_at": MORNING + timedelta(hours=1, minutes=55),
        "plan_fingerprint": "77aa3f20" * 8,
        "export_sha256": DIGEST,
        "export_destroy_on": date(2026, 12, 24),
        "evidence_sha256": "c40d118e" * 8,
        "audit_head": AuditHead(sequence=1_284, hash="5b1e09c4" * 8),
    }
    return CertificateRecord(**{**fields, **changes})  # type: ignore[arg-type]


def a_hand_over(**changes: object) -> CertificateRecord:
    """The certificate of Linda's access request, whose package was handed over by a link."""
    tables = (
        ("contacts", "Name, e-mail address and other fields of the contact", 1),
        ("custom_fields", "Fields that the organisation added", 4),
        ("tags", "Labels that were put on the contact", 3),
        ("orders", "Purchases", 1),
        ("line_items", "What each purchase consisted of", 2),
        ("subscriptions", "Subscriptions", 1),
        ("events", "Visits and other events, each with all its details", 214),
        ("lists", "Mailing lists", 0),
        ("companies", "Companies", 0),
    )
    fields: dict[str, object] = {
        "kind": "Access, Art. 15",
        "right": "access",
        "outcome": "Package handed over",
        "outcome_sentence": "A copy of the data found in SegMetrics account a1b2c3 was handed over, with the letter "
        "that Art. 15(1) and (2) GDPR ask for.",
        "due_on": date(2026, 12, 3),
        "deleted": (),
        "kept": (),
        "lookups_after": (),
        "inconclusive": (),
        "approved_by_reference": "",
        "approved_at": None,
        "prepared_by_reference": "U-0003",
        "identifiers": (
            MaskedIdentifier(
                kind="E-mail",
                masked=mask("email", "linda.dare@example.com"),
                keyed_hash="5b1e09c477aa3f20",
                result="given in the request; led to contact 1004, 2087",
            ),
        ),
        "contacts": (HandedContact(contact_id="1004", read_at=MORNING - timedelta(hours=1)),),
        "hand_over": HandOver(
            at=MORNING + timedelta(hours=2),
            by_reference="U-0004",
            decided_by=("U-0003",),
            way="By a link for one person, with a code. Before the hand-over was noted, the package was sent in full "
            "by it once, on 24 November 2026.",
            files=14,
            size=71_204,
        ),
        "held": tuple(HeldTable(file=f"data/{name}.csv", what=what, rows=rows) for name, what, rows in tables),
        "left_out": (LeftOut(ground="Art. 15(4) GDPR: the rights and freedoms of others", count=2),),
        "package_sha256": "0a1b2c3d" * 8,
    }
    return a_certificate(**{**fields, **changes})


def a_refusal(**changes: object) -> RefusalRecord:
    """Linda asks for the third time within a month."""
    evidence = an_evidence()
    fields: dict[str, object] = {
        "organisation": evidence.organisation,
        "time_zone": evidence.time_zone,
        "reference": evidence.reference,
        "kind": "erasure",
        "subject_name": evidence.subject_name,
        "identifiers": evidence.identifiers,
        "received_on": evidence.received_on,
        "channel": evidence.channel,
        "letters": evidence.letters,
        "filed_by": evidence.filed_by,
        "filed_at": evidence.filed_at,
        "due_on": evidence.due_on,
        "due_explanation": evidence.due_explanation,
        "identity": IdentityStanding(
            standing="Confirmed",
            method="Signed letter that fits our records",
            note="The signature is that of the order form.",
            settled_by_reference="U-0003",
            settled_at=MORNING,
        ),
        "ground": "Excessive, in particular repeated, Art. 12(5)",
        "reason": "The same request was answered on 2 and on 19 October 2026; nothing has been collected since.",
        "decided_by_reference": "Privacy officer U-0003",
        "decided_at": MORNING,
        "authority": "Data Protection Commissioner of Exampleland\n1 Park Row, 10115 Berlin",
        "issued_at": MORNING,
        "audit_head": AuditHead(sequence=1_284, hash="5b1e09c4" * 8),
    }
    return RefusalRecord(**{**fields, **changes})  # type: ignore[arg-type]


def a_nothing_found(**changes: object) -> NothingFoundRecord:
    """Nothing of Linda is in this account but Tom, who has her address."""
    fields: dict[str, object] = {
        "organisation": "Meadow Courses Ltd",
        "time_zone": "Europe/Berlin",
        "reference": "DSR-2026-000142",
        "kind": "Erasure, Art. 17 GDPR",
        "received_on": date(2026, 11, 3),
        "account_id": "a1b2c3",
        "connection_name": "Webshop account",
        "searched_for": (
            SearchedFor(
                kind="E-mail",
                masked=mask("email", "linda.dare@example.com"),
                keyed_hash="5b1e09c477aa3f20",
                looked_up_at=MORNING,
                answer="contact 2087 answered",
            ),
            SearchedFor(
                kind="External id",
                masked=mask("external_id", "cust-4711"),
                keyed_hash="c40d118e2b9760fe",
                looked_up_at=MORNING,
                answer="nothing answered",
            ),
        ),
        "report_lookup": "The report of leads from 1 January 2015 to 24 November 2026 was looked through for the same "
        "e-mail: 200 of 412. The rest was not looked at.",
        "ruled_out": ("2087",),
        "decided_by_reference": "Privacy officer U-0003",
        "decided_at": MORNING + timedelta(minutes=12),
        "issued_at": MORNING + timedelta(minutes=13),
        "audit_head": AuditHead(sequence=1_284, hash="5b1e09c4" * 8),
    }
    return NothingFoundRecord(**{**fields, **changes})  # type: ignore[arg-type]
