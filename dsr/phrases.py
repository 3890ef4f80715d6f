"""Small pieces that sentences are put together with, as each language writes them."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

_ARTICLE = re.compile(r"(\d+)(?:\((\d+)\))?(?:\(([a-z])\))?")


def named(what: object, said: object) -> str:
    """“Refused: the identity isn't proven”. French, say, has a space before the colon."""
    return _("%(what)s: %(said)s") % {"what": what, "said": said}


def article(name: str, *, regulation: bool = False) -> str:
    """ "17(1)(a)" as one cites it: “Art. 17(1)(a)”, “Art. 17 Abs. 1 Buchst. a”. Raises `ValueError` for no article.

    With `regulation` that is named behind it, “Art. 17(1)(a) GDPR”, “… DSGVO”; it takes a paragraph then.
    """
    found = _ARTICLE.fullmatch(name)
    if found is None or (regulation and not found[2]):
        raise ValueError(name)
    parts = {"article": found[1], "paragraph": found[2], "letter": found[3]}
    if found[3] and regulation:
        # Translators: cite as the Regulation's own version does.
        return _("Art. %(article)s(%(paragraph)s)(%(letter)s) GDPR") % parts
    if found[3]:
        # Translators: cite as the Regulation's own version does.
        return _("Art. %(article)s(%(paragraph)s)(%(letter)s)") % parts
    if regulation:
        # Translators: cite as the Regulation's own version does.
        return _("Art. %(article)s(%(paragraph)s) GDPR") % parts
    if found[2]:
        # Translators: cite as the Regulation's own version does.
        return _("Art. %(article)s(%(paragraph)s)") % parts
    return _("Art. %(article)s") % parts
