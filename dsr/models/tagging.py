"""Giving a tag to, or taking it from, each contact of a report that meets a condition."""

from __future__ import annotations

import json
from typing import Any

from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from dsr import masterkey
from dsr.models.connection import Connection
from dsr.models.user import User

RULE_CONTEXT = "tagging-rule"


class TagStage(models.TextChoices):
    COLLECTING = "collecting", _("Looking for the contacts")
    READY = "ready", _("Waiting for a yes")
    TAGGING = "tagging", _("Under way")
    FINISHED = "finished", _("Finished")
    THROWN_AWAY = "thrown_away", _("Thrown away")


class TagRun(models.Model):
    """One run of a rule, which goes on where it stopped. It has counts; its contacts are there while it lives only.

    Where it has ended, the row goes with the calls that it made: after `DSR_EXECUTION_LOG_DAYS`.
    """

    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="+")
    integration_id = models.CharField(max_length=64)
    report = models.CharField(max_length=20)
    start = models.DateField()
    end = models.DateField()
    adds = models.BooleanField()
    """Whether the tag is given; otherwise it is taken away."""
    rule_sealed = models.BinaryField(editable=False)
    """The tag and the conditions: free text, in which anything may stand."""
    stage = models.CharField(max_length=12, choices=TagStage.choices, default=TagStage.COLLECTING)
    next_page = models.PositiveIntegerField(default=1)
    looked_at = models.PositiveIntegerField(default=0)
    matched = models.PositiveIntegerField(default=0)
    already = models.PositiveIntegerField(default=0)
    """Of those, how many need nothing: they have the tag, or don't have it."""
    done = models.PositiveIntegerField(default=0)
    missing = models.PositiveIntegerField(default=0)
    """Contacts that the integration doesn't know."""
    started_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"tagging {self.pk}"

    def seal_rule(self, *, tag: str, conditions: dict[str, Any]) -> None:
        """Put both under the master key."""
        said = json.dumps({"tag": tag, "conditions": conditions}).encode()
        self.rule_sealed = masterkey.wrap(said, context=RULE_CONTEXT)

    @cached_property
    def _rule(self) -> dict[str, Any]:
        said: dict[str, Any] = json.loads(masterkey.unwrap(self.rule_sealed, context=RULE_CONTEXT))
        return said

    @property
    def tag(self) -> str:
        """Raises `Unreadable` when the master key is another one."""
        return str(self._rule["tag"])

    @property
    def conditions(self) -> dict[str, Any]:
        """As `Rule.as_json` gave them. Raises `Unreadable` likewise."""
        return dict(self._rule["conditions"])


class TagTarget(models.Model):
    """A contact that the run has still to do, or has done. All of them are deleted when it ends."""

    run = models.ForeignKey(TagRun, on_delete=models.CASCADE, related_name="targets")
    contact_id = models.CharField(max_length=255)
    is_done = models.BooleanField(default=False)
    is_missing = models.BooleanField(default=False)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["run", "contact_id"], name="one_target_per_contact")]

    def __str__(self) -> str:
        return f"target {self.pk}"
