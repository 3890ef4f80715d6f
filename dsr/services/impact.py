"""Impact: what an erasure takes out of the attribution figures, called an estimate.

It is worked out from what the preparation reads anyway, so an erasure makes no call more for it. The account's own
totals are read only where somebody asks for them: one call, beside the path of the case. No part of what is approved,
and none of the certificate.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from dsr import audit, queue
from dsr.attention import Attention
from dsr.connectors.segmetrics import Account, Purpose, Seen
from dsr.days import controller_today
from dsr.exceptions import NotReady, Postponed
from dsr.models import Case, ErrandKind, Impact, LineDecision, ObjectKind, Plan, User
from dsr.permissions import Role, raise_if_not
from dsr.services import halting
from dsr.services.transition import locked

_LATER = 300.0
"""Seconds, until it is asked again whether the connection goes on."""


def measured(plan: Plan, seen: Sequence[Seen]) -> dict[str, Any]:
    """This person's revenue by channel, in cents, of the orders that the plan deletes. Plain JSON, to be sealed."""
    goes = {
        (line.candidate.contact_id, line.object_id)
        for line in plan.lines.select_related("candidate")
        if line.object == ObjectKind.INVOICE and line.decision == LineDecision.DELETE
    }
    by_first: Counter[str] = Counter()
    by_last: Counter[str] = Counter()
    told: Counter[str] = Counter()
    days: list[dt.date] = []
    for contact in seen:
        for sale in contact.sales:
            if (contact.contact_id, sale.order_id) not in goes:
                told["staying"] += 1
            elif sale.cents is None or sale.on is None:
                told["unread"] += 1
            elif sale.is_refunded:
                told["refunded"] += 1
                told["refunded_cents"] += sale.cents
            else:
                told["orders"] += 1
                by_first[contact.lead_channel] += sale.cents
                by_last[sale.last_channel] += sale.cents
                days.append(sale.on)
    return {
        "by_first": dict(by_first),
        "by_last": dict(by_last),
        "told": dict(told),
        "start": min(days).isoformat() if days else "",
    }


def keep(plan: Plan, seen: Sequence[Seen]) -> None:
    """Work it out and seal it, in the transaction that ends the preparation."""
    Impact.objects.filter(plan=plan).delete()
    row = Impact(plan=plan)
    row.figures = measured(plan, seen)
    row.save()


def ask(*, case: Case, actor: User) -> None:
    """Have the account's totals by channel read, for the period of this person's orders. Raises `NotReady`."""
    raise_if_not(actor, Role.PRIVACY_OFFICER, Role.APPROVER)
    with transaction.atomic():
        fresh = locked(case.pk)
        plan = fresh.current_plan
        row = _of(plan) if plan else None
        if plan is None or row is None or not row.figures["start"]:
            raise NotReady(_("There is nothing to compare: no dated order with an amount is deleted."))
        row.figures = {**row.figures, "asked_by": actor.pk}
        row.save(update_fields=["sealed"])
        queue.add_errand(kind=ErrandKind.IMPACT, target=plan.pk, case=fresh)
        audit.record(actor=actor, verb="totals_asked", case=fresh, facts={"plan": plan.number})


def read_totals(plan_id: int) -> None:
    """The errand: one read of the report. Safe to repeat; where it fails, only the totals are missing."""
    plan = Plan.objects.select_related("case__connection").get(pk=plan_id)
    row = None if plan.case.is_purged else _of(plan)
    if row is None or not row.figures["start"]:
        return
    start, end = dt.date.fromisoformat(row.figures["start"]), controller_today()
    if halting.is_stopped(plan.case.connection):
        raise Postponed(Attention.UNREACHABLE, delay=_LATER)
    reader = User.objects.filter(pk=row.figures.get("asked_by") or 0).first()
    with Account(plan.case.connection, Purpose(case=plan.case, on_behalf_of=reader)) as account:
        totals = account.revenue_by_channel(start=start, end=max(start, end))
    with transaction.atomic():
        # Meanwhile the case may have been purged, or prepared anew.
        row = None if locked(plan.case_id).is_purged else _of(plan)
        if row is None or row.figures["start"] != start.isoformat():
            return
        row.figures = {**row.figures, "totals": {"by_channel": totals, "end": end.isoformat()}}
        row.save(update_fields=["sealed"])


def _of(plan: Plan) -> Impact | None:
    row = Impact.objects.filter(plan=plan).first()
    if row:
        row.plan = plan
    return row
