"""What an erasure takes out of the attribution figures."""

from __future__ import annotations

from typing import Any

from django.db import models

from dsr.models.plan import Plan


class Impact(models.Model):
    """Beside the plan, sealed under its case's key: an estimate, and no part of what is approved."""

    plan = models.OneToOneField(Plan, on_delete=models.CASCADE, primary_key=True, related_name="+")
    sealed = models.BinaryField()

    def __str__(self) -> str:
        return f"impact of plan {self.plan_id}"

    @property
    def figures(self) -> dict[str, Any]:
        figures: dict[str, Any] = self.plan.case.unseal_json(self.sealed, field="impact")
        return figures

    @figures.setter
    def figures(self, figures: dict[str, Any]) -> None:
        self.sealed = self.plan.case.seal_json(figures, field="impact")
