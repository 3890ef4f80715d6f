"""The passages that letters are filled with, in the active language. Everything here is printed."""

from __future__ import annotations

from django.utils.translation import gettext as _


def complaint(authority: str) -> str:
    """The right of Art. 12(4) and 77(1), with the authority's name and address."""
    # Translators: in the words of the Regulation's own version, Art. 12(4) and 77(1).
    text = _(
        "You have the right to lodge a complaint with a supervisory authority, in particular in the Member State of "
        "your habitual residence, place of work or place of the alleged infringement (Art. 77 GDPR). The authority "
        "competent for us is:"
    )
    return f"{text}\n\n{authority}"


def remedy() -> str:
    """The right of Art. 12(4) and 79."""
    # Translators: in the words of the Regulation's own version, Art. 12(4) and 79.
    return _(
        "You also have the right to seek a judicial remedy: before the courts of the Member State where we have an "
        "establishment, or of the one where you have your habitual residence (Art. 79 GDPR)."
    )


def erased(account: str) -> str:
    """All that was found."""
    return _(
        "We have erased the personal data about you that we found in the SegMetrics account %(account)s. Afterwards "
        "every identifier known to us was looked up again."
    ) % {"account": account}


def erased_in_part(account: str) -> str:
    """Not all of it."""
    return _(
        "We have erased part of the personal data about you that we found in the SegMetrics account %(account)s. "
        "Afterwards every identifier known to us was looked up again."
    ) % {"account": account}


def rectified(account: str) -> str:
    """Ahead of the list of fields."""
    # Translators: ahead of a list.
    return _("In the SegMetrics account %(account)s this now reads:") % {"account": account}


def restricted(account: str) -> str:
    """Ahead of the list of what notes it: a mark of stored data, Art. 4(3)."""
    # Translators: ahead of a list.
    return _("The restriction of the processing is noted in the SegMetrics account %(account)s by:") % {
        "account": account
    }


def objection_noted(account: str) -> str:
    """Ahead of the list of what notes it."""
    # Translators: ahead of a list.
    return _("Your objection is noted in the SegMetrics account %(account)s by:") % {"account": account}


def tag_off(name: str) -> str:
    """A line of such a list."""
    return _("Tag taken off: %(name)s") % {"name": name}


def tag_on(name: str) -> str:
    """A line of such a list."""
    return _("Tag put on: %(name)s") % {"name": name}


def see_certificate_of_changes() -> str:
    """For what was approved and isn't seen to have been done."""
    return _("Not everything took effect as it should; the enclosed certificate says what.")


def told_of_change() -> str:
    """Ahead of the list of recipients."""
    # Translators: ahead of a list, in the words of the Regulation's own version, Art. 19.
    return _(
        "We communicate this to the following recipients, to whom the personal data have been disclosed (Art. 19 GDPR):"
    )


def restriction_to_recipient() -> str:
    """For a recipient, Art. 19."""
    return _("The processing of this data is restricted (Art. 18 GDPR).")


def now_reads() -> str:
    """For a recipient, ahead of the list of fields that were rectified (Art. 16)."""
    # Translators: ahead of a list.
    return _("The data was rectified (Art. 16 GDPR) and now reads:")


def kept() -> str:
    """Ahead of the list."""
    # Translators: ahead of a list.
    return _("The following was kept:")


def see_certificate() -> str:
    """For what neither was erased nor kept by a decision."""
    return _("What else was not erased, or could not be looked up, stands in the enclosed certificate.")


def not_conclusive() -> str:
    """For an identifier that leads to a contact which is somebody else."""
    return _("Not every lookup was conclusive; the enclosed certificate says which.")


def told_to() -> str:
    """Ahead of the list of recipients."""
    # Translators: ahead of a list, in the words of the Regulation's own version, Art. 19.
    return _(
        "We communicate the erasure to the following recipients, to whom the personal data have been disclosed "
        "(Art. 19 GDPR):"
    )


def not_told() -> str:
    """Ahead of the list of those who can't be told."""
    # Translators: ahead of a list, in the words of the Regulation's own version, Art. 19.
    return _("To tell the following recipients proves impossible or involves disproportionate effort:")


def given(what: str) -> str:
    """What a recipient got."""
    return _("You were given: %(what)s") % {"what": what}


def example_of_reasons() -> str:
    """In the place of an officer's own."""
    return _("Here stand the reasons, as the officer gives them.")
