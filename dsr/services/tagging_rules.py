"""The condition of a rule for tags: where a contact came from, and how much it spent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from dsr.connectors.shown import Lead
from dsr.exceptions import InvalidInput
from dsr.services.catalogue import cents_in

KEYS = {"channel": "channel", "source": "utm_source", "medium": "utm_medium", "campaign": "utm_campaign"}
"""What is asked of the lead source, by its short name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """All of it has to hold. Upper and lower case are the same."""

    source: tuple[tuple[str, str], ...] = ()
    spent_over: int | None = None

    def meets(self, lead: Lead) -> bool:
        comes_from = all(lead.source.get(KEYS[key], "").casefold() == value.casefold() for key, value in self.source)
        return comes_from and (self.spent_over is None or lead.spent > self.spent_over)

    def as_json(self) -> dict[str, Any]:
        return {"source": [list(pair) for pair in self.source], "spent_over": self.spent_over}

    @classmethod
    def of_json(cls, stored: dict[str, Any]) -> Rule:
        return cls(source=tuple((key, value) for key, value in stored["source"]), spent_over=stored["spent_over"])


def rule(*, where: Sequence[str], spent_over: str = "") -> Rule:
    """A rule as it is typed: `source=google`, and an amount. Raises `InvalidInput`."""
    pairs: list[tuple[str, str]] = []
    for text in where:
        key, is_there, value = (part.strip() for part in text.partition("="))
        if key not in KEYS or not is_there or not value or len(value) > 200:
            raise InvalidInput(
                _("A condition is one of %(keys)s with “=” and a value, such as source=google.")
                % {"keys": ", ".join(KEYS)},
                field="where",
            )
        pairs.append((key, value))
    cents = cents_in(spent_over) if spent_over.strip() else None
    if not pairs and cents is None:
        raise InvalidInput(_("Without a condition it would be everybody. Name at least one."), field="where")
    return Rule(source=tuple(pairs), spent_over=cents)
