"""What is stored. State is written by `services/transition.py` alone; plain data and questions about it stand here."""

from dsr.models.approval import Approval
from dsr.models.archive import ArchiveKey
from dsr.models.audit import AuditEntry, Reason
from dsr.models.calendar import CalendarFeed
from dsr.models.candidate import Candidate, Decision
from dsr.models.case import (
    Case,
    CaseActor,
    CaseKey,
    Channel,
    Identifier,
    IdentifierKind,
    Identity,
    IdentityMethod,
    RefusalGround,
)
from dsr.models.connection import Connection, Integration
from dsr.models.document import OUTLIVING, Document, DocumentKind
from dsr.models.errand import Errand, ErrandKind, ErrandStatus
from dsr.models.filing import FilingBatch, FilingEnd, FilingRow, FilingStage, RowStatus
from dsr.models.hand_over import HandOver, Redaction
from dsr.models.hold import LegalHold
from dsr.models.holiday import Holiday
from dsr.models.job import Heartbeat, Job, JobKind, JobStatus
from dsr.models.ledger import ErasedBefore, LedgerMark
from dsr.models.letter import (
    LetterChannel,
    LetterKind,
    LetterStatus,
    LetterTemplate,
    OutgoingLetter,
    RecipientNotice,
    WhyNotTold,
)
from dsr.models.lookup import Answer, Lookup, Phase
from dsr.models.notification import MailRhythm, Notification, NotificationKind, Preferences
from dsr.models.package import Package
from dsr.models.plan import Exemption, Ground, LineDecision, ObjectKind, Plan, PlanLine, StepState
from dsr.models.processing import ProcessingRecord, Recipient
from dsr.models.queue_view import QueueView
from dsr.models.report import Report, ReportKind
from dsr.models.returning import Returned, ReturnWatch
from dsr.models.safeguards import ChangeKind, SafeguardChange, Safeguards
from dsr.models.set_up import SetUpMark
from dsr.models.signing import CertificateUse, SigningKey, UsedCertificate
from dsr.models.user import User
from dsr.models.webhook import Webhook, WebhookDelivery, WebhookEvent

__all__ = [
    "OUTLIVING",
    "Answer",
    "Approval",
    "ArchiveKey",
    "AuditEntry",
    "CalendarFeed",
    "Candidate",
    "Case",
    "CaseActor",
    "CaseKey",
    "CertificateUse",
    "ChangeKind",
    "Channel",
    "Connection",
    "Decision",
    "Document",
    "DocumentKind",
    "ErasedBefore",
    "Errand",
    "ErrandKind",
    "ErrandStatus",
    "Exemption",
    "FilingBatch",
    "FilingEnd",
    "FilingRow",
    "FilingStage",
    "Ground",
    "HandOver",
    "Heartbeat",
    "Holiday",
    "Identifier",
    "IdentifierKind",
    "Identity",
    "IdentityMethod",
    "Integration",
    "Job",
    "JobKind",
    "JobStatus",
    "LedgerMark",
    "LegalHold",
    "LetterChannel",
    "LetterKind",
    "LetterStatus",
    "LetterTemplate",
    "LineDecision",
    "Lookup",
    "MailRhythm",
    "Notification",
    "NotificationKind",
    "ObjectKind",
    "OutgoingLetter",
    "Package",
    "Phase",
    "Plan",
    "PlanLine",
    "Preferences",
    "ProcessingRecord",
    "QueueView",
    "Reason",
    "Recipient",
    "RecipientNotice",
    "Redaction",
    "RefusalGround",
    "Report",
    "ReportKind",
    "ReturnWatch",
    "Returned",
    "RowStatus",
    "SafeguardChange",
    "Safeguards",
    "SetUpMark",
    "SigningKey",
    "StepState",
    "UsedCertificate",
    "User",
    "Webhook",
    "WebhookDelivery",
    "WebhookEvent",
    "WhyNotTold",
]
