"""People, faults and changes in any order: whatever is tried, the rules that nothing may break hold after every act.

`HYPOTHESIS_PROFILE=thorough` takes many more and longer walks (`make thorough`).
"""

from __future__ import annotations

import pytest
from hypothesis import settings as profile
from hypothesis.stateful import run_state_machine_as_test

from segmetrics_client.sandbox.testing import Sandbox
from tests.conftest import WALKS
from tests.path.driving import draw_nothing
from tests.path.machine import Desk

pytestmark = pytest.mark.django_db


def test_any_order(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    draw_nothing(monkeypatch)
    # A slice is one line of the plan, so that anything may come between two deletes.
    monkeypatch.setattr("dsr.services.working.SHARE_OF_TIMEOUT", 0)
    Desk.sandbox = sandbox
    walks, steps = WALKS[profile.get_current_profile_name()]
    run_state_machine_as_test(Desk, settings=profile(max_examples=walks, stateful_step_count=steps))
