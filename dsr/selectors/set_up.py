"""How far an installation is set up: each step ticks itself off."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from dsr.models import Connection, ProcessingRecord, SetUpMark, User
from dsr.permissions import Role

CONNECTION, MAIL, COMPLETE = "connection", "mail", "complete"


@dataclass(frozen=True)
class Step:
    title: str
    text: str
    is_done: bool
    href: str = ""
    link: str = ""
    is_optional: bool = False


def steps() -> list[Step]:
    """In the order in which they are done."""
    marks = set(SetUpMark.objects.values_list("name", flat=True))
    connection = Connection.objects.filter(is_active=True).first()
    connections = reverse("admin:dsr_connection_changelist")
    return [
        Step(
            _("Your organisation"),
            _("DSR_ORGANISATION and DSR_ORGANISATION_ADDRESS: what letters and documents carry at their top."),
            bool(settings.ENV.organisation_address),
        ),
        Step(
            _("Certificate for signatures"),
            _("DSR_SIGNING_CERTIFICATE: without one this installation signs with a certificate that it made itself."),
            settings.ENV.seal is not None,
            is_optional=True,
        ),
        Step(
            _("First connection"),
            _("The SegMetrics account in which requests are looked up, with its API key."),
            connection is not None,
            reverse("admin:dsr_connection_change", args=[connection.pk]) if connection else connections,
            connection.name if connection else _("Add a connection"),
        ),
        Step(
            _("The connection works"),
            _("“Test this connection” on its page makes one harmless read."),
            CONNECTION in marks,
            reverse("admin:dsr_connection_change", args=[connection.pk]) if connection else "",
            _("Test it there") if connection else "",
        ),
        Step(
            _("What people are told about the processing"),
            _("Art. 15(1): purposes, recipients, storage period. Without it no access package can be made."),
            ProcessingRecord.objects.exists(),
            reverse("admin:dsr_connection_record", args=[connection.pk]) if connection else "",
            _("Write what is told") if connection else "",
        ),
        Step(_("Mail"), _("A test mail to yourself shows that invitations and letters go out."), MAIL in marks),
        Step(
            _("A second person"),
            _("Two people: an officer who prepares a deletion, and somebody else who approves it."),
            _has_two_people(),
            reverse("admin:dsr_user_changelist"),
            _("Invite somebody"),
        ),
    ]


def is_complete() -> bool:
    """Whether every step that isn't optional was once done."""
    return SetUpMark.objects.filter(name=COMPLETE).exists()


def _has_two_people() -> bool:
    holders = User.objects.filter(is_active=True, groups__name__in=[Role.PRIVACY_OFFICER, Role.APPROVER])
    pairs = set(holders.values_list("pk", "groups__name"))
    officers = {pk for pk, role in pairs if role == Role.PRIVACY_OFFICER}
    approvers = {pk for pk, role in pairs if role == Role.APPROVER}
    return any(officer != approver for officer in officers for approver in approvers)
