"""The plan: its lines (and changes, in `models.change`) are what is approved, and the record of their execution."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from dsr.models.candidate import Candidate
from dsr.models.case import Case
from dsr.models.document import Document
from dsr.models.user import User

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from dsr.models.approval import Approval
    from dsr.models.change import Change


class Ground(models.TextChoices):
    """Why the data has to be erased, Art. 17(1)(a)–(f)."""

    NOT_NEEDED = "17(1)(a)", _("(a) The data is no longer needed for its purpose")
    CONSENT_WITHDRAWN = "17(1)(b)", _("(b) Consent was withdrawn, and there is no other legal ground")
    OBJECTION = (
        "17(1)(c)",
        _("(c) The person objects; for direct marketing no balancing is needed, Art. 21(2)–(3)"),
    )
    UNLAWFUL = "17(1)(d)", _("(d) The data was processed unlawfully")
    LEGAL_DUTY = "17(1)(e)", _("(e) A law requires the erasure")
    CHILD = "17(1)(f)", _("(f) The data was collected from a child for an online service")


class RestrictionGround(models.TextChoices):
    """Why the processing is restricted, Art. 18(1)(a)–(d)."""

    CONTESTED = "18(1)(a)", _("(a) The person contests that the data is accurate, while that is looked into")
    UNLAWFUL = "18(1)(b)", _("(b) The processing is unlawful, and the person wants no erasure")
    CLAIMS = "18(1)(c)", _("(c) We no longer need the data, but the person does for legal claims")
    OBJECTED = "18(1)(d)", _("(d) The person has objected, while it is looked into whose grounds override")


class ObjectionGround(models.TextChoices):
    """What the person objects to. Only the first is weighed against the controller's grounds."""

    OWN_SITUATION = "21(1)", _("On grounds of their own situation, Art. 21(1)")
    DIRECT_MARKETING = "21(2)", _("To direct marketing, Art. 21(2)–(3): absolute, nothing is weighed")


class Exemption(models.TextChoices):
    """Why a single line stays, Art. 17(3)(a)–(e): “to the extent” that it is necessary."""

    NONE = "", _("—")
    EXPRESSION = "17(3)(a)", _("(a) Freedom of expression and information")
    LEGAL_OBLIGATION = "17(3)(b)", _("(b) A legal obligation, such as tax records")
    PUBLIC_HEALTH = "17(3)(c)", _("(c) Public interest in public health")
    ARCHIVING = "17(3)(d)", _("(d) Archiving, research or statistics")
    LEGAL_CLAIMS = "17(3)(e)", _("(e) Legal claims")


class ObjectKind(models.TextChoices):
    INVOICE = "invoice", _("Invoice")
    SUBSCRIPTION = "subscription", _("Subscription")
    CONTACT = "contact", _("Contact")


ERASE_ORDER: dict[str, int] = {ObjectKind.INVOICE: 0, ObjectKind.SUBSCRIPTION: 1, ObjectKind.CONTACT: 2}
"""SegMetrics leaves the invoices and subscriptions of a deleted contact behind, so they go first."""


class LineDecision(models.TextChoices):
    UNDECIDED = "", _("Choose…")
    DELETE = "delete", _("Delete")
    KEEP = "keep", _("Keep")
    NOT_THEIRS = "not_theirs", _("Not this person's")


class StepState(models.TextChoices):
    PENDING = "pending", _("Waiting")
    ATTEMPTED = "attempted", _("Under way")
    DONE = "done", _("Deleted")
    ALREADY_GONE = "already_gone", _("Was already gone")
    GONE = "gone", _("Gone, after an attempt that wasn't confirmed")
    """Tried before, and then there was nothing: whether that try or somebody else deleted it isn't known for sure."""


FINISHED = frozenset({StepState.DONE, StepState.ALREADY_GONE, StepState.GONE})


class Plan(models.Model):
    """One version of what is to be deleted. A new one is made whenever the case goes through review again."""

    lines: RelatedManager[PlanLine]
    changes: RelatedManager[Change]
    approval: Approval

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="plans")
    number = models.PositiveIntegerField()
    ground = models.CharField(
        max_length=20,
        choices=[*Ground.choices, *RestrictionGround.choices, *ObjectionGround.choices],
        blank=True,
    )
    weighed_sealed = models.BinaryField(default=b"")
    """Why no compelling grounds override an objection under Art. 21(1)."""
    created_at = models.DateTimeField()
    prepared_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    prepared_at = models.DateTimeField(null=True)
    export = models.OneToOneField(Document, on_delete=models.PROTECT, null=True, related_name="+")
    evidence = models.OneToOneField(Document, on_delete=models.PROTECT, null=True, related_name="+")
    fingerprint = models.CharField(max_length=64, blank=True)
    voided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["case_id", "number"]
        constraints = [models.UniqueConstraint(fields=["case", "number"], name="plan_number_once_per_case")]

    def __str__(self) -> str:
        return f"plan {self.number} of case {self.case_id}"

    @property
    def to_delete(self) -> list[PlanLine]:
        """The lines that are deleted, in the order of deletion."""
        lines = [line for line in self.lines.all() if line.decision == LineDecision.DELETE]
        return sorted(lines, key=lambda line: (ERASE_ORDER[line.object], line.position))

    @property
    def has_started(self) -> bool:
        """Whether a step was attempted: from then on the case can't be withdrawn."""
        if self.case.is_change:
            return self.changes.exclude(step=StepState.PENDING).exists()
        return self.lines.exclude(step=StepState.PENDING).exists()

    @property
    def contact_ids(self) -> list[str]:
        """The contact ids that an approver types, each once."""
        if self.case.is_change:
            return list(dict.fromkeys(change.contact_id for change in self.changes.all()))
        return list(dict.fromkeys(line.object_id for line in self.to_delete if line.object == ObjectKind.CONTACT))

    @property
    def weighed(self) -> str:
        return self.case.unseal(self.weighed_sealed, field="weighed")


class PlanLine(models.Model):
    """(integration, object, id): what is done with it, and, once approved, how far that has got."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="lines")
    candidate = models.ForeignKey(Candidate, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveIntegerField()
    integration_id = models.CharField(max_length=64)
    integration_label = models.CharField(max_length=100)
    object = models.CharField(max_length=20, choices=ObjectKind.choices)
    object_id = models.CharField(max_length=255)
    description_sealed = models.BinaryField(default=b"")
    decision = models.CharField(max_length=20, choices=LineDecision.choices, default=LineDecision.UNDECIDED, blank=True)
    exemption = models.CharField(max_length=20, choices=Exemption.choices, default=Exemption.NONE, blank=True)
    reason_sealed = models.BinaryField(default=b"")
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    step = models.CharField(max_length=20, choices=StepState.choices, default=StepState.PENDING)
    attempts = models.PositiveIntegerField(default=0)
    attempted_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["plan_id", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "integration_id", "object", "object_id"], name="line_once_per_plan"
            ),
            models.CheckConstraint(
                name="kept_line_names_its_exemption",
                condition=~models.Q(decision="keep") | ~models.Q(exemption=""),
            ),
            models.CheckConstraint(
                name="only_lines_to_delete_are_attempted",
                condition=models.Q(step="pending") | models.Q(decision="delete"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.object} {self.object_id} in {self.integration_id}"

    @property
    def description(self) -> str:
        return self.plan.case.unseal(self.description_sealed, field="line")

    @property
    def reason(self) -> str:
        return self.plan.case.unseal(self.reason_sealed, field="line_reason")

    @property
    def is_finished(self) -> bool:
        return self.step in FINISHED
