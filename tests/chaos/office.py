"""The officer and the approver: each case gets its next act, and needs_attention the first button of its advice."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import Callable
from typing import Any

from django.utils import timezone

from dsr.exceptions import RuleBroken
from dsr.models import Case, Connection, Halt, HaltCause, User
from dsr.services import halting
from dsr.services.planning import confirmed
from dsr.states import WORKING, Kind
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import file_case
from tests.chaos import subjects
from tests.chaos.browser import Browser, Refused
from tests.path.driving import next_act

AT_ONCE = 6
BY_WEB = 3
"""Every third request, where it is an erasure, is filed, decided, reviewed and approved at the web process; all others
by the same services."""
Before = tuple[str, Callable[[subjects.Subject], None]]


class Office:
    """Keeps some requests going. `before` is done once, ahead of the next act that leaves its state ("" files)."""

    def __init__(
        self,
        sandbox: Sandbox,
        chance: random.Random,
        *,
        browsers: tuple[Browser, Browser] | None = None,
        at_once: int = AT_ONCE,
    ) -> None:
        self.sandbox, self._chance = sandbox, chance
        self._officer = User.objects.get(email="anna@example.com")
        self._approver = User.objects.get(email="bea@example.com")
        self._connection = Connection.objects.get()
        self._browsers, self._at_once = browsers, at_once
        self.cases: dict[int, subjects.Subject] = {}
        self.by_web: set[int] = set()
        self.called_for: Counter[str] = Counter()
        self.had_go_on = 0
        self.before: Before | None = None
        self.takes_new = True

    def work(self) -> int:
        """One round over the open cases, and over what faults have stopped. Returns how many cases are still open."""
        self._have_work_go_on()
        open_cases = list(Case.objects.filter(pk__in=self.cases, closed_at=None))
        if self.takes_new and len(open_cases) < self._at_once:
            self.file()
        for case in open_cases:
            if case.state in WORKING:
                continue
            if case.state == "needs_attention":
                self.called_for[case.attention] += 1
            self._prepare_for(case.state, self.cases[case.pk])
            try:
                self._next_act(case)
            except (RuleBroken, Refused):
                continue  # the worker or an earlier act changed the case meanwhile: looked at again next round
        return len(open_cases)

    def _have_work_go_on(self) -> None:
        """Where faults in a row have stopped all work: the button, as often as it takes."""
        for halt in Halt.objects.filter(ended_at=None, cause=HaltCause.FAULTS).select_related("connection"):
            try:
                halting.go_on(connection=halt.connection, actor=self._officer)
            except RuleBroken:
                continue  # it answers with another fault: next round
            self.had_go_on += 1

    def file(self) -> None:
        """One more request, by somebody who is new at SegMetrics."""
        subject = subjects.add(self.sandbox, len(self.cases) + 1, self._chance)
        self._prepare_for("", subject)
        if self._browsers and len(self.cases) % BY_WEB == 0 and subject.kind == Kind.ERASURE:
            received_on = (timezone.localdate() - dt.timedelta(days=1)).isoformat()
            case = self._browsers[0].file(subject, received_on=received_on)
            self.by_web.add(case.pk)
        else:
            about: dict[str, Any] = {"subject_name": "Pat Example", "emails": [subject.email]}
            case = file_case(self._officer, self._connection, kind=subject.kind, **about)
        self.cases[case.pk] = subject

    def _next_act(self, case: Case) -> None:
        contact_id = self.cases[case.pk].contact_id
        if self._browsers and case.pk in self.by_web:
            officer, approver = self._browsers
            if case.state == "matching":
                officer.settle_matches(case, same=(contact_id,))
                return
            if case.state == "review" and confirmed(case):
                officer.review(case)
                return
            if case.state == "awaiting_approval":
                approver.approve(case)
                return
        next_act(case, self._officer, self._approver, same=(contact_id,))

    def _prepare_for(self, state: str, subject: subjects.Subject) -> None:
        if self.before and self.before[0] == state:
            act = self.before[1]
            self.before = None
            act(subject)
