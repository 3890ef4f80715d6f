"""Letters that go out, the organisation's own texts for them, and who was told of an erasure (Art. 19)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from dsr.languages import LANGUAGES
from dsr.models.case import Case
from dsr.models.document import Document
from dsr.models.processing import Recipient
from dsr.models.user import User


class LetterKind(models.TextChoices):
    ACKNOWLEDGEMENT = "acknowledgement", _("Acknowledgement")
    IDENTITY = "identity", _("Question about the identity")
    EXTENSION = "extension", _("Extension of the time limit")
    REFUSAL = "refusal", _("Refusal")
    COMPLETION = "completion", _("Completion of the erasure")
    NOTHING_FOUND = "nothing_found", _("No data found")
    PACKAGE_READY = "package_ready", _("Package is ready")
    RECIPIENT = "recipient", _("Notice to a recipient of the data")
    CHANGED = "changed", _("Completion of a change")
    RECIPIENT_CHANGED = "recipient_changed", _("Notice of a change to a recipient of the data")
    PORTABLE_READY = "portable_ready", _("Data to take along is ready")


class LetterChannel(models.TextChoices):
    EMAIL = "email", _("E-mail")
    POST = "post", _("Post")


class LetterStatus(models.TextChoices):
    """`sending` is written before the mail server has it: whoever dies in between leaves “may have been sent”."""

    WAITING = "waiting", _("Waiting for the worker")
    SENDING = "sending", _("Being sent")
    TO_POST = "to_post", _("To be posted")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Not sent")
    UNKNOWN = "unknown", _("May have been sent")
    BOUNCED = "bounced", _("Came back")


class OutgoingLetter(models.Model):
    """A letter as it was written, to whom, and what became of it. Sending it moves no case."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="letters")
    kind = models.CharField(max_length=20, choices=LetterKind.choices)
    language = models.CharField(max_length=5, choices=list(LANGUAGES.items()))
    channel = models.CharField(max_length=10, choices=LetterChannel.choices)
    status = models.CharField(max_length=10, choices=LetterStatus.choices, default=LetterStatus.WAITING)
    problem = models.CharField(max_length=40, blank=True)
    """A code for why it wasn't sent, or by which it came back, without personal data."""
    heading_sealed = models.BinaryField()
    body_sealed = models.BinaryField()
    address_sealed = models.BinaryField()
    template_digest = models.CharField(max_length=64)
    """SHA-256 of the text that it was written from, own or shipped."""
    document = models.ForeignKey(Document, on_delete=models.PROTECT, null=True, related_name="+")
    written_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    """When the mail server took it, or when somebody noted that it was posted."""

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def heading(self) -> str:
        return self.case.unseal(self.heading_sealed, field="letter_heading")

    @property
    def body(self) -> str:
        return self.case.unseal(self.body_sealed, field="letter_body")

    @property
    def address(self) -> str:
        """The e-mail address, or name and postal address on several lines."""
        return self.case.unseal(self.address_sealed, field="letter_address")


class LetterTemplate(models.Model):
    """The organisation's own text for a kind of letter in a language. Without a row the shipped one is used."""

    kind = models.CharField(max_length=20, choices=LetterKind.choices)
    language = models.CharField(max_length=5, choices=list(LANGUAGES.items()))
    heading = models.CharField(max_length=200)
    body = models.TextField()
    updated_at = models.DateTimeField()
    updated_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "language"], name="one_letter_template_per_kind_and_language")
        ]

    def __str__(self) -> str:
        return f"{self.kind} ({self.language})"


class WhyNotTold(models.TextChoices):
    """The two exceptions of Art. 19."""

    IMPOSSIBLE = "impossible", _("Telling them proved impossible")
    DISPROPORTIONATE = "disproportionate", _("Telling them would involve disproportionate effort")


class RecipientNotice(models.Model):
    """A recipient who has to be told of this case's erasure (Art. 19). Listed when the erasure is certified."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="recipient_notices")
    recipient = models.ForeignKey(Recipient, on_delete=models.SET_NULL, null=True, related_name="+")
    name = models.CharField(max_length=200)
    """As it was when the erasure was certified: an organisation, not the data subject."""
    letter = models.ForeignKey(OutgoingLetter, on_delete=models.PROTECT, null=True, related_name="+")
    """The newest letter to them."""
    told_on = models.DateField(null=True)
    """Where they were told in another way; of a letter, its row says when it was sent."""
    answered_on = models.DateField(null=True)
    answer_sealed = models.BinaryField(default=b"")
    why_not = models.CharField(max_length=20, choices=WhyNotTold.choices, blank=True)
    why_not_sealed = models.BinaryField(default=b"")

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["case", "name"], name="recipient_once_per_case")]

    def __str__(self) -> str:
        return f"{self.name} about {self.case_id}"

    @property
    def answer(self) -> str:
        return self.case.unseal(self.answer_sealed, field="recipient_answer")

    @property
    def why_not_words(self) -> str:
        return self.case.unseal(self.why_not_sealed, field="recipient_why_not")
