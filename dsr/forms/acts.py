"""The small forms of the case page, one for each thing that a person can say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dsr import uploads
from dsr.days import controller_today
from dsr.exceptions import InvalidInput
from dsr.forms.seen import SeenMixin
from dsr.languages import LANGUAGES
from dsr.models import Case, Decision, IdentityMethod, RefusalGround, User


def _words(rows: int = 2) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class AnswerForm(forms.Form):
    """The person's answer. Its day is asked for only where the clock stands still."""

    answered_on = forms.DateField(
        label=_("Day of the answer"),
        initial=controller_today,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("The day on which it reached you. From then on the clock runs again."),
    )

    def __init__(self, *args: Any, is_paused: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_paused:
            del self.fields["answered_on"]


class IdentityForm(SeenMixin, AnswerForm):
    method = forms.ChoiceField(label=_("How it was confirmed"), choices=[("", _("Choose…")), *IdentityMethod.choices])
    note = forms.CharField(
        label=_("Note"),
        required=False,
        widget=_words(),
        help_text=_("What was checked. Don't copy a document here: only that it was checked is kept."),
    )


class ProofForm(forms.Form):
    proof = forms.FileField(
        label=_("Proof of identity"),
        help_text=_("PDF, PNG, JPEG or plain text. Blacken what you don't need, such as the number and the picture."),
    )

    def clean_proof(self) -> uploads.Letter:
        try:
            return uploads.check_letter(self.cleaned_data["proof"])
        except InvalidInput as error:
            raise ValidationError(str(error)) from None


class NoteForm(forms.Form):
    text = forms.CharField(label=_("Note"), widget=_words())
    mentioned = forms.ModelMultipleChoiceField(
        label=_("Tell"),
        queryset=User.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("They get a notification that there is a note, without its words."),
    )

    def __init__(self, *args: Any, readers: Mapping[int, str], **kwargs: Any) -> None:
        """`readers` are those who may be told, by number, with their names."""
        super().__init__(*args, **kwargs)
        self.fields["mentioned"].queryset = User.objects.filter(pk__in=readers)  # type: ignore[attr-defined]
        self.fields["mentioned"].choices = list(readers.items())  # type: ignore[attr-defined]


class AttachmentForm(forms.Form):
    attachment = forms.FileField(
        label=_("File"), help_text=_("PDF, PNG, JPEG or plain text. It is kept encrypted, as long as the case is.")
    )

    def clean_attachment(self) -> uploads.Letter:
        try:
            return uploads.check_letter(self.cleaned_data["attachment"])
        except InvalidInput as error:
            raise ValidationError(str(error)) from None


class LanguageForm(SeenMixin, forms.Form):
    language = forms.ChoiceField(label=_("Language of the documents"), choices=list(LANGUAGES.items()))


class DecisionForm(SeenMixin, forms.Form):
    """Nothing is chosen beforehand: a person says which contact it is."""

    decision = forms.ChoiceField(
        label=pgettext_lazy("a field", "Is this the person who asked?"),
        choices=[
            (Decision.SAME_PERSON.value, Decision.SAME_PERSON.label),
            (Decision.OTHER_PERSON.value, Decision.OTHER_PERSON.label),
        ],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("Why"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("Stands in the evidence."),
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), widget=_words())


class MergeForm(forms.Form):
    """Into which other request; the choice is among those that the case page lists."""

    into = forms.ModelChoiceField(
        label=_("Into which request"),
        queryset=Case.objects.none(),
        to_field_name="reference",
        empty_label=_("Choose…"),
        error_messages={"invalid_choice": _("Choose one of the list.")},
    )
    reason = forms.CharField(
        label=_("Reason"), widget=_words(), help_text=_("How you know that one person made both requests.")
    )

    def __init__(self, *args: Any, targets: QuerySet[Case] | Sequence[Case], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if isinstance(targets, QuerySet):
            self.fields["into"].queryset = targets  # type: ignore[attr-defined]
        else:
            self.offer(targets)

    def offer(self, targets: Sequence[Case]) -> None:
        """List these, which were read already; what was sent was one of those before."""
        rows = [(row.reference, row.reference) for row in targets]
        self.fields["into"].choices = [("", _("Choose…")), *rows]  # type: ignore[attr-defined]


class OptionalReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), required=False, widget=_words())


class RefusalForm(forms.Form):
    ground = forms.ChoiceField(label=_("Legal ground"), choices=[], help_text=_("What each ground of refusal means"))
    ground.explained = "refusal"  # type: ignore[attr-defined]
    reason = forms.CharField(
        label=_("Reason"), widget=_words(), help_text=_("The person has to be told the reasons, Art. 12(4).")
    )

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        grounds = [(row.value, row.label) for row in RefusalGround.of(case.kind)]
        self.fields["ground"].choices = [("", _("Choose…")), *grounds]  # type: ignore[attr-defined]


class HandOverForm(forms.Form):
    how = forms.CharField(
        label=_("How the package was handed over"),
        widget=_words(),
        help_text=_("For example: encrypted e-mail, the password by phone."),
    )


class OnceInput(forms.TextInput):
    """What was typed isn't shown again: it is used up."""

    def format_value(self, value: object) -> None:  # noqa: ARG002 - Django calls it so
        return None


class ApprovalForm(forms.Form):
    """The approver's form. The password is asked for every time; the fingerprint is of what the page shows."""

    typed_ids = forms.CharField(
        label=pgettext_lazy("a field", "Type the contact id to approve"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    password = forms.CharField(
        label=_("Your password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        help_text=_("You sign in again for each approval."),
    )
    # Asked of whoever has a second factor: a code, or what the security key says.
    code = forms.CharField(
        label=_("Code"),
        required=False,
        widget=OnceInput(attrs={"class": "code", "inputmode": "numeric", "autocomplete": "one-time-code"}),
        help_text=_("What your app shows now, or a recovery code."),
    )
    credential = forms.CharField(widget=forms.HiddenInput, required=False)
    # Empty is for the service to refuse, with a sentence: nothing stands beside a hidden field.
    fingerprint = forms.CharField(widget=forms.HiddenInput, required=False)
