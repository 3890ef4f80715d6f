"""The languages that documents are written in: ISO 639-1 code and the language's own name for itself."""

LANGUAGES = {"en": "English", "de": "Deutsch", "fr": "Français", "es": "Español"}
