"""`report`: what came of which channel."""

from __future__ import annotations

import datetime as dt
from argparse import ArgumentParser

from dsr.days import controller_today
from dsr.management.segmetrics.asking import Asked
from dsr.management.segmetrics.terminal import money
from dsr.services import attribution

_BAR = 30


def add_days(parser: ArgumentParser) -> None:
    today = controller_today()
    parser.add_argument("--since", type=dt.date.fromisoformat, default=today - dt.timedelta(days=29), metavar="DAY")
    parser.add_argument("--until", type=dt.date.fromisoformat, default=today, metavar="DAY")


def add_report(parser: ArgumentParser) -> None:
    add_days(parser)
    parser.add_argument("--by", choices=list(attribution.DIMENSIONS), default="channel")
    parser.add_argument("--model", choices=list(attribution.MODELS), default="last_touch")
    parser.add_argument("--chart", choices=["revenue", "leads", "customers", "orders"], default="revenue")


def report(asked: Asked) -> None:
    options = asked.options
    found = attribution.report(
        connection=asked.connection,
        behalf=asked.behalf,
        start=options["since"],
        end=options["until"],
        by=options["by"],
        model=options["model"],
    )
    keys = [key for key, _name in found.fields]
    rows = [[money(row.get(key)) if key in found.money else row.get(key, "") for key in keys] for row in found.rows]
    title = f"{options['since']} to {options['until']}"
    asked.terminal.table(
        title, [name if at == 0 else f"{name} #" for at, (_key, name) in enumerate(found.fields)], rows
    )
    _chart(asked, *attribution.bars_of(found, options["chart"]))
    asked.terminal.give(
        {
            "since": options["since"].isoformat(),
            "until": options["until"].isoformat(),
            "by": options["by"],
            "model": options["model"],
            "fields": keys,
            "rows": [{key: row.get(key) for key in keys} for row in found.rows],
            "totals": list(found.totals),
        }
    )


def _chart(asked: Asked, labels: list[str], values: list[float]) -> None:
    """Bars of one metric, as wide as their share of the largest."""
    most = max(values, default=0)
    if most <= 0:
        return
    metric = asked.options["chart"]

    def written(value: float) -> str:
        return money(int(value)) if metric == "revenue" else f"{value:,.0f}"

    rows = [
        (label, "█" * round(_BAR * value / most), written(value)) for label, value in zip(labels, values, strict=True)
    ]
    asked.terminal.table(metric.capitalize(), ["", "", "#"], rows)
