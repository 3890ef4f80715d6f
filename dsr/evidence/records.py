"""What our documents say: plain frozen data, filled in by the services.

Labels and sentences come in ready to print, in the language of the document (`language`, a code of
`dsr.languages`), and stand in that language in the attached record too: it says what the page says. Moments are
aware datetimes; they are printed in `time_zone` (an IANA name). A moment of the vendor's that couldn't be read as one
may be given as the text that came; it is then printed as it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

Moment = datetime | str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Identifier:
    """Something to look a person up by: `kind` is a label ("E-mail"), `value` is as it was given."""

    kind: str
    value: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Letter:
    """An uploaded letter: its name, the SHA-256 of its bytes (hex) and the day it was uploaded."""

    name: str
    sha256: str
    uploaded_on: date


@dataclass(frozen=True, kw_only=True, slots=True)
class MergedRequest:
    """Another request of the same person that goes on in this one: when and how it came, and no more."""

    reference: str
    received_on: date
    channel: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Identity:
    """How it was confirmed who asks; never a copy of a document (EDPB Guidelines 01/2022, §78)."""

    method: str
    note: str
    confirmed_by: str
    confirmed_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Integration:
    """An integration of the connected account: its id at the vendor and our label for it."""

    id: str
    label: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ConnectedAccount:
    """Which account was searched, and at which two addresses."""

    name: str
    account_id: str
    read_url: str
    import_url: str
    integrations: tuple[Integration, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Lookup:
    """One lookup before the deletion; `answered_by` holds the contact ids that answered, empty for none."""

    kind: str
    value: str
    looked_up_at: datetime
    answered_by: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Match:
    """A contact that the search found, and what a person decided about it."""

    contact_id: str
    name: str
    email: str
    status: str = ""
    created: Moment = None
    tags: tuple[str, ...] = ()
    lead_source: str = ""
    orders: int | None = None
    last_activity: Moment = None
    found_by: str
    decision: str
    reason: str
    decided_by: str
    decided_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Ground:
    """Why the data has to be erased: the letter of Art. 17(1) and what it says."""

    code: str
    label: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanLine:
    """One object of one integration: to be deleted, kept (with its exemption) or somebody else's."""

    integration_id: str
    integration: str
    object: str
    object_id: str
    description: str = ""
    decision: str
    exemption: str = ""
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedChange:
    """A field or tag of a contact that is to be changed, with what stands there before and after."""

    integration_id: str
    integration: str
    contact_id: str
    what: str
    before: str
    after: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ExportFile:
    """A file of the export: its name, its size in bytes and its SHA-256 (hex)."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Export:
    """The export that was made before anything is deleted; size in bytes, digest over the whole ZIP."""

    name: str
    size: int
    sha256: str
    files: tuple[ExportFile, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class VerifyAt:
    """Where anybody can ask whether this document was issued: its code, as it is printed, and the page's addresses."""

    code: str
    page: str
    address: str
    """The page with the code in it, for the QR code."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EvidenceRecord:
    """Who asked what and when, how that is known, what was found and what is planned.

    `kind` is a code of `states.Kind`. Only an erasure has lines of a plan; a rectification, a restriction and an
    objection have changes.
    """

    organisation: str
    organisation_address: tuple[str, ...] = ()
    is_demo: bool = False
    language: str = "en"
    time_zone: str
    reference: str
    kind: str
    subject_name: str
    identifiers: tuple[Identifier, ...]
    received_on: date
    channel: str
    letters: tuple[Letter, ...] = ()
    merged_requests: tuple[MergedRequest, ...] = ()
    filed_by: str
    filed_at: datetime
    due_on: date
    due_explanation: str
    identity: Identity
    connection: ConnectedAccount
    lookups: tuple[Lookup, ...]
    report_lookup: str = ""
    matches: tuple[Match, ...]
    ground: Ground | None = None
    plan_lines: tuple[PlanLine, ...] = ()
    changes: tuple[PlannedChange, ...] = ()
    weighed: str = ""
    """For an objection under Art. 21(1): why no compelling grounds override it."""
    asks_for: str = ""
    """The right, as a label."""
    export: Export
    prepared_by: str
    prepared_at: datetime
    verify_at: VerifyAt | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class MaskedIdentifier:
    """An identifier, masked (see `masking.mask`), with a short keyed hash and what came of it."""

    kind: str
    masked: str
    keyed_hash: str
    result: str


@dataclass(frozen=True, kw_only=True, slots=True)
class DeletedObject:
    """A step that is done. `result` is a label: "deleted", "already gone when we came", or gone after an attempt."""

    integration_id: str
    integration: str
    object: str
    object_id: str
    result: str
    attempts: int = 1
    attempted_at: datetime | None = None
    done_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class ChangedField:
    """A field of a contact that was changed, or how many tags: never a value. `result` is a label."""

    integration_id: str
    integration: str
    contact_id: str
    what: str
    result: str
    attempts: int = 1
    done_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptObject:
    """A line of the plan that was kept, and the exemption of Art. 17(3) or other reason for it."""

    integration_id: str
    integration: str
    object: str
    object_id: str
    exemption: str


@dataclass(frozen=True, kw_only=True, slots=True)
class HandOver:
    """When and in which way a package was handed over, and by whom: never the officer's words for it."""

    at: datetime
    by_reference: str
    decided_by: tuple[str, ...]
    """References of whoever decided which contacts are this person's."""
    way: str
    files: int
    size: int
    """Of the package, in bytes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HandedContact:
    """A contact whose data was handed over, and when it was read at the vendor."""

    contact_id: str
    read_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldTable:
    """A table of the package: its file, what that holds, in a few words, and how many rows."""

    file: str
    what: str
    rows: int


@dataclass(frozen=True, kw_only=True, slots=True)
class LeftOut:
    """How many things an officer left out of the package on one ground; what they are stands nowhere here."""

    ground: str
    count: int


@dataclass(frozen=True, kw_only=True, slots=True)
class LookupAfter:
    """One lookup after the deletion, masked, with one sentence on what answered."""

    kind: str
    masked: str
    looked_up_at: datetime
    answer: str


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditHead:
    """The last entry of the audit log when the certificate was issued: its number and its hash (hex)."""

    sequence: int
    hash: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CertificateRecord:
    """What was done. It outlives the purge, so it takes no name, no address and no free text of a person."""

    organisation: str
    organisation_address: tuple[str, ...] = ()
    is_demo: bool = False
    language: str = "en"
    time_zone: str
    reference: str
    kind: str
    is_partial: bool = False
    outcome: str
    outcome_sentence: str
    received_on: date
    merged_requests: tuple[str, ...] = ()
    """References of the requests that went on in this one."""
    issued_at: datetime
    vendor: str = "SegMetrics"
    account_id: str
    connection_name: str
    identifiers: tuple[MaskedIdentifier, ...]
    right: str = "erasure"
    """A code of `states.Kind`."""
    ground: str = ""
    deleted: tuple[DeletedObject, ...] = ()
    changed: tuple[ChangedField, ...] = ()
    kept: tuple[KeptObject, ...] = ()
    ruled_out: tuple[str, ...] = ()
    lookups_after: tuple[LookupAfter, ...] = ()
    inconclusive: tuple[str, ...] = ()
    earlier_plans: tuple[str, ...] = ()
    prepared_by_reference: str
    approved_by_reference: str = ""
    approved_at: datetime | None = None
    plan_fingerprint: str = ""
    export_sha256: str = ""
    export_destroy_on: date | None = None
    evidence_sha256: str = ""
    due_on: date | None = None
    hand_over: HandOver | None = None
    """Of a package: then nothing was deleted or changed, and `audit_head` is the entry of the hand-over."""
    contacts: tuple[HandedContact, ...] = ()
    held: tuple[HeldTable, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    package_sha256: str = ""
    audit_head: AuditHead
    verify_at: VerifyAt | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class IdentityStanding:
    """What was known of who asks when the request was refused. `note` and the rest are empty where nothing was."""

    standing: str
    method: str = ""
    note: str = ""
    settled_by_reference: str = ""
    settled_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class RefusalRecord:
    """That a request was refused, by whom, on which ground and why (Art. 12(4)–(5)). It ends with the case's key.

    `kind` is a code of `states.Kind`; `reason` is what the officer wrote. `authority` is where a complaint can be
    lodged, as the organisation has put it, or nothing.
    """

    organisation: str
    organisation_address: tuple[str, ...] = ()
    is_demo: bool = False
    language: str = "en"
    time_zone: str
    reference: str
    kind: str
    subject_name: str
    identifiers: tuple[Identifier, ...]
    received_on: date
    channel: str
    letters: tuple[Letter, ...] = ()
    merged_requests: tuple[MergedRequest, ...] = ()
    filed_by: str
    filed_at: datetime
    due_on: date
    due_explanation: str
    identity: IdentityStanding
    ground: str
    reason: str
    decided_by_reference: str
    decided_at: datetime
    authority: str = ""
    issued_at: datetime
    audit_head: AuditHead
    """The entry of the refusal itself."""
    verify_at: VerifyAt | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchedFor:
    """One identifier that was looked up, masked, with a short keyed hash and what answered."""

    kind: str
    masked: str
    keyed_hash: str
    looked_up_at: datetime
    answer: str


@dataclass(frozen=True, kw_only=True, slots=True)
class NothingFoundRecord:
    """An empty search of one account. It outlives the purge, so it takes no name, no address and no free text."""

    organisation: str
    organisation_address: tuple[str, ...] = ()
    is_demo: bool = False
    language: str = "en"
    time_zone: str
    reference: str
    kind: str
    received_on: date
    merged_requests: tuple[str, ...] = ()
    """References of the requests that went on in this one."""
    vendor: str = "SegMetrics"
    account_id: str
    connection_name: str
    searched_for: tuple[SearchedFor, ...]
    report_lookup: str
    ruled_out: tuple[str, ...] = ()
    decided_by_reference: str
    decided_at: datetime
    issued_at: datetime
    audit_head: AuditHead
    """The entry of the closing itself."""
    verify_at: VerifyAt | None = None


Record = EvidenceRecord | CertificateRecord | RefusalRecord | NothingFoundRecord


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawn:
    """A finished PDF: its bytes, its number of pages and the SHA-256 of the bytes (hex)."""

    pdf: bytes
    pages: int
    sha256: str
    signed_by: str = ""
    """SHA-256 (hex) of the certificate that signed it, once it is signed."""
    signature: Mapping[str, str] = field(default_factory=dict)
    """For the audit log: the signature's level (PAdES), its time stamp, and what kept it from a higher level."""
