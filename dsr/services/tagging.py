"""Give a tag to each contact of a report that meets a rule, or take it: first looked for, then counted, then sent.

A run goes on where it stopped: by the report's page while it looks, by its rows while it sends. Its rows hold the
contacts' ids, and are deleted when it ends, or after `KEEP_DAYS`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from dsr import audit
from dsr.actions import Action
from dsr.connectors.actions import Actions, LeadPage
from dsr.connectors.seeing import is_stand_in
from dsr.connectors.shown import TagSeen
from dsr.exceptions import InvalidInput, NothingThere, WrongState
from dsr.models import Connection, TagRun, TagStage, TagTarget
from dsr.services import halting
from dsr.services.contact_tags import given_names
from dsr.services.tagging_rules import Rule
from dsr.services.using import Behalf, contacts_of, integration_in, raise_if_over, reference_of

REPORTS = ("leads", "revenue")
KEEP_DAYS = 30
OPEN = (TagStage.COLLECTING, TagStage.READY, TagStage.TAGGING)


def begin(
    *,
    connection: Connection,
    behalf: Behalf,
    integration_id: str,
    report: str,
    start: dt.date,
    end: dt.date,
    rule: Rule,
    tag: str,
    adds: bool,
) -> TagRun:
    """A run that has still to look for its contacts.

    Refused where the same id may be somebody else's in another integration: a report doesn't say which it is of.
    """
    _raise_if_ids_unclear(connection)
    if report not in REPORTS or start > end:
        raise InvalidInput(_("Choose the report leads or revenue, and days in their order."), field="report")
    found = given_names([tag])
    if len(found) != 1:
        raise InvalidInput(_("Name one tag."), field="tag")
    integration = integration_in(connection, integration_id)
    with contacts_of(connection, behalf=behalf):  # whether this person may
        pass
    run = TagRun(
        connection=connection,
        integration_id=integration,
        report=report,
        start=start,
        end=end,
        adds=adds,
        started_by=behalf.person,
        started_at=timezone.now(),
    )
    run.seal_rule(tag=found[0], conditions=rule.as_json())
    run.save()
    return run


def _raise_if_it_may_be_another(run: TagRun) -> None:
    """Asked before each contact: an integration may have been added or taken away, or the word been taken back."""
    _raise_if_ids_unclear(run.connection)
    integration_in(run.connection, run.integration_id)


def _raise_if_ids_unclear(connection: Connection) -> None:
    stored = Connection.objects.get(pk=connection.pk)
    if stored.integrations.count() > 1 and not stored.ids_unique_in_account:
        raise InvalidInput(
            _(
                "This connection has several integrations, and reports don't say to which of them a contact belongs: "
                "the same id may be somebody else's. Two administrators can say that ids are unique in the account."
            ),
            field="connection",
        )


def collect(run: TagRun, *, behalf: Behalf) -> Iterator[LeadPage]:
    """Look through the report, page by page; each page comes back once it is remembered."""
    with contacts_of(run.connection, behalf=behalf) as actions:
        while run.stage == TagStage.COLLECTING:
            halting.raise_if_stopped(run.connection)
            raise_if_over(run.connection, behalf=behalf, action=Action.GET_ATTRIBUTION_REPORT)
            number = run.next_page
            page = actions.leads(report=run.report, start=run.start, end=run.end, page=number)
            _remember(run, number, page)
            run.refresh_from_db()
            yield page


def send(run: TagRun, *, behalf: Behalf) -> Iterator[TagTarget]:
    """Give or take the tag, contact by contact, at the connection's pace. A repeated call changes nothing."""
    _raise_if_it_may_be_another(run)
    with transaction.atomic():
        if TagRun.objects.filter(pk=run.pk, stage=TagStage.READY).update(stage=TagStage.TAGGING):
            audit.record(actor=behalf.person, verb="tagging_begun", facts=_facts(run, behalf))
    run.refresh_from_db()
    if run.stage != TagStage.TAGGING:
        raise WrongState(_("This run isn't there any more, or has ended."))
    action = Action.ADD_CONTACT_TAGS if run.adds else Action.REMOVE_CONTACT_TAGS
    with contacts_of(run.connection, behalf=behalf) as actions:
        for target in run.targets.filter(is_done=False).order_by("pk"):
            halting.raise_if_stopped(run.connection)
            _raise_if_it_may_be_another(run)
            raise_if_over(run.connection, behalf=behalf, action=action)
            _send_one(actions, run, target)
            yield target
    _end(run, TagStage.FINISHED, behalf=behalf)


def throw_away(run: TagRun, *, behalf: Behalf) -> None:
    """End it here. What is sent stays sent."""
    if not _end(run, TagStage.THROWN_AWAY, behalf=behalf):
        raise WrongState(_("This run has ended already."))


def end(run: TagRun) -> None:
    """End it, whoever began it: the connection leads elsewhere now."""
    _end(run, TagStage.THROWN_AWAY, behalf=None)


def open_runs(connection: Connection) -> list[TagRun]:
    return list(TagRun.objects.filter(connection=connection, stage__in=OPEN))


def end_old() -> int:
    """Throw away runs that nobody went on with; their contacts' ids are kept no longer."""
    before = timezone.now() - dt.timedelta(days=KEEP_DAYS)
    old = TagRun.objects.filter(stage__in=OPEN, started_at__lt=before)
    return sum(_end(run, TagStage.THROWN_AWAY, behalf=None) for run in old)


def forget_ended() -> int:
    """Delete the runs that ended longer ago than the log keeps their calls, with the tag. Returns how many."""
    before = timezone.now() - dt.timedelta(days=settings.ENV.execution_log_days)
    return TagRun.objects.filter(ended_at__lt=before).delete()[0]


def _remember(run: TagRun, number: int, page: LeadPage) -> None:
    """Keep what the page held, once: under the condition that this page is the run's next one."""
    rule = Rule.of_json(run.conditions)
    met = [lead for lead in page.leads if rule.meets(lead) and _is_plain(lead.contact_id)]
    fitting = [lead for lead in met if (run.tag in lead.tags) != run.adds]
    with transaction.atomic():
        mine = TagRun.objects.filter(pk=run.pk, stage=TagStage.COLLECTING, next_page=number)
        if not mine.update(
            next_page=number + 1,
            looked_at=F("looked_at") + len(page.leads),
            matched=F("matched") + len(met),
            already=F("already") + len(met) - len(fitting),
            stage=TagStage.READY if page.is_last else TagStage.COLLECTING,
        ):
            return
        targets = [TagTarget(run=run, contact_id=lead.contact_id) for lead in fitting]
        # The report may move on between two pages and show somebody twice.
        TagTarget.objects.bulk_create(targets, ignore_conflicts=True)


def _is_plain(contact_id: str) -> bool:
    """Whether it is an id that can be written to, and not an e-mail address in the place of one."""
    reference = reference_of(contact_id)
    return bool(reference) and not is_stand_in(reference)


def _send_one(actions: Actions, run: TagRun, target: TagTarget) -> None:
    try:
        if run.adds:
            actions.add_tags(target.contact_id, [run.tag], integration_id=run.integration_id)
        else:
            tag = TagSeen(tag_id="", name=run.tag)
            actions.remove_tags(target.contact_id, [tag], integration_id=run.integration_id)
    except NothingThere:
        target.is_missing = True
    if not TagTarget.objects.filter(pk=target.pk).update(is_done=True, is_missing=target.is_missing):
        raise WrongState(_("This run isn't there any more, or has ended."))


def _end(run: TagRun, stage: TagStage, *, behalf: Behalf | None) -> bool:
    with transaction.atomic():
        done = run.targets.filter(is_done=True)
        counts = {"done": done.filter(is_missing=False).count(), "missing": done.filter(is_missing=True).count()}
        ended = TagRun.objects.filter(pk=run.pk, stage__in=OPEN).update(stage=stage, ended_at=timezone.now(), **counts)
        if ended:
            run.targets.all().delete()
            run.refresh_from_db()
            facts = _facts(run, behalf) | counts
            audit.record(actor=behalf.person if behalf else None, verb=f"tagging_{stage}", facts=facts)
    return bool(ended)


def _facts(run: TagRun, behalf: Behalf | None) -> dict[str, object]:
    return {
        "connection": run.connection_id,
        "integration": run.integration_id,
        "tagging": run.pk,
        "adds": run.adds,
        "matched": run.matched,
        **({"through": behalf.through.value} if behalf else {}),
    }
