"""Why a job handed a case to a person: what is said, and which buttons lead on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class Attention(TextChoices):
    UNREACHABLE = "unreachable", _("SegMetrics doesn't answer")
    KEY_REFUSED = "key_refused", _("SegMetrics refuses the API key")
    NO_OWN_CREDENTIAL = "no_own_credential", _("The approver's own sign-in to SegMetrics is missing")
    UNREADABLE_ANSWER = "unreadable_answer", _("SegMetrics gave an answer that can't be read")
    CONTROL_READ_FAILED = "control_read_failed", _("The connection can't be trusted right now")
    REQUEST_REFUSED = "request_refused", _("SegMetrics refuses the call")
    NOT_GRANTED = "not_granted", _("The connection may not make this call")
    CONTACT_CHANGED = "contact_changed", _("The contact has changed since it was looked at")
    CONTACT_VANISHED = "contact_vanished", _("The contact is gone before it was exported")
    ANOTHER_CONTACT = "another_contact", _("Another contact answers to an identifier")
    STILL_THERE = "still_there", _("Something deleted still answers")
    LEFT_OVER = "left_over", _("Something outside the plan has appeared")
    STORAGE_FULL = "storage_full", _("The disk is full")
    APPROVAL_VOID = "approval_void", _("The approval no longer holds")
    NO_DELETE_RIGHT = "no_delete_right", _("The connection may not delete")
    FILES_DAMAGED = "files_damaged", _("A stored file is missing or damaged")
    GAVE_UP = "gave_up", _("The job failed several times")
    LEDGER = "ledger", _("The ledger can't be written")
    CERTIFICATE_ENDED = "certificate_ended", _("The signing certificate has ended")
    TIME_STAMP = "time_stamp", _("The time-stamp server doesn't answer")
    ADDRESS_AS_ID = "address_as_id", _("SegMetrics gave an e-mail address as an id")
    RECORD_GAPS = "record_gaps", _("What is told about the processing has gaps")
    LEGAL_HOLD = "legal_hold", _("A legal hold binds this person")
    ANSWER_TOO_LARGE = "answer_too_large", _("SegMetrics gave an answer larger than is taken")
    NOT_CHANGED = "not_changed", _("A change doesn't show when it is read again")
    ADDRESS_TAKEN = "address_taken", _("The new e-mail address belongs to another contact")


VOIDING = frozenset(
    {
        Attention.CONTACT_CHANGED,
        Attention.CONTACT_VANISHED,
        Attention.LEFT_OVER,
        Attention.APPROVAL_VOID,
        Attention.FILES_DAMAGED,
    }
)
"""What was planned and approved no longer fits; the case can't simply be taken up again."""


class WayOn(TextChoices):
    """The buttons. Each is one service function."""

    RESUME = "resume", _("Try again")
    SEARCH_AGAIN = "search_again", _("Search again")
    BACK_TO_REVIEW = "back_to_review", _("Back to review")
    DECIDE = "decide", _("Decide on the contact below, then go on")


@dataclass(frozen=True)
class Advice:
    text: _StrPromise
    ways_on: tuple[WayOn, ...]


ADVICE: dict[str, Advice] = {
    Attention.UNREACHABLE: Advice(
        _(
            "SegMetrics could not be reached, or answered with errors, several times in a row. Nothing is lost: what "
            "was done so far stays done. Check that the service is up, then try again."
        ),
        (WayOn.RESUME,),
    ),
    Attention.KEY_REFUSED: Advice(
        _(
            "The API key of this connection is wrong or was withdrawn, or its sign-in has ended. Ask an administrator "
            "to correct it under Connections, then try again."
        ),
        (WayOn.RESUME,),
    ),
    Attention.NO_OWN_CREDENTIAL: Advice(
        _(
            "This connection deletes in the name of whoever approved, and their own sign-in to SegMetrics is missing, "
            "has ended or may not delete. Nobody else's is used. Ask them to set it up under Preferences, then try "
            "again; or go back to review, so that another person approves."
        ),
        (WayOn.RESUME, WayOn.BACK_TO_REVIEW, WayOn.SEARCH_AGAIN),
    ),
    Attention.UNREADABLE_ANSWER: Advice(
        _(
            "The answer was not in the form that SegMetrics documents, so nothing was concluded from it. Try again; if "
            "it comes back, ask SegMetrics support."
        ),
        (WayOn.RESUME,),
    ),
    Attention.ANSWER_TOO_LARGE: Advice(
        _(
            "A contact's answer is larger than this site takes, and was left. Ask your administrator to raise "
            "DSR_ANSWER_LIMIT_MB and to see that the disk has room for three times as much; then try again."
        ),
        (WayOn.RESUME,),
    ),
    Attention.ADDRESS_AS_ID: Advice(
        _(
            "SegMetrics gave an e-mail address as the id of a contact, an order or a subscription. Nothing is deleted "
            "by address: several people may bear it; and the id would stand in the record that outlives this case. Ask "
            "SegMetrics support to give it an id of its own, or to delete it at their end; then try again. Where "
            "neither can be had, refuse the request below with its ground."
        ),
        (WayOn.RESUME, WayOn.SEARCH_AGAIN),
    ),
    Attention.CONTROL_READ_FAILED: Advice(
        _(
            "SegMetrics says that something isn't there, but a control read of the account failed too. A wrong account "
            "answers “not found” to everything, so nothing was taken as deleted. Check the connection, then try again."
        ),
        (WayOn.RESUME,),
    ),
    Attention.REQUEST_REFUSED: Advice(
        _(
            "SegMetrics refused the call as invalid. Check the addresses, ids and key of the connection, then try "
            "again."
        ),
        (WayOn.RESUME, WayOn.SEARCH_AGAIN),
    ),
    Attention.NOT_GRANTED: Advice(
        _(
            "A call was refused here, before it left: the connection's grant doesn't name it. An administrator can "
            "switch it on under Connections; then try again."
        ),
        (WayOn.RESUME, WayOn.SEARCH_AGAIN),
    ),
    Attention.CONTACT_CHANGED: Advice(
        _(
            "The contact's identity, fields, orders or subscriptions are not what was reviewed. Any approval is void. "
            "Search again, decide whether it is still the right person, and prepare the case anew."
        ),
        (WayOn.SEARCH_AGAIN,),
    ),
    Attention.CONTACT_VANISHED: Advice(
        _(
            "A confirmed contact is no longer at SegMetrics, so nothing more can be done with it. Search again to see "
            "what is there now."
        ),
        (WayOn.SEARCH_AGAIN,),
    ),
    Attention.ANOTHER_CONTACT: Advice(
        _(
            "After the deletion an identifier of this case leads to a contact that nobody has looked at. Decide on it "
            "below: another person is ruled out with a reason; the same person needs a new review and approval."
        ),
        (WayOn.DECIDE, WayOn.SEARCH_AGAIN),
    ),
    Attention.STILL_THERE: Advice(
        _(
            "SegMetrics said “deleted”, but still shows it after every look. Try the deletion again, or ask "
            "SegMetrics support. Don't tell the person that the data is gone."
        ),
        (WayOn.RESUME, WayOn.SEARCH_AGAIN),
    ),
    Attention.LEFT_OVER: Advice(
        _(
            "While the deletion ran, an order or subscription appeared that is not part of the approved plan. The "
            "contact was not deleted. Search again and prepare the rest anew."
        ),
        (WayOn.SEARCH_AGAIN,),
    ),
    Attention.STORAGE_FULL: Advice(
        _(
            "There was no room to write the export, the evidence or the certificate. Nothing half-written is kept. "
            "Free some space, then try again."
        ),
        (WayOn.RESUME,),
    ),
    Attention.APPROVAL_VOID: Advice(
        _(
            "The plan, its files or the connection changed after the approval, or the approver's account was closed. "
            "No further step was taken. Review the case, prepare it anew and ask for a new approval. "
            "Where a deletion has begun already, search again instead."
        ),
        (WayOn.BACK_TO_REVIEW, WayOn.SEARCH_AGAIN),
    ),
    Attention.NO_DELETE_RIGHT: Advice(
        _(
            "The connection has no right to delete, or it was taken away. No further step was taken. One "
            "administrator asks for it under Connections, another one grants it; then try again. Where a deletion has "
            "begun already and the rest is to be decided anew, search again."
        ),
        (WayOn.RESUME, WayOn.BACK_TO_REVIEW, WayOn.SEARCH_AGAIN),
    ),
    Attention.FILES_DAMAGED: Advice(
        _("The stored export or evidence can’t be read as made. No further step was taken. Prepare the case anew."),
        (WayOn.BACK_TO_REVIEW,),
    ),
    Attention.LEGAL_HOLD: Advice(
        _(
            "Nothing more is deleted while the hold stands; what was deleted before it was placed stays deleted. Once "
            "two persons have lifted it, try again. Is the data needed for legal claims for good, then go back to "
            "review and keep it on that exemption, Art. 17(3)(e); where a deletion has begun already, search again "
            "first. The due date runs on: tell the person why it takes longer."
        ),
        (WayOn.RESUME, WayOn.BACK_TO_REVIEW, WayOn.SEARCH_AGAIN),
    ),
    Attention.GAVE_UP: Advice(
        _("The job stopped without an answer several times. Try again; if it comes back, ask your administrator."),
        (WayOn.RESUME, WayOn.SEARCH_AGAIN),
    ),
    Attention.CERTIFICATE_ENDED: Advice(
        _(
            "The organisation's certificate has ended or was revoked, so the evidence or the certificate of this case "
            "can't be signed. Nothing is lost: what was deleted stays deleted. Ask your administrator to renew the "
            "certificate in DSR_SIGNING_CERTIFICATE and to restart web and worker; then try again."
        ),
        (WayOn.RESUME,),
    ),
    Attention.TIME_STAMP: Advice(
        _(
            "The time-stamp server gave no stamp that holds, several times in a row, so the document can't be signed "
            "as it should be. Nothing is lost: what was deleted stays deleted. Ask your administrator to look at "
            "DSR_TIMESTAMP_URL; a document without a time stamp is only made once that setting is taken away. Then "
            "try again."
        ),
        (WayOn.RESUME,),
    ),
    Attention.RECORD_GAPS: Advice(
        _(
            "An answer to a request for access has to say what the data is used for, who gets it, how long it is kept "
            "and more (Art. 15(1) and (2)). In the language of this case something of that is missing. An "
            "administrator writes it under Connections, “Write what is told”; then try again."
        ),
        (WayOn.RESUME,),
    ),
    Attention.NOT_CHANGED: Advice(
        _(
            "SegMetrics took the change, but still shows the old value after every look, or did so in another "
            "integration than the one chosen. Try again, or look at the contact there. Don't tell the person that it "
            "was changed. Was the wrong integration chosen, search again and review anew."
        ),
        (WayOn.RESUME, WayOn.SEARCH_AGAIN),
    ),
    Attention.ADDRESS_TAKEN: Advice(
        _(
            "The e-mail address that this contact should get leads to another contact, which SegMetrics might give "
            "this one's id. So the address was not sent. Search again and leave the address out, or have it changed at "
            "SegMetrics by hand first."
        ),
        (WayOn.SEARCH_AGAIN, WayOn.RESUME),
    ),
    Attention.LEDGER: Advice(
        _(
            "Nothing is deleted before it stands in the ledger, so that a restored backup brings nobody back. The "
            "ledger can't be written, or it doesn't fit the database. Ask your administrator to run “manage.py ledger "
            "check”, then try again."
        ),
        (WayOn.RESUME,),
    ),
}
