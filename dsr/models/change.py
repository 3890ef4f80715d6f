"""What a plan changes at SegMetrics instead of deleting: fields and tags, each with its value before and after."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from dsr.models.candidate import Candidate
from dsr.models.plan import Plan
from dsr.models.user import User


class ChangeAct(models.TextChoices):
    SET = "set", _("Set")
    REMOVE_TAG = "remove_tag", _("Take the tag off")
    ADD_TAG = "add_tag", _("Put the tag on")


class ChangeStep(models.TextChoices):
    PENDING = "pending", _("Waiting")
    ATTEMPTED = "attempted", _("Under way")
    DONE = "done", _("Changed")
    ALREADY_SO = "already_so", _("Was already so")


CHANGE_FINISHED = frozenset({ChangeStep.DONE, ChangeStep.ALREADY_SO})
CUSTOM = "custom:"
TAG = "tag"
READ = "read"
"""Among the values of a field: what it reads since it was set, where that isn't to the letter what was sent."""
FIELD_LABELS = {
    "first_name": _("First name"),
    "last_name": _("Last name"),
    "email": _("E-mail"),
    "status": _("Status"),
    TAG: _("Tag"),
}


class Change(models.Model):
    """One field or tag of one contact in one integration; once approved, also the record of its execution.

    `field` is the name of a field, which outlives the purge; what stood in it and what a tag is called is sealed.
    """

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="changes")
    candidate = models.ForeignKey(Candidate, on_delete=models.PROTECT, related_name="changes")
    position = models.PositiveIntegerField()
    integration_id = models.CharField(max_length=64)
    integration_label = models.CharField(max_length=100)
    contact_id = models.CharField(max_length=255)
    act = models.CharField(max_length=20, choices=ChangeAct.choices)
    field = models.CharField(max_length=200)
    value_sealed = models.BinaryField(default=b"")
    """The values before and after, as JSON; of a tag its name, and its id where that is known."""
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    step = models.CharField(max_length=20, choices=ChangeStep.choices, default=ChangeStep.PENDING)
    attempts = models.PositiveIntegerField(default=0)
    attempted_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["plan_id", "position"]
        constraints = [models.UniqueConstraint(fields=["plan", "position"], name="change_once_per_place")]

    def __str__(self) -> str:
        return f"{self.act} {self.field} of contact {self.contact_id} in {self.integration_id}"

    @property
    def value(self) -> dict[str, Any]:
        """`before`, `after` and perhaps `read`, or `name` and `id` of a tag; empty once the contents are destroyed."""
        return self.plan.case.unseal_json(self.value_sealed, field="change") or {}

    @property
    def in_words(self) -> tuple[str, str]:
        """What stands there before and after, as a reader sees it; dashes once the contents are destroyed."""
        value, dash = self.value, "–"
        if not value:
            return dash, dash
        if self.act == ChangeAct.SET:
            there_now = READ if READ in value else "after"
            before, after = ("" if value[name] is None else str(value[name]) for name in ("before", there_now))
            return before or dash, after or dash
        return (value["name"], dash) if self.act == ChangeAct.REMOVE_TAG else (dash, value["name"])

    @property
    def is_finished(self) -> bool:
        return self.step in CHANGE_FINISHED

    @property
    def field_label(self) -> str:
        """What the field is called on screen and on paper."""
        return str(FIELD_LABELS.get(self.field) or self.field.removeprefix(CUSTOM))
