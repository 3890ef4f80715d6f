"""Forms of letters: writing one, what became of it, its text for all cases, and recipients (Art. 19)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dsr.days import controller_today
from dsr.forms.seen import SeenMixin
from dsr.letters.placeholders import LONGEST_BODY, LONGEST_HEADING, REQUIRED
from dsr.models import LetterChannel, LetterKind, WhyNotTold

OTHER, POST = "other", "post"


def _heading() -> forms.CharField:
    return forms.CharField(
        label=_("Heading"), max_length=LONGEST_HEADING, widget=forms.TextInput(attrs={"class": "wide"})
    )


def _body() -> forms.CharField:
    return forms.CharField(
        label=_("Text"), max_length=LONGEST_BODY, widget=forms.Textarea(attrs={"rows": 24, "class": "letter"})
    )


def _day(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label, initial=controller_today, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


def _speak(form: forms.Form, language: str, *names: str) -> None:
    """Say in which language these are typed: a letter's, not that of the page around it."""
    for name in names:
        form.fields[name].widget.attrs["lang"] = language


class LetterForm(forms.Form):
    """One letter. `addresses` are those of the case, each with the value that stands for it in the form."""

    reasons = forms.CharField(
        label=_("Reasons"),
        required=False,  # empty is for the service to refuse, where the letter needs them
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("As they stand in the case. Give them in the language of the letter."),
    )
    link = forms.CharField(
        label=_("Address of the package"),
        required=False,
        widget=forms.TextInput(attrs={"class": "wide", "autocomplete": "off", "spellcheck": "false"}),
        help_text=_(
            "The link that was made for the hand-over. It is filled in where you begin this letter on the page that "
            "shows a new link. The code goes by another way, never in this letter."
        ),
    )
    heading = _heading()
    body = _body()
    to = forms.ChoiceField(label=_("How it goes out"), widget=forms.RadioSelect)
    address = forms.CharField(
        label=_("Another e-mail address"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "inputmode": "email"}),
    )
    postal = forms.CharField(
        label=_("Postal address"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off"}),
        help_text=_("For a letter that is posted: as it stands on the envelope."),
    )

    def __init__(self, *args: Any, kind: LetterKind, addresses: dict[str, str], language: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _speak(self, language, "reasons", "heading", "body")
        self._addresses = addresses
        words = gettext("E-mail to %(address)s")
        choices = [(value, words % {"address": address}) for value, address in addresses.items()]
        choices += [(OTHER, gettext("E-mail to another address")), (POST, gettext("By post: a PDF to print"))]
        self.fields["to"].choices = choices  # type: ignore[attr-defined]
        self.fields["to"].in_column = True  # type: ignore[attr-defined]  # addresses are long
        for name in ("reasons", "link"):
            if name in REQUIRED[kind]:
                self.fields[name].expected = True  # type: ignore[attr-defined]  # not called optional
            else:
                del self.fields[name]

    def destination(self) -> dict[str, str]:
        """Channel and address, as the service takes them."""
        data = self.cleaned_data
        if data["to"] == POST:
            return {"channel": LetterChannel.POST, "address": data["postal"]}
        address = data["address"] if data["to"] == OTHER else self._addresses[data["to"]]
        return {"channel": LetterChannel.EMAIL, "address": address}


class AddressForm(forms.Form):
    """Where a letter goes that failed or came back."""

    address = forms.CharField(label=_("Address"), widget=forms.Textarea(attrs={"rows": 1, "autocomplete": "off"}))


class BounceForm(forms.Form):
    note = forms.CharField(
        label=_("What the answer said"),
        required=False,
        max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("For example: unknown at this address."),
    )


class TemplateForm(SeenMixin, forms.Form):
    """The text of one kind of letter in one language."""

    heading = _heading()
    body = _body()
    case = forms.CharField(
        label=_("Show it with the data of a request"),
        required=False,
        max_length=20,
        widget=forms.TextInput(attrs={"placeholder": "DSR-2026-000142", "autocomplete": "off"}),
        help_text=_("Its reference, for whoever may read cases. Left empty, an invented case is shown."),
    )

    def __init__(self, *args: Any, language: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _speak(self, language, "heading", "body")


class ToldForm(forms.Form):
    on = _day(_("Told on"))


class AnswerForm(SeenMixin, forms.Form):
    on = _day(_("Answered on"))
    answer = forms.CharField(label=_("What they answered"), widget=forms.Textarea(attrs={"rows": 2}))


class NotToldForm(SeenMixin, forms.Form):
    why = forms.ChoiceField(
        label=_("Why not"),
        choices=WhyNotTold.choices,
        widget=forms.RadioSelect,
        help_text=_("What each reason means"),
    )
    why.explained = "not_told"  # type: ignore[attr-defined]
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 2}))
