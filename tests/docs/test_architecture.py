"""The architecture page shows the states as they are."""

from __future__ import annotations

import re

from dsr.management.commands.state_diagram import PAGE, diagram, drawn_into
from dsr.states import TRANSITIONS


def test_the_diagram_is_drawn_from_the_table_and_up_to_date() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert drawn_into(page) == page, "run `manage.py state_diagram`"
    for row in TRANSITIONS:
        assert f"{row.source.value} --> {row.target.value}: {row.verb.value}" in diagram()


def test_every_test_that_the_guarantees_name_is_there() -> None:
    page = (PAGE.parent / "guarantees.md").read_text(encoding="utf-8")
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", page)
    assert len(named) > 20
    for path, name in named:
        source = (PAGE.parent.parent / path).read_text(encoding="utf-8")
        assert not name or f"def {name}(" in source, f"{path} has no {name}"
