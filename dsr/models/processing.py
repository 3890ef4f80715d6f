"""What the organisation tells about its processing behind a connection, and who else was given the data."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from dsr.languages import LANGUAGES
from dsr.models.connection import Connection
from dsr.models.user import User


class ProcessingRecord(models.Model):
    """The particulars of Art. 15(1)(a)–(h), 15(2) and 30(1) about one connection, in one language. No person's data."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="processing_records")
    language = models.CharField(_("language"), max_length=5, choices=list(LANGUAGES.items()))

    purposes = models.TextField(_("purposes"), help_text=_("What the data is used for: Art. 15(1)(a)."))
    data_subjects = models.TextField(_("whose data"), help_text=_("Customers, subscribers: Art. 30(1)(c)."))
    data_categories = models.TextField(_("kinds of data"), help_text=_("Art. 15(1)(b)."))
    recipients = models.TextField(
        _("recipients"), help_text=_("Who is or will be given the data, or which kinds of them: Art. 15(1)(c).")
    )
    transfers = models.TextField(
        _("other countries"),
        help_text=_("Countries outside the EEA and the safeguards for each, or that there are none: Art. 15(2)."),
    )
    storage_period = models.TextField(
        _("how long it is kept"), help_text=_("The period, or how it is determined: Art. 15(1)(d).")
    )
    source = models.TextField(_("where the data comes from"), help_text=_("Art. 15(1)(g)."))
    automated_decisions = models.TextField(
        _("automated decisions"),
        help_text=_("Whether there are any, the logic and what follows for the person: Art. 15(1)(h) and 22."),
    )
    security = models.TextField(
        _("security measures"), help_text=_("In general words, for the register alone: Art. 30(1)(g).")
    )
    authority = models.TextField(
        _("supervisory authority"), help_text=_("Name and address of where a person can complain: Art. 15(1)(f).")
    )
    contact = models.TextField(
        _("whom to ask"), help_text=_("The data protection officer, or who answers instead: Art. 30(1)(a).")
    )
    tag_meanings = models.TextField(
        _("what tags mean"), blank=True, help_text=_("A tag on each line: VIP = has bought more than three times.")
    )

    updated_at = models.DateTimeField()
    updated_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["connection", "language"], name="one_record_per_connection_and_language")
        ]

    def __str__(self) -> str:
        return f"{self.connection} ({self.language})"


class Recipient(models.Model):
    """Whoever was given data of this connection and has to be told of an erasure (Art. 19). An organisation."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="recipients")
    name = models.CharField(_("name"), max_length=200)
    email = models.EmailField(_("e-mail"), blank=True)
    address = models.TextField(_("postal address"), blank=True)
    language = models.CharField(_("language"), max_length=5, choices=list(LANGUAGES.items()), default="en")
    what = models.CharField(_("what they were given"), max_length=200, blank=True)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["connection", "name"], name="recipient_once_per_connection")]

    def __str__(self) -> str:
        return self.name
