"""A case: one request of one data subject, its identifiers, its key, and who had a hand in it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from dsr import crypto, masterkey
from dsr.attention import Attention
from dsr.deadline import Deadline
from dsr.exceptions import KeyDestroyed
from dsr.languages import LANGUAGES
from dsr.models.connection import Connection
from dsr.models.user import User
from dsr.states import CHANGES, FINAL, PACKAGES, Kind, Outcome, State

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.db.models.fields.related_descriptors import RelatedManager

    from dsr.models.candidate import Candidate
    from dsr.models.document import Document
    from dsr.models.hand_over import HandOver, Redaction
    from dsr.models.hold import LegalHold
    from dsr.models.job import Job
    from dsr.models.ledger import ErasedBefore
    from dsr.models.letter import OutgoingLetter, RecipientNotice
    from dsr.models.lookup import Lookup
    from dsr.models.plan import Plan
    from dsr.models.returning import Returned


class Channel(models.TextChoices):
    EMAIL = "email", _("E-mail")
    LETTER = "letter", _("Letter")
    WEB_FORM = "web_form", _("Web form")
    PHONE = "phone", _("Phone")
    IN_PERSON = "in_person", _("In person")
    OTHER = "other", _("Another way")


class Identity(models.TextChoices):
    """Where the identity verification stands (Art. 12(6))."""

    UNCONFIRMED = "unconfirmed", _("Not confirmed yet")
    ASKED = "asked", _("Asked for")
    CONFIRMED = "confirmed", _("Confirmed")
    REFUSED = "refused", _("Not proven")


class IdentityMethod(models.TextChoices):
    ACCOUNT = "account", _("Signed in to their account")
    REPLY = "reply", _("Answered from the known e-mail address")
    SIGNED_LETTER = "signed_letter", _("Signed letter that fits our records")
    KNOWN_FACTS = "known_facts", _("Knew facts that only they would know")
    DOCUMENT = "document", _("Showed a document, which was not kept")
    OTHER = "other", _("Another way")


class RefusalGround(models.TextChoices):
    """Why a request is refused; the reasons are told to the person (Art. 12(4))."""

    NOT_IDENTIFIED = "identity", _("Who asks could not be established, Art. 11(2), 12(2) and 12(6)")
    UNFOUNDED = "unfounded", _("Manifestly unfounded, Art. 12(5)")
    EXCESSIVE = "excessive", _("Excessive, in particular repeated, Art. 12(5)")
    EXEMPT = "exempt", _("An exemption covers everything, Art. 17(3)")
    OTHERS_RIGHTS = "others_rights", _("It would harm the rights of others, Art. 15(4) and 20(4)")
    ACCURATE = "accurate", _("The data is accurate and complete, Art. 16")
    NO_CONDITION = "no_condition", _("No condition of a restriction is met, Art. 18(1)")
    NOT_PORTABLE = "not_portable", _("Neither consent nor a contract is the basis, Art. 20(1)")
    COMPELLING = "compelling", _("Compelling legitimate grounds override the objection, Art. 21(1)")

    @classmethod
    def of(cls, kind: str) -> list[RefusalGround]:
        """Those that can be given for this kind of request."""
        return [row for row in cls if kind in _GROUNDS_OF_SOME.get(row, {kind})]


_GROUNDS_OF_SOME: dict[str, frozenset[Kind]] = {
    RefusalGround.EXEMPT: frozenset({Kind.ERASURE}),
    RefusalGround.OTHERS_RIGHTS: PACKAGES,
    RefusalGround.ACCURATE: frozenset({Kind.RECTIFICATION}),
    RefusalGround.NO_CONDITION: frozenset({Kind.RESTRICTION}),
    RefusalGround.NOT_PORTABLE: frozenset({Kind.PORTABILITY}),
    RefusalGround.COMPELLING: frozenset({Kind.OBJECTION}),
}


class Case(models.Model):
    """A data subject's request and where it stands. Only `services/transition.py` writes `state`."""

    identifiers: RelatedManager[Identifier]
    candidates: RelatedManager[Candidate]
    plans: RelatedManager[Plan]
    documents: RelatedManager[Document]
    jobs: RelatedManager[Job]
    lookups: RelatedManager[Lookup]
    actors: RelatedManager[CaseActor]
    erased_before: RelatedManager[ErasedBefore]
    holds: RelatedManager[LegalHold]
    hand_overs: RelatedManager[HandOver]
    redactions: RelatedManager[Redaction]
    letters: RelatedManager[OutgoingLetter]
    recipient_notices: RelatedManager[RecipientNotice]
    returned: RelatedManager[Returned]
    merged_here: RelatedManager[Case]

    reference = models.CharField(_("reference"), max_length=20, unique=True)
    kind = models.CharField(_("type"), max_length=20, choices=Kind.choices)
    state = models.CharField(_("state"), max_length=20, choices=State.choices, default=State.RECEIVED)
    outcome = models.CharField(_("outcome"), max_length=20, choices=Outcome.choices, default=Outcome.NONE, blank=True)
    resume_state = models.CharField(max_length=20, choices=State.choices, blank=True)
    attention = models.CharField(max_length=30, choices=Attention.choices, blank=True)
    attention_facts = models.JSONField(default=dict, blank=True)
    """Ids and numbers only: which step, which contact id, how many tries."""

    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="cases")
    received_on = models.DateField(_("received on"))
    channel = models.CharField(_("channel"), max_length=20, choices=Channel.choices)
    language = models.CharField(
        _("language of the documents"), max_length=5, choices=list(LANGUAGES.items()), default="en"
    )
    due_on = models.DateField(_("due on"))
    due_moved_by = models.CharField(max_length=10, blank=True, default="", editable=False)
    """Which free day the due date was moved off, by what was free when it was counted: one of `deadline.FreeDay`."""
    extended = models.BooleanField(default=False)
    paused_days = models.PositiveIntegerField(default=0)
    """Days on which the clock stood still, of pauses that are over."""
    paused_on = models.DateField(null=True, editable=False)
    """Since when the clock stands still: the day of the question about the identity. Empty while it runs."""
    answered_on = models.DateField(null=True, editable=False)
    """The day of the answer that ended the last pause; after a merge, the earlier day from which a question counts."""

    subject_name_sealed = models.BinaryField()
    note_sealed = models.BinaryField(default=b"")

    identity = models.CharField(max_length=20, choices=Identity.choices, default=Identity.UNCONFIRMED)
    identity_method = models.CharField(max_length=20, choices=IdentityMethod.choices, blank=True)
    identity_note_sealed = models.BinaryField(default=b"")
    identity_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    identity_at = models.DateTimeField(null=True)

    refusal_ground = models.CharField(max_length=30, choices=RefusalGround.choices, blank=True)
    report_lookup = models.JSONField(default=dict, blank=True)
    """How far the report was looked through: counts and dates only."""

    assigned_to = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="assigned_cases", verbose_name=_("officer")
    )
    """Who looks after it; nobody yet where it is empty. It gives no right."""
    filed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="filed_cases")
    filed_at = models.DateTimeField(_("filed"))
    closed_at = models.DateTimeField(null=True, editable=False)
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, editable=False, related_name="merged_here"
    )
    """The case in which this one goes on."""
    purge_on = models.DateField(null=True, editable=False)
    """The day on which the contents are destroyed; set when the case closes."""
    purge_reason = models.TextField(default="", editable=False)
    """Why they are kept until that day, as the installation's settings said when the case closed."""
    purge_began_at = models.DateTimeField(null=True, editable=False)
    """Written ahead of the destruction: from here on nothing can hold it up any more."""
    purged_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("request")
        verbose_name_plural = _("requests")
        ordering = ["-pk"]
        indexes = [
            # What the list, the dashboard and the menu count and sort, without the rows themselves.
            models.Index(
                fields=[
                    "state",
                    "purge_began_at",
                    "due_on",
                    "paused_on",
                    "identity",
                    "identity_at",
                    "assigned_to",
                    "filed_by",
                ],
                name="case_open",
            ),
            models.Index(fields=["state", "closed_at", "received_on"], name="case_closed"),
            models.Index(fields=["received_on"], name="case_received"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def is_closed(self) -> bool:
        """Whether nobody works on it any more. A restore may purge a case that its backup still has as open."""
        return self.state in FINAL or self.is_purged

    @property
    def is_purged(self) -> bool:
        """Whether the contents were destroyed, or are being destroyed right now."""
        return self.purge_began_at is not None

    @property
    def deadline(self) -> Deadline:
        """Its due date, and what that was counted from."""
        return Deadline(self.received_on, self.due_on, self.paused_days, self.extended, self.due_moved_by)

    @property
    def is_paused(self) -> bool:
        """Whether the clock stands still while the person is asked who they are."""
        return self.paused_on is not None

    @property
    def is_erasure(self) -> bool:
        return self.kind == Kind.ERASURE

    @property
    def is_change(self) -> bool:
        """Whether contacts are changed and none is deleted."""
        return self.kind in CHANGES

    @property
    def gets_package(self) -> bool:
        """Whether it is answered with a package."""
        return self.kind in PACKAGES

    @property
    def needs_approval(self) -> bool:
        """Whether a second person approves a plan."""
        return not self.gets_package

    @cached_property
    def data_key(self) -> bytes:
        """The case's data key. Raises `KeyDestroyed` when its retention has ended."""
        try:
            wrapped = self.key.wrapped
        except CaseKey.DoesNotExist:
            raise KeyDestroyed(_("The personal data of this case was destroyed when its retention ended.")) from None
        return masterkey.unwrap(wrapped, context=key_context(self))

    def forget_key(self) -> None:
        """It was destroyed: what was opened, and kept beside the row, goes too."""
        self.__dict__.pop("data_key", None)
        self._state.fields_cache.pop("key", None)

    def seal(self, text: str, *, field: str) -> bytes:
        """Encrypt a text of this case; an empty one stays empty. `field` names its place."""
        return crypto.seal(self.data_key, text.encode(), context=f"{self.reference}:{field}") if text else b""

    def unseal(self, sealed: bytes | memoryview, *, field: str) -> str:
        """Decrypt what `seal` made for the same field."""
        if not sealed:
            return ""
        return crypto.unseal(self.data_key, sealed, context=f"{self.reference}:{field}").decode()

    def seal_json(self, value: Any, *, field: str) -> bytes:
        return self.seal(json.dumps(value, ensure_ascii=False), field=field)

    def unseal_json(self, sealed: bytes | memoryview, *, field: str) -> Any:
        return json.loads(self.unseal(sealed, field=field) or "null")

    @property
    def subject_name(self) -> str:
        """The data subject's name, or nothing once the data is destroyed."""
        try:
            return self.unseal(self.subject_name_sealed, field="subject_name")
        except KeyDestroyed:
            return ""

    @property
    def note(self) -> str:
        return self.unseal(self.note_sealed, field="note")

    @property
    def identity_note(self) -> str:
        return self.unseal(self.identity_note_sealed, field="identity_note")

    @property
    def known_identifiers(self) -> QuerySet[Identifier]:
        """What the person is looked up by: given in the request, or learnt from a contact that is this person.

        What was learnt from a contact that was ruled out since is somebody else's.
        """
        return self.identifiers.filter(
            models.Q(learnt_from=None) | models.Q(learnt_from__decision="same_person")
        ).order_by("pk")

    @property
    def told_identifiers(self) -> list[Identifier]:
        """Those that letters name: each once, in its first spelling, however many spellings are looked up."""
        found: dict[tuple[str, str], Identifier] = {}
        for row in self.known_identifiers:
            row.case = self
            spelling = crypto.normalise(row.value, fold_case=row.kind == IdentifierKind.EMAIL)
            found.setdefault((row.kind, spelling), row)
        return list(found.values())

    @property
    def current_plan(self) -> Plan | None:
        """The newest plan, unless it was voided."""
        plan = self.plans.order_by("-number").first()
        return plan if plan and plan.voided_at is None else None


def key_context(case: Case) -> str:
    """Where a case's wrapped key belongs."""
    return f"case-key:{case.reference}"


class CaseKey(models.Model):
    """The data key of a case, wrapped by the master key. Deleting the row destroys the case's personal data."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, primary_key=True, related_name="key")
    wrapped = models.BinaryField()

    def __str__(self) -> str:
        return f"key of case {self.case_id}"


class IdentifierKind(models.TextChoices):
    EMAIL = "email", _("E-mail")
    EXTERNAL_ID = "external_id", _("External id")


class Identifier(models.Model):
    """Something the data subject is looked up by. Sealed; found again by its keyed hash alone."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="identifiers")
    kind = models.CharField(max_length=20, choices=IdentifierKind.choices)
    value_sealed = models.BinaryField()
    keyed_hash = models.CharField(max_length=64, db_index=True)
    learnt_from = models.ForeignKey("dsr.Candidate", on_delete=models.PROTECT, null=True, related_name="+")
    """The confirmed contact that it was learnt from; empty where the request gave it."""

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["case", "kind", "keyed_hash"], name="identifier_once_per_case")]

    def __str__(self) -> str:
        return f"{self.kind} of case {self.case_id}"

    @property
    def is_given(self) -> bool:
        """Whether the request itself gave it."""
        return self.learnt_from_id is None

    @property
    def value(self) -> str:
        return self.case.unseal(self.value_sealed, field="identifier")


class CaseActor(models.Model):
    """Somebody who filed, decided or prepared. The approvals' trigger refuses them (four-eyes approval)."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="actors")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    act = models.CharField(max_length=30)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "user", "act"], name="actor_once_per_act")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.act}"
