"""One sentence beside a state or a legal ground, with its articles linked; and the list of them below a field."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import template

from dsr import guidance
from dsr.phrases import article

register = template.Library()


def _shown(row: guidance.Guidance | None) -> dict[str, Any]:
    return {"sentence": row.sentence, **articles(*row.articles)} if row else {}


@register.inclusion_tag("parts/law.html")
def law(name: str, value: str, kind: str = "") -> dict[str, Any]:
    """`{% law "ground" plan.ground %}`: its sentence and links; nothing for an empty value.

    A state or a letter is asked for with the kind of the request: `{% law "state" case.state case.kind %}`.
    """
    if name == "state" and kind:
        return _shown(guidance.of_state(value, kind))
    if name == "letter" and kind:
        return _shown(guidance.of_letter(value, kind))
    return _shown(guidance.of_ground(value) if name == "ground" else guidance.BY_NAME[name].get(value))


@register.inclusion_tag("parts/articles.html")
def articles(*names: str) -> dict[str, Any]:
    """`{% articles "12(3)" %}`: the links alone, for words that stand there already."""
    return {"articles": [(article(name), guidance.link(name)) for name in names]}


@register.inclusion_tag("parts/laws.html")
def laws(
    name: str, summary: str, field_id: str = "", choices: Iterable[tuple[object, object]] | None = None
) -> dict[str, Any]:
    """`{% laws "exemption" words %}`: all of them, folded away under the summary; or those that can be chosen.

    A field that is `explained` has its list below it, whose summary describes it in place of a help text.
    """
    every = guidance.BY_NAME[name]
    offered = every if choices is None else {value for value, _label in choices}
    rows = [{"label": value.label, **_shown(row)} for value, row in every.items() if value in offered]  # type: ignore[attr-defined]
    return {"summary": summary, "field_id": field_id, "rows": rows}
