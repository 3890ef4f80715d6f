"""Make SegMetrics' products match the store's list: a plan first, then only what differs. It can stop anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from dsr import sheets
from dsr.exceptions import InvalidInput
from dsr.models import Connection
from dsr.services import catalogue, halting
from dsr.services.catalogue import Step, Wanted
from dsr.services.using import Behalf, catalogue_of, integration_in, raise_if_over

COLUMNS = ("id", "name", "price")


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that can't be taken. `number` is as a spreadsheet counts."""

    number: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncPlan:
    integration_id: str
    steps: tuple[Step, ...]
    bad: tuple[BadRow, ...]
    only_there: int
    """Products that SegMetrics has and the file hasn't. They are left alone."""

    @property
    def to_do(self) -> list[Step]:
        return [step for step in self.steps if not step.does_nothing]


def read(file: UploadedFile[bytes]) -> tuple[list[Wanted], list[BadRow]]:
    """The products of a CSV with the columns id, name and price; the last may be missing, or empty in a row."""
    rows: list[Wanted] = []
    bad: list[BadRow] = []
    seen: dict[str, int] = {}
    for row in sheets.read(file, columns=COLUMNS, needed=("id", "name")):
        try:
            if row.is_too_long:
                raise InvalidInput(_("This row has more cells than the heading."))
            wanted = catalogue.wanted(row.cells.get("id", ""), row.cells.get("name", ""), row.cells.get("price", ""))
            if wanted.product_id in seen:
                raise InvalidInput(_("This id stands in row %(row)d already.") % {"row": seen[wanted.product_id]})
        except InvalidInput as error:
            bad.append(BadRow(row.number, str(error)))
        else:
            seen[wanted.product_id] = row.number
            rows.append(wanted)
    return rows, bad


def plan(
    *,
    connection: Connection,
    behalf: Behalf,
    integration_id: str,
    file: UploadedFile[bytes],
    again: bool = False,
) -> SyncPlan:
    """Compare the file with what is there. Nothing is sent.

    What an earlier run has sent, and SegMetrics only doesn't show, isn't sent once more unless `again` asks for it.
    """
    rows, bad = read(file)
    integration = integration_in(connection, integration_id)
    there = {product.product_id: product for product in catalogue.listed(connection=connection, behalf=behalf)}
    sent = {row.product_id: row for row in connection.sent_products.filter(integration_id=integration)}
    steps = tuple(
        catalogue.step_for(row, there.get(row.product_id), sent.get(row.product_id), again=again) for row in rows
    )
    only_there = len(there.keys() - {row.product_id for row in rows})
    return SyncPlan(integration_id=integration, steps=steps, bad=tuple(bad), only_there=only_there)


def carry_out(plan: SyncPlan, *, connection: Connection, behalf: Behalf) -> Iterator[Step]:
    """Send what the plan says, one product after the other; each comes back once it is sent.

    Killed anywhere, the next plan has only what is left: calls are safe to repeat, and each is remembered.
    """
    with catalogue_of(connection, behalf=behalf) as actions:
        for step in plan.to_do:
            halting.raise_if_stopped(connection)
            integration_in(connection, plan.integration_id)
            for action in step.actions:
                raise_if_over(connection, behalf=behalf, action=action)
            catalogue.send(actions, step, connection=connection, behalf=behalf, integration_id=plan.integration_id)
            yield step
