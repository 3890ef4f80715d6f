"""What the sandbox does wrong meanwhile."""

from __future__ import annotations

import random
from typing import Any

from segmetrics_client.sandbox.testing import Sandbox

KINDS: dict[str, dict[str, Any]] = {
    "429": {"kind": "rate_limit", "retry_after": 0},
    "500": {"kind": "server_error"},
    "500 after the effect": {"kind": "server_error", "effect": True},
    "dropped before": {"kind": "drop_before"},
    "dropped after": {"kind": "drop_after"},
    "slow": {"kind": "slow", "delay": 0.5},
    "malformed": {"kind": "malformed_json"},
}


def scatter(sandbox: Sandbox, chance: random.Random) -> None:
    """Two faults of any kind, each on some call of the next dozen."""
    for rule in chance.sample(sorted(KINDS), 2):
        sandbox.fault(**KINDS[rule], after=chance.randrange(12), times=chance.choice([1, 1, 2]))


def is_used_up(sandbox: Sandbox) -> bool:
    """Whether the first of the rules has hit a call."""
    rules = sandbox.admin("GET", "faults")["faults"]
    return bool(rules and rules[0]["applied"])
