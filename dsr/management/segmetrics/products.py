"""`products list`, `create`, `price` and `sync`. A price is sent, never proven."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from dsr import dates, sheets
from dsr.exceptions import InvalidInput, StaleView
from dsr.management.segmetrics.asking import Asked
from dsr.management.segmetrics.terminal import money
from dsr.services import catalogue, catalogue_sync
from dsr.services.catalogue import Step, Wanted
from dsr.services.catalogue_sync import SyncPlan


def add_sync(parser: ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE.csv", help="with the columns id, name and price")
    parser.add_argument("--leave-out-bad", action="store_true", help="go on without the rows that can't be taken")
    parser.add_argument("--again", action="store_true", help="send once more what was sent but isn't shown")


def listed(asked: Asked) -> None:
    rows = catalogue.listed(connection=asked.connection, behalf=asked.behalf)
    sent = catalogue.last_sent(asked.connection)
    told = [
        {
            "id": row.product_id,
            "name": row.name,
            "price_cents": row.cents,
            "from_orders": row.is_from_orders,
            "sent_price_cents": sent[row.product_id].cents if row.product_id in sent else None,
        }
        for row in rows
    ]
    asked.terminal.table(
        "Products",
        ["Id", "Name", "Price #", "Price sent"],
        [(row.product_id, row.name, money(row.cents), _sent_on(sent.get(row.product_id))) for row in rows],
    )
    if any(row.is_from_orders for row in rows):
        asked.terminal.say("SegMetrics gives no list here: these are the products in people's orders.")
    asked.terminal.give({"products": told})


def create(asked: Asked) -> None:
    options = asked.options
    _save(asked, catalogue.wanted(options["id"], options["name"], options["price"]))


def price(asked: Asked) -> None:
    options = asked.options
    name = options["name"] or catalogue.named(
        connection=asked.connection, behalf=asked.behalf, product_id=options["id"].strip()
    )
    _save(asked, catalogue.wanted(options["id"], name, options["price"]))


def sync(asked: Asked) -> None:
    """The plan, the question, then product after product; killed anywhere, run it again for what is left."""
    terminal, options = asked.terminal, asked.options
    plan = catalogue_sync.plan(
        connection=asked.connection,
        behalf=asked.behalf,
        integration_id=options["integration"],
        file=_file(options["file"]),
        again=options["again"],
    )
    _show(asked, plan)
    told = _told(plan)
    if plan.bad and not options["leave_out_bad"]:
        terminal.so_far = {**told, "sent": [], "dry_run": terminal.dry_run}
        raise InvalidInput("Rows of the file can't be taken. Mend them, or say --leave-out-bad. Nothing was sent.")
    if terminal.dry_run or not plan.to_do:
        terminal.say("Nothing is to be sent." if not plan.to_do else "A dry run: nothing was sent.")
        terminal.give({**told, "sent": [], "dry_run": terminal.dry_run})
        return
    if not terminal.agreed(f"Send {len(plan.to_do)} products to integration {plan.integration_id}?"):
        raise StaleView("Nothing was sent.")
    sent: list[Step] = []
    steps = catalogue_sync.carry_out(plan, connection=asked.connection, behalf=asked.behalf)
    try:
        for step in terminal.progress(steps, total=len(plan.to_do), what="Products"):
            sent.append(step)
    except BaseException:
        terminal.so_far = {**told, "sent": [step.wanted.product_id for step in sent], "dry_run": False}
        terminal.say(f"{len(sent)} of {len(plan.to_do)} products are sent. Run it again for the rest.")
        raise
    prices = sum(step.sends_price for step in sent)
    terminal.say(f"{len(sent)} products are sent. {_PRICES.format(prices)}" if prices else f"{len(sent)} are sent.")
    terminal.give({**told, "sent": [step.wanted.product_id for step in sent], "dry_run": False})


_PRICES = "Of these, {} prices: sent, not proven, since SegMetrics may ignore a price without a word."


def _save(asked: Asked, row: Wanted) -> None:
    terminal, where = asked.terminal, asked.options["integration"]
    step, seen = catalogue.plan(connection=asked.connection, behalf=asked.behalf, integration_id=where, row=row)
    told: dict[str, Any] = {"product": _step(step)}
    if step.does_nothing:
        terminal.say("It is so already. Nothing is sent.")
        terminal.give({**told, "sent": False, "dry_run": terminal.dry_run})
        return
    terminal.table("Product", _COLUMNS, [_cells(step)])
    if terminal.dry_run:
        terminal.say("A dry run: nothing was sent.")
        terminal.give({**told, "sent": False, "dry_run": True})
        return
    if not terminal.agreed("Send this?"):
        raise StaleView("Nothing was sent.")
    catalogue.save(connection=asked.connection, behalf=asked.behalf, integration_id=where, row=row, seen=seen)
    terminal.say("Sent." + (" " + _PRICES.format(1) if step.sends_price else ""))
    terminal.give({**told, "sent": True, "dry_run": False})


_COLUMNS = ["Id", "What", "Name", "Price #", "Name before", "Price before #"]


def _show(asked: Asked, plan: SyncPlan) -> None:
    terminal = asked.terminal
    if plan.to_do:
        terminal.table(f"Plan for {plan.integration_id}", _COLUMNS, [_cells(step) for step in plan.to_do])
    if plan.bad:
        terminal.table("Rows that can't be taken", ["Row #", "Why"], [(row.number, row.why) for row in plan.bad])
    unchanged = sum(step.does_nothing and not step.was_sent for step in plan.steps)
    terminal.say(f"{len(plan.to_do)} to send, {unchanged} unchanged, {plan.only_there} not in the file and left alone.")
    waiting = sum(step.does_nothing and step.was_sent for step in plan.steps)
    if waiting:
        terminal.say(f"{waiting} were sent before, and SegMetrics doesn't show it. --again sends them once more.")


def _cells(step: Step) -> tuple[object, ...]:
    before = step.before
    return (
        step.wanted.product_id,
        _what(step),
        step.wanted.name,
        money(step.wanted.cents),
        before.name if before else "",
        money(before.cents) if before else "",
    )


def _what(step: Step) -> str:
    name = "create" if step.is_new else "rename" if step.sends_name else ""
    return " + ".join(filter(None, [name, "price" if step.sends_price else ""])) or "unchanged"


def _step(step: Step) -> dict[str, Any]:
    return {
        "id": step.wanted.product_id,
        "what": _what(step),
        "name": step.wanted.name,
        "price_cents": step.wanted.cents,
        "name_before": step.before.name if step.before else None,
        "price_cents_before": step.before.cents if step.before else None,
        "sent_before": step.was_sent,
    }


def _told(plan: SyncPlan) -> dict[str, Any]:
    return {
        "integration": plan.integration_id,
        "plan": [_step(step) for step in plan.steps],
        "bad_rows": [{"row": row.number, "why": row.why} for row in plan.bad],
        "only_there": plan.only_there,
    }


def _sent_on(row: Any) -> str:
    return f"{money(row.cents)} on {dates.day(row.price_sent_at, 'short')}" if row and row.price_sent_at else ""


def _file(name: str) -> SimpleUploadedFile:
    try:
        with Path(name).open("rb") as file:
            return SimpleUploadedFile("products.csv", file.read(sheets.MOST_BYTES + 1))
    except OSError as error:
        raise InvalidInput(f"The file can't be read: {error.strerror}.") from None
