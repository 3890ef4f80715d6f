"""What a connection may do after a restore: nothing that was taken away since the backup comes back."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from dsr.actions import READS
from dsr.ledger import Line
from dsr.models import Connection, Credential, TagRun
from dsr.services import tagging


def end_again(lines: list[Line], position: int) -> int:
    """End the credentials that the ledger says were ended after the backup. Their numbers are of this database: what
    was made after the backup isn't in it. Returns how many."""
    named = {number for line in _since(lines, position) for number in line.facts.get("credentials", [])}
    with transaction.atomic():
        return len(Credential.retire(Credential.objects.filter(pk__in=named)))


def switch_off(lines: list[Line], position: int) -> list[str]:
    """Leave each connection nothing but reading, and of that what the ledger doesn't say was taken since.

    A ledger that couldn't be written, or is older than this, says nothing of a right that was taken; and none of it can
    be undone once it was used. So an administrator looks at each, and two give the right to delete back. Returns the
    names of those that wait for that.
    """
    told = [line.facts for line in _since(lines, position) if line.facts.get("actions")]
    taken = {(facts["connection"], name) for facts in told for name in facts["actions"]}
    for run in TagRun.objects.filter(stage__in=tagging.OPEN):
        tagging.end(run)
    for row in Connection.objects.all():
        granted = [name for name in row.granted if name in READS and (row.pk, name) not in taken]
        if granted == row.granted and not row.may_delete and not row.ids_unique_in_account:
            continue
        row.granted, row.may_delete, row.ids_unique_in_account = granted, False, False
        row.switched_off_at = timezone.now()
        row.save(update_fields=["granted", "may_delete", "ids_unique_in_account", "switched_off_at"])
    return list(Connection.objects.exclude(switched_off_at=None).order_by("name").values_list("name", flat=True))


def _since(lines: list[Line], position: int) -> list[Line]:
    return [line for line in lines if line.number > position]
