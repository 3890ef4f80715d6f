"""What stands beside the thing: one sentence for each state and each legal ground, with the articles it rests on.

An article is named as the Regulation names it, `17(1)(a)`, and linked to its text on EUR-Lex in the reader's language.
The link is all there is: nothing is fetched from there, by the server or by the page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.db.models import TextChoices
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from dsr.models import (
    Exemption,
    Ground,
    LetterKind,
    ObjectionGround,
    RefusalGround,
    RestrictionGround,
    WhyNotTold,
)
from dsr.states import CHANGES, Kind, State

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

_REGULATION = "https://eur-lex.europa.eu/eli/reg/2016/679/oj"
_EUR_LEX = {"en": "eng", "de": "deu", "fr": "fra", "es": "spa"}
"""The languages of the screens, as an ELI address writes them (ISO 639-3)."""


@dataclass(frozen=True)
class Guidance:
    sentence: _StrPromise
    articles: tuple[str, ...]


class Topic(TextChoices):
    """What stands beside something that is no choice of its own."""

    EXTENSION = "extension"
    IDENTITY = "identity"
    OTHERS = "others"
    RECIPIENTS = "recipients"
    HOLD = "hold"
    TELLING = "telling"


def _says(sentence: _StrPromise, *articles: str) -> Guidance:
    return Guidance(sentence, articles)


KINDS: Mapping[str, Guidance] = {
    Kind.ERASURE: _says(
        _("Erasure: the person wants their data deleted, which they can ask for on six grounds."), "17"
    ),
    Kind.ACCESS: _says(
        _("Access: the person wants a copy of their data, and to know why it is there and who got it."), "15"
    ),
    Kind.RECTIFICATION: _says(
        _("Rectification: the person wants put right what is wrong, and added what is missing."), "16"
    ),
    Kind.RESTRICTION: _says(
        _("Restriction: the person wants their data kept and hardly used otherwise, on one of four conditions."), "18"
    ),
    Kind.OBJECTION: _says(
        _("Objection: the person wants the processing to stop; against direct marketing that is enough by itself."),
        "21",
    ),
    Kind.PORTABILITY: _says(
        _("Portability: the person wants what they provided in a format that another program can read."), "20"
    ),
}

STATES: Mapping[str, Guidance] = {
    State.RECEIVED: _says(
        _("SegMetrics is being searched; the month to answer has run since the request arrived."), "12(3)"
    ),
    State.MATCHING: _says(_("An officer says which contact is the person, and how they proved who they are."), "12(6)"),
    State.REVIEW: _says(
        _("An officer names the ground and decides, line by line, what is deleted and what stays."), "17"
    ),
    State.PREPARING: _says(
        _("The data is exported and the evidence written, so that what follows can be accounted for."), "5(2)"
    ),
    State.AWAITING_APPROVAL: _says(
        _("A second person reads the evidence and approves, or sends it back; nothing is deleted before."), "5(1)(f)"
    ),
    State.ERASING: _says(
        _("What was approved is deleted step by step, then every identifier is looked up again."), "17(1)"
    ),
    State.CHANGING: _says(
        _("What was approved is changed contact by contact, and each one is read again."), "16", "18(1)", "21(1)"
    ),
    State.READY: _says(
        _("An officer reads the package for data of others, then hands it to this person alone."), "15(3)", "15(4)"
    ),
    State.COMPLETED: _says(_("The request is done with; the person has to be told what was done."), "12(3)"),
    State.NEEDS_ATTENTION: _says(
        _("The program stopped and asks a person how to go on; the time limit doesn't stop with it."), "12(3)"
    ),
    State.WITHDRAWN: _says(_("The person took the request back; they can ask again whenever they like."), "12(2)"),
    State.REFUSED: _says(
        _("Nothing is done; the person has to be told why, and where they can complain or sue."), "12(4)"
    ),
    State.MERGED: _says(
        _("The request goes on in another one of the same person, with the earlier day of arrival."), "12(3)"
    ),
}

ACCESS_STATES: Mapping[str, Guidance] = {
    State.REVIEW: _says(_("An officer has the data of the contacts packed that were confirmed."), "15"),
    State.PREPARING: _says(_("The data is read anew, to make the copy that the person gets."), "15(3)"),
}
"""Where a request for access means something else by the same state."""

PORTABILITY_STATES: Mapping[str, Guidance] = {
    State.REVIEW: _says(
        _("An officer has what the confirmed contacts provided, and what was observed, packed."), "20(1)"
    ),
    State.PREPARING: _says(_("The data is read anew, to make the files that the person takes along."), "20(1)"),
    State.READY: _says(
        _("An officer reads the package for data of others, then hands it to this person, or sends it on."),
        "20(1)",
        "20(2)",
        "20(4)",
    ),
}
"""The same for portability."""

CHANGE_STATES: Mapping[str, Guidance] = {
    State.REVIEW: _says(
        _("An officer says what is changed for each confirmed contact, with its value before and after."),
        "16",
        "18(1)",
        "21(1)",
    ),
    State.AWAITING_APPROVAL: _says(
        _("A second person reads the evidence and approves, or sends it back; nothing is changed before."), "5(1)(f)"
    ),
}
"""The same for what changes contacts and deletes none."""

GROUNDS: Mapping[str, Guidance] = {
    Ground.NOT_NEEDED: _says(_("No purpose that the data is processed for needs it any more."), "17(1)(a)"),
    Ground.CONSENT_WITHDRAWN: _says(
        _("Consent alone carried the processing, the person took it back, and no other legal ground is left."),
        "17(1)(b)",
        "7(3)",
    ),
    Ground.OBJECTION: _says(
        _("No overriding ground of yours is left; against direct marketing the objection alone is enough."),
        "17(1)(c)",
        "21",
    ),
    Ground.UNLAWFUL: _says(_("The data should never have been processed, or not in this way."), "17(1)(d)", "6"),
    Ground.LEGAL_DUTY: _says(
        _("A law of the Union, or of the country whose law binds you, says that the data has to go."), "17(1)(e)"
    ),
    Ground.CHILD: _says(
        _("The person agreed to an online service as a child; that they are grown up now changes nothing."),
        "17(1)(f)",
        "8(1)",
    ),
}

RESTRICTIONS: Mapping[str, Guidance] = {
    RestrictionGround.CONTESTED: _says(
        _("The person says that the data is wrong; it is set aside for as long as it takes you to look into that."),
        "18(1)(a)",
    ),
    RestrictionGround.UNLAWFUL: _says(
        _("The data shouldn't be processed, and the person would rather have it kept than deleted."), "18(1)(b)"
    ),
    RestrictionGround.CLAIMS: _says(
        _("You would delete it by now, but the person needs it for a claim of their own."), "18(1)(c)"
    ),
    RestrictionGround.OBJECTED: _says(
        _("The person has objected, and until you know whose grounds weigh more the data is set aside."),
        "18(1)(d)",
        "21(1)",
    ),
}

OBJECTIONS: Mapping[str, Guidance] = {
    ObjectionGround.OWN_SITUATION: _says(
        _("It holds unless you show compelling grounds that override it, or need the data for legal claims."), "21(1)"
    ),
    ObjectionGround.DIRECT_MARKETING: _says(
        _("Nothing is weighed: once the person objects, their data is not used for direct marketing any more."),
        "21(2)",
        "21(3)",
    ),
}

EXEMPTIONS: Mapping[str, Guidance] = {
    Exemption.EXPRESSION: _says(
        _("Keep what free expression and information can't do without, such as what a reporter published."),
        "17(3)(a)",
        "85",
    ),
    Exemption.LEGAL_OBLIGATION: _says(
        _("Keep what a law makes you keep, for as long as it does, and name that law in the reason."), "17(3)(b)"
    ),
    Exemption.PUBLIC_HEALTH: _says(
        _("Keep what public health needs, in the cases of Article 9 only: hospitals and authorities, seldom a shop."),
        "17(3)(c)",
        "9",
    ),
    Exemption.ARCHIVING: _says(
        _("Keep what an archive in the public interest, research or statistics would seriously suffer without."),
        "17(3)(d)",
        "89(1)",
    ),
    Exemption.LEGAL_CLAIMS: _says(
        _("Keep what a legal claim needs, by you or against you, and say in the reason which claim it is."), "17(3)(e)"
    ),
}

REFUSALS: Mapping[str, Guidance] = {
    RefusalGround.NOT_IDENTIFIED: _says(
        _("You can show that you can't tell who asks, also after you asked for more."), "11(2)", "12(2)", "12(6)"
    ),
    RefusalGround.UNFOUNDED: _says(
        _("It is plain at first sight that what the right asks for isn't there, and you can show it."), "12(5)"
    ),
    RefusalGround.EXCESSIVE: _says(
        _("It comes again and again, or out of all measure, and you can show it; many data alone are no excess."),
        "12(5)",
    ),
    RefusalGround.EXEMPT: _says(
        _("An exemption covers each single line; where one isn't covered, keep the others and delete that one."),
        "17(3)",
    ),
    RefusalGround.OTHERS_RIGHTS: _says(
        _("The last resort: first see whether leaving out what is another person's is enough."), "15(4)", "20(4)"
    ),
    RefusalGround.ACCURATE: _says(
        _("You looked into it and can show that nothing is wrong, and that nothing is missing."), "16"
    ),
    RefusalGround.NO_CONDITION: _says(
        _("None of the four conditions is met; where the person objected too, the fourth one often is."), "18(1)"
    ),
    RefusalGround.NOT_PORTABLE: _says(
        _("The data is processed on another basis than consent or a contract; access can still be asked for."),
        "20(1)",
        "15",
    ),
    RefusalGround.COMPELLING: _says(
        _("You can show compelling grounds that override the person's, which never holds for direct marketing."),
        "21(1)",
        "21(3)",
    ),
}

NOT_TOLD: Mapping[str, Guidance] = {
    WhyNotTold.IMPOSSIBLE: _says(_("There is no way to tell them, such as a firm that is gone."), "19"),
    WhyNotTold.DISPROPORTIONATE: _says(
        _("There is a way, but its cost is out of all proportion to what the person gains by it."), "19"
    ),
}

LETTERS: Mapping[str, Guidance] = {
    LetterKind.ACKNOWLEDGEMENT: _says(
        _("It says that the request arrived and until when it is answered; the clock runs all the same."), "12(3)"
    ),
    LetterKind.IDENTITY: _says(
        _("Ask only where you have a reason to doubt who it is, and for no more than you need."), "12(6)"
    ),
    LetterKind.EXTENSION: _says(_("It has to be told within the first month, with the reasons of the delay."), "12(3)"),
    LetterKind.REFUSAL: _says(
        _("It gives the reasons, and names the authority to complain to and the way to a court."), "12(4)"
    ),
    LetterKind.COMPLETION: _says(
        _("It says what was deleted, what stayed and why, and which recipients were told."), "12(3)", "19"
    ),
    LetterKind.NOTHING_FOUND: _says(
        _("It says where was looked and that nothing was found there, and no more than that."), "12(3)"
    ),
    LetterKind.PACKAGE_READY: _says(_("It says how the person gets the copy of their data."), "15(3)"),
    LetterKind.RECIPIENT: _says(_("It tells somebody who was given the data that it was erased here."), "19"),
    LetterKind.CHANGED: _says(
        _("It says what was changed, in which fields, and which recipients were told."), "12(3)", "19"
    ),
    LetterKind.RECIPIENT_CHANGED: _says(
        _("It tells somebody who was given the data that it was put right, or is restricted, here."), "19"
    ),
    LetterKind.PORTABLE_READY: _says(_("It says how the person gets the files with their data."), "20(1)"),
}

_OBJECTION_CHANGED = _says(_("It says what was changed, and in which fields."), "12(3)")

TOPICS: Mapping[str, Guidance] = {
    Topic.EXTENSION: _says(
        _(
            "By two further months from the original start, once, where the complexity and number of requests makes "
            "it necessary. The person has to be told the reasons within the first month."
        ),
        "12(3)",
    ),
    Topic.IDENTITY: _says(
        _(
            "Nothing is exported or deleted before the identity is confirmed. Ask only where you have reasonable "
            "doubts, and for no more than you need."
        ),
        "12(6)",
    ),
    Topic.OTHERS: _says(
        _(
            "The rights of others must not be harmed. That is no ground for giving nothing: leave out what is theirs, "
            "and nothing more. The encrypted export keeps it."
        ),
        "15(4)",
    ),
    Topic.RECIPIENTS: _says(
        _(
            "Each one to whom the data was disclosed, unless this proves impossible or involves disproportionate "
            "effort. The person is told who they are if they ask; the letter of completion lists them."
        ),
        "19",
    ),
    Topic.HOLD: _says(
        _(
            "For data that is needed for legal claims. Every case about the same person is held: no deletion or "
            "rectification is approved or carried out, and nothing is destroyed on its day. Lifting it takes two "
            "persons."
        ),
        "17(3)(e)",
        "18(1)(c)",
    ),
    Topic.TELLING: _says(
        _("The person has to be told the reasons, the complaint to an authority and the judicial remedy."), "12(4)"
    ),
}

BY_NAME: Mapping[str, Mapping[str, Guidance]] = {
    "kind": KINDS,
    "state": STATES,
    "ground": GROUNDS,
    "restriction": RESTRICTIONS,
    "objection": OBJECTIONS,
    "exemption": EXEMPTIONS,
    "refusal": REFUSALS,
    "not_told": NOT_TOLD,
    "letter": LETTERS,
    "topic": TOPICS,
}
"""As templates ask for it."""


_OF_KIND: Mapping[str, Mapping[str, Guidance]] = {
    Kind.ACCESS: ACCESS_STATES,
    Kind.PORTABILITY: PORTABILITY_STATES,
    **dict.fromkeys(CHANGES, CHANGE_STATES),
}


def of_state(state: str, kind: str) -> Guidance:
    """What a state means for this kind of request, with the article of this right where the sentence is of three."""
    found = _OF_KIND.get(kind, {}).get(State(state), STATES[State(state)])
    own = [article for article in found.articles if article.split("(")[0] in KINDS[kind].articles]
    return replace(found, articles=tuple(own)) if own and kind in CHANGES else found


def of_letter(letter: str, kind: str) -> Guidance:
    """What a letter says for this kind of request. Art. 19 names rectification, erasure and restriction alone."""
    return _OBJECTION_CHANGED if (letter, kind) == (LetterKind.CHANGED, Kind.OBJECTION) else LETTERS[letter]


def of_ground(ground: str) -> Guidance | None:
    """Of an erasure, a restriction or an objection; their codes differ. None where no ground is chosen."""
    return {**GROUNDS, **RESTRICTIONS, **OBJECTIONS}.get(ground)


def link(article: str) -> str:
    """Where EUR-Lex has the article's text, in the language that is being read; English where it has no other."""
    language = _EUR_LEX.get((get_language() or "en").split("-")[0], "eng")
    return f"{_REGULATION}/{language}#art_{article.partition('(')[0]}"
