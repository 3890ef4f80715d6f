"""Letters of a case: write one, see how it reads, send it, and note what became of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from dsr.evidence.text import clean
from dsr.exceptions import InvalidInput, RuleBroken
from dsr.forms.acts import ReasonForm
from dsr.forms.errors import point_to_first, put_on
from dsr.forms.letters import AddressForm, BounceForm, LetterForm
from dsr.languages import LANGUAGES
from dsr.letters.placeholders import MEANINGS, REQUIRED
from dsr.models import Case, IdentifierKind, LetterKind, OutgoingLetter, RecipientNotice
from dsr.permissions import Right, Role, has_right
from dsr.selectors.letters import TO_RECIPIENTS, kind_to_recipients
from dsr.selectors.staff import StaffRequest, roles_in
from dsr.services import extension, letters, recipients
from dsr.services.letter_values import Said, reasons_on_file
from dsr.views.acts import act
from dsr.views.guards import case_or_404, officers, posted, reads_cases
from dsr.views.letter_card import letter_context
from dsr.views.working import times_asked


@officers
def write(request: StaffRequest, reference: str, kind: str) -> HttpResponse:
    """Write a letter to the data subject."""
    if kind not in LetterKind.values or kind in TO_RECIPIENTS:
        raise Http404
    return _write(request, case_or_404(reference), LetterKind(kind))


@officers
def write_to_recipient(request: StaffRequest, reference: str, pk: int) -> HttpResponse:
    """Write the letter to somebody who has to be told of the erasure (Art. 19)."""
    case = case_or_404(reference)
    notice = get_object_or_404(RecipientNotice.objects.select_related("recipient"), case=case, pk=pk)
    notice.case = case
    return _write(request, case, kind_to_recipients(case), notice)


def _write(request: StaffRequest, case: Case, kind: LetterKind, notice: RecipientNotice | None = None) -> HttpResponse:
    context: dict[str, Any] = {"case": case, "kind": kind, "notice": notice}
    try:
        said = recipients.said_of(notice) if notice else Said()
        text = letters.draft(case=case, kind=kind, said=said)
    except (RuleBroken, InvalidInput) as error:
        return render(request, "letters/write.html", {**context, "problem": str(error)}, status=409)
    initial = {"heading": text.heading, "body": text.body, **_initial(case, kind, notice)}
    typed = request.POST or None
    if "link_just_made" in request.POST:
        # By POST, since the link is half of what opens the package and so stands in no other address.
        initial["link"], typed = request.POST["link_just_made"], None
    language = letters.language_of(case, said)
    form = LetterForm(typed, kind=kind, addresses=_addresses(case, notice), language=language, initial=initial)
    form.fields["to"].required = "show" not in request.POST
    context |= {
        "form": form,
        "language": LANGUAGES[language],
        "reads_in": language,
        "kept": [(f"{{{{ {name} }}}}", MEANINGS[name]) for name in sorted(REQUIRED[kind])],
    }
    if form.is_valid():
        data = form.cleaned_data
        given = {"heading": data["heading"], "body": data["body"]}
        said = Said(reasons=data.get("reasons", ""), link=data.get("link", ""), recipient=said.recipient)
        try:
            context["reads"] = letters.rendered(case=case, kind=kind, said=said, **given)
            if "send" in request.POST:
                if notice:
                    recipients.send(notice=notice, actor=request.user, **given, **form.destination())
                else:
                    letters.send(case=case, actor=request.user, kind=kind, said=said, **given, **form.destination())
                messages.success(request, _("The worker has the letter. What becomes of it stands here."))
                return redirect(f"{reverse('case', args=[case.reference])}#letters")
        except (InvalidInput, RuleBroken) as error:
            put_on(form, error)
    if form.errors:
        point_to_first(form)
    return render(request, "letters/write.html", context, status=422 if form.errors else 200)


def _initial(case: Case, kind: LetterKind, notice: RecipientNotice | None) -> dict[str, str]:
    if notice and notice.recipient:
        recipient = notice.recipient
        lines = [recipient.name, *recipient.address.splitlines()]
        postal = lines[1:] if lines[1:2] == lines[:1] else lines  # an address often begins with the name
        return {"postal": "\n".join(postal), "to": "recipient" if recipient.email else ""}
    reasons = reasons_on_file(case) if "reasons" in REQUIRED[kind] else ""
    return {"postal": clean(case.subject_name), "reasons": reasons}


def _addresses(case: Case, notice: RecipientNotice | None) -> dict[str, str]:
    """By a value that says nothing: an address stands in no form's choices but as its words."""
    if notice:
        email = notice.recipient.email if notice.recipient else ""
        return {"recipient": email} if email else {}
    rows = (row for row in case.told_identifiers if row.kind == IdentifierKind.EMAIL)
    return {f"id-{row.pk}": clean(row.value) for row in rows}


@reads_cases
def card(request: StaffRequest, reference: str) -> HttpResponse:
    """The list of letters as a piece of the page, while the worker has one of them."""
    case = case_or_404(reference)
    if case.is_purged:
        return HttpResponse(status=204)
    context = {
        "case": case,
        "can_work": Role.PRIVACY_OFFICER in roles_in(request),
        "can_read": has_right(request.user, Right.READ_CONTENTS),
        "can_download": has_right(request.user, Right.DOWNLOAD_CONTENTS),
        **letter_context(request, case, {}, asked=times_asked(request)),
    }
    return render(request, "cases/parts/letter_list.html", context)


@posted
@officers
def extend(request: StaffRequest, reference: str) -> HttpResponse:
    case = case_or_404(reference)
    return act(
        request,
        case,
        form=ReasonForm(request.POST, auto_id="extend_%s"),
        slot="extend",
        do=lambda data: extension.extend(case=case, actor=request.user, **data),
        done=_("Extended. Now tell the person, with the reasons, within the first month."),
    )


def _letter_or_404(reference: str, pk: int) -> OutgoingLetter:
    return get_object_or_404(OutgoingLetter, case__reference=reference, pk=pk)


@posted
@officers
def try_again(request: StaffRequest, reference: str, pk: int) -> HttpResponse:
    return _again(request, reference, pk, letters.try_again, _("The worker has the letter once more."))


@posted
@officers
def send_once_more(request: StaffRequest, reference: str, pk: int) -> HttpResponse:
    return _again(request, reference, pk, letters.send_once_more, _("The worker has the letter, to the new address."))


def _again(request: StaffRequest, reference: str, pk: int, do: Callable[..., object], done: str) -> HttpResponse:
    """To the same address or to another one: the two share the form under the letter."""
    case, letter = case_or_404(reference), _letter_or_404(reference, pk)
    return act(
        request,
        case,
        form=AddressForm(request.POST, auto_id=f"again-{pk}_%s"),
        slot=f"again-{pk}",
        do=lambda data: do(letter=letter, actor=request.user, **data),
        done=done,
    )


@posted
@officers
def note_sent(request: StaffRequest, reference: str, pk: int) -> HttpResponse:
    case, letter = case_or_404(reference), _letter_or_404(reference, pk)
    return act(
        request,
        case,
        do=lambda _data: letters.note_sent(letter=letter, actor=request.user),
        done=_("Noted as sent."),
    )


@posted
@officers
def note_bounced(request: StaffRequest, reference: str, pk: int) -> HttpResponse:
    case, letter = case_or_404(reference), _letter_or_404(reference, pk)
    return act(
        request,
        case,
        form=BounceForm(request.POST, auto_id=f"bounced-{pk}_%s"),
        slot=f"bounced-{pk}",
        do=lambda data: letters.note_bounced(letter=letter, actor=request.user, **data),
        done=_("Noted that it came back. The case itself is as it was."),
    )
