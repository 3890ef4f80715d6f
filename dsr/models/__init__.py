"""What is stored. State is written by `services/transition.py` alone; plain data and questions about it stand here."""

from dsr.models.agent_token import AgentToken
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
from dsr.models.catalogue import SentProduct
from dsr.models.change import (
    CUSTOM,
    READ,
    TAG,
    Change,
    ChangeAct,
    ChangeStep,
)
from dsr.models.connection import Connection, Environment, Integration
from dsr.models.credential import LIVE, Credential, CredentialKind, CredentialStatus
from dsr.models.document import OUTLIVING, Document, DocumentKind
from dsr.models.dry_run import DryRun, DryRunRow
from dsr.models.errand import Errand, ErrandKind, ErrandStatus
from dsr.models.execution import ExecutedCall
from dsr.models.filing import FilingBatch, FilingEnd, FilingRow, FilingStage, RowStatus
from dsr.models.hand_over import HandOver, Redaction
from dsr.models.hold import LegalHold
from dsr.models.holiday import Holiday
from dsr.models.impact import Impact
from dsr.models.job import Doing, Heartbeat, Job, JobKind, JobStatus
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
from dsr.models.pace import Halt, HaltCause, Pace, PauseReason
from dsr.models.package import Package
from dsr.models.plan import (
    Exemption,
    Ground,
    LineDecision,
    ObjectionGround,
    ObjectKind,
    Plan,
    PlanLine,
    RestrictionGround,
    StepState,
)
from dsr.models.processing import ProcessingRecord, Recipient
from dsr.models.queue_view import QueueView
from dsr.models.report import Report, ReportKind
from dsr.models.returning import Returned, ReturnWatch
from dsr.models.safeguards import ChangeKind, SafeguardChange, Safeguards
from dsr.models.set_up import SetUpMark
from dsr.models.signing import CertificateUse, SigningKey, UsedCertificate
from dsr.models.tagging import TagRun, TagStage, TagTarget
from dsr.models.user import User
from dsr.models.webhook import Webhook, WebhookDelivery, WebhookEvent

__all__ = [
    "CUSTOM",
    "LIVE",
    "OUTLIVING",
    "READ",
    "TAG",
    "AgentToken",
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
    "Change",
    "ChangeAct",
    "ChangeKind",
    "ChangeStep",
    "Channel",
    "Connection",
    "Credential",
    "CredentialKind",
    "CredentialStatus",
    "Decision",
    "Document",
    "DocumentKind",
    "Doing",
    "DryRun",
    "DryRunRow",
    "Environment",
    "ErasedBefore",
    "Errand",
    "ErrandKind",
    "ErrandStatus",
    "ExecutedCall",
    "Exemption",
    "FilingBatch",
    "FilingEnd",
    "FilingRow",
    "FilingStage",
    "Ground",
    "Halt",
    "HaltCause",
    "HandOver",
    "Heartbeat",
    "Holiday",
    "Identifier",
    "IdentifierKind",
    "Identity",
    "IdentityMethod",
    "Impact",
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
    "ObjectionGround",
    "OutgoingLetter",
    "Pace",
    "Package",
    "PauseReason",
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
    "RestrictionGround",
    "ReturnWatch",
    "Returned",
    "RowStatus",
    "SafeguardChange",
    "Safeguards",
    "SentProduct",
    "SetUpMark",
    "SigningKey",
    "StepState",
    "TagRun",
    "TagStage",
    "TagTarget",
    "UsedCertificate",
    "User",
    "Webhook",
    "WebhookDelivery",
    "WebhookEvent",
    "WhyNotTold",
]
