"""The architecture page shows the states as they are."""

from __future__ import annotations

from dsr.management.commands.state_diagram import PAGE, diagram, drawn_into
from dsr.states import TRANSITIONS


def test_the_diagram_is_drawn_from_the_table_and_up_to_date() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert drawn_into(page) == page, "run `manage.py state_diagram`"
    for row in TRANSITIONS:
        assert f"{row.source.value} --> {row.target.value}: {row.verb.value}" in diagram()
