"""`tag-by-rule`: begin a run, go on with one, or throw it away."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from dsr.exceptions import InvalidInput, StaleView
from dsr.management.segmetrics.asking import Asked
from dsr.management.segmetrics.reports import add_days
from dsr.models import TagRun, TagStage
from dsr.services import tagging, tagging_rules


def add_rule(parser: ArgumentParser) -> None:
    add_days(parser)
    parser.add_argument(
        "--report", choices=tagging.REPORTS, default="leads", help="who came, or who bought, in these days"
    )
    parser.add_argument(
        "--where", action="append", default=[], metavar="KEY=VALUE", help="channel, source, medium, campaign"
    )
    parser.add_argument("--spent-over", default="", metavar="AMOUNT", help="paid more than this in all, such as 100.00")
    tag = parser.add_mutually_exclusive_group()
    tag.add_argument("--add", metavar="TAG")
    tag.add_argument("--remove", metavar="TAG")
    parser.add_argument("--resume", type=int, metavar="NUMBER", help="go on with a run that was stopped")
    parser.add_argument("--throw-away", type=int, metavar="NUMBER", help="end a run; what is sent stays sent")


def tag_by_rule(asked: Asked) -> None:
    """Look for the contacts, show how many, then send. Killed anywhere, `--resume` goes on from there."""
    terminal, options = asked.terminal, asked.options
    if options["throw_away"] is not None:
        run = _run(asked, options["throw_away"])
        tagging.throw_away(run, behalf=asked.behalf)
        terminal.say("Thrown away. What is sent stays sent.")
        terminal.give(_told(run))
        return
    run = _run(asked, options["resume"]) if options["resume"] is not None else _begun(asked)
    try:
        _work(asked, run)
    except (Exception, KeyboardInterrupt):
        if not terminal.dry_run and run.stage in tagging.OPEN:
            terminal.so_far = _told(run)
            terminal.say(f"The run stopped. Go on with: tag-by-rule --resume {run.pk}")
        raise
    finally:
        if terminal.dry_run and options["resume"] is None and run.stage in tagging.OPEN:
            tagging.throw_away(run, behalf=asked.behalf)


def _work(asked: Asked, run: TagRun) -> None:
    terminal = asked.terminal
    for _page in terminal.progress(tagging.collect(run, behalf=asked.behalf), total=None, what="Pages of the report"):
        pass
    left = run.targets.filter(is_done=False).count()
    verb = "get" if run.adds else "lose"
    terminal.say(
        f"Looked at {run.looked_at} contacts: {run.matched} meet the rule, {run.already} of them need nothing; "
        f"{left} {verb} the tag “{run.tag}”."
    )
    if terminal.dry_run:
        terminal.say("A dry run: nothing was sent.")
        terminal.give({**_told(run), "to_send": left, "dry_run": True})
        return
    if left and run.stage == TagStage.READY and not terminal.agreed(f"Send it to {left} contacts?"):
        tagging.throw_away(run, behalf=asked.behalf)
        raise StaleView("Nothing was sent.")
    for _target in terminal.progress(tagging.send(run, behalf=asked.behalf), total=left, what="Contacts"):
        pass
    run.refresh_from_db()
    terminal.say(f"{run.done} done." + (f" {run.missing} aren't in this integration." if run.missing else ""))
    terminal.give({**_told(run), "to_send": 0, "dry_run": False})


def _begun(asked: Asked) -> TagRun:
    options = asked.options
    tag = options["add"] or options["remove"]
    if not tag:
        raise InvalidInput("Say which tag: --add TAG or --remove TAG.")
    return tagging.begin(
        connection=asked.connection,
        behalf=asked.behalf,
        integration_id=options["integration"],
        report=options["report"],
        start=options["since"],
        end=options["until"],
        rule=tagging_rules.rule(where=options["where"], spent_over=options["spent_over"]),
        tag=tag,
        adds=bool(options["add"]),
    )


def _run(asked: Asked, number: int) -> TagRun:
    found = TagRun.objects.filter(pk=number, connection=asked.connection, stage__in=tagging.OPEN).first()
    if found is None:
        numbers = ", ".join(str(run.pk) for run in tagging.open_runs(asked.connection)) or "none"
        raise InvalidInput(f"No open run has this number. Open are: {numbers}.")
    return found


def _told(run: TagRun) -> dict[str, Any]:
    return {
        "run": run.pk,
        "stage": run.stage,
        "looked_at": run.looked_at,
        "matched": run.matched,
        "already": run.already,
        "done": run.done,
        "missing": run.missing,
    }
