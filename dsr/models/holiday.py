"""Free days that the organisation added to the public holidays of its country and region."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Holiday(models.Model):
    """A day that moves a due date like a public holiday, once or in every year."""

    day = models.DateField(_("day"), unique=True)
    """Of one of every year only the day and the month count."""
    name = models.CharField(_("name"), max_length=100)
    every_year = models.BooleanField(_("every year"), default=False)

    class Meta:
        ordering = ["day"]

    def __str__(self) -> str:
        return self.name
