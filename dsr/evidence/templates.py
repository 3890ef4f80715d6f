"""Render the documents' templates, in an engine of their own: no setting changes what a document says."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from django.template import Context, Engine
from django.utils import translation

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"


@cache
def _engine() -> Engine:
    return Engine(
        dirs=[str(TEMPLATES)],
        autoescape=True,
        builtins=["django.templatetags.i18n", "dsr.evidence.shown"],
    )


def render(template: str, context: Mapping[str, object], *, language: str) -> str:
    """Render a template of `templates/` in a language; everything in `context` is escaped."""
    with translation.override(language):
        return _engine().get_template(template).render(Context(dict(context)))
