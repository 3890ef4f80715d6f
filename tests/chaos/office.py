"""The officer and the approver: each case gets its next act, and needs_attention the first button of its advice."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable

from dsr.exceptions import RuleBroken
from dsr.models import Case, Connection, User
from dsr.states import WORKING
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import file_case
from tests.chaos import subjects
from tests.path.driving import next_act

AT_ONCE = 6
Before = tuple[str, Callable[[subjects.Subject], None]]


class Office:
    """Keeps `AT_ONCE` erasures going. `before` is done once, ahead of the next act that leaves its state ("" files)."""

    def __init__(self, sandbox: Sandbox, chance: random.Random) -> None:
        self.sandbox, self._chance = sandbox, chance
        self._officer = User.objects.get(email="anna@example.com")
        self._approver = User.objects.get(email="bea@example.com")
        self._connection = Connection.objects.get()
        self.cases: dict[int, subjects.Subject] = {}
        self.called_for: Counter[str] = Counter()
        self.before: Before | None = None
        self.takes_new = True

    def work(self) -> int:
        """One round over the open cases. Returns how many are still open."""
        open_cases = list(Case.objects.filter(pk__in=self.cases, closed_at=None))
        if self.takes_new and len(open_cases) < AT_ONCE:
            self._file()
        for case in open_cases:
            if case.state in WORKING:
                continue
            if case.state == "needs_attention":
                self.called_for[case.attention] += 1
            self._prepare_for(case.state, self.cases[case.pk])
            try:
                next_act(case, self._officer, self._approver, same=(self.cases[case.pk].contact_id,))
            except RuleBroken:
                continue  # the worker or an earlier act changed the case meanwhile: looked at again next round
        return len(open_cases)

    def _file(self) -> None:
        subject = subjects.add(self.sandbox, len(self.cases) + 1, self._chance)
        self._prepare_for("", subject)
        case = file_case(self._officer, self._connection, subject_name="Pat Example", emails=[subject.email])
        self.cases[case.pk] = subject

    def _prepare_for(self, state: str, subject: subjects.Subject) -> None:
        if self.before and self.before[0] == state:
            act = self.before[1]
            self.before = None
            act(subject)
