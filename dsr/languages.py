"""The languages that documents and screens are in: ISO 639-1 code and the language's own name for itself."""

from django.utils.translation import get_language

LANGUAGES = {"en": "English", "de": "Deutsch", "fr": "Français", "es": "Español"}
SCREENS = {"en-gb" if code == "en" else code: name for code, name in LANGUAGES.items()}
"""The same, as Django knows them: English has the day before the month, and 24 hours."""


def amid(words: object) -> str:
    """A label as it stands within a sentence: without its capital, but in German, whose nouns have one everywhere."""
    text = str(words)
    return text if (get_language() or "").startswith("de") else text.lower()
