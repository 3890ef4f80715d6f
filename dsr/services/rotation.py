"""Rotate the master key: wrap every key anew that another one still wraps. Resumable; the site may run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from allauth.mfa.models import Authenticator
from django.db import transaction

from dsr import audit, masterkey
from dsr.models import ArchiveKey, CaseKey, Credential, FilingBatch, SigningKey, TagRun, Webhook, factor
from dsr.models.archive import CONTEXT as ARCHIVE_CONTEXT
from dsr.models.case import key_context
from dsr.models.filing import filing_key_context
from dsr.models.signing import CONTEXT as SIGNING_CONTEXT
from dsr.models.tagging import RULE_CONTEXT
from dsr.models.webhook import SECRET_CONTEXT


def rotate() -> int:
    """Wrap anew, row by row, what isn't under the current master key. Returns how many rows that were.

    Each row is a step of its own: stopped at any moment, it goes on where it was. Raises `Unreadable` for a row that no
    known key opens; nothing of it is changed.
    """
    count = (
        _rotate(CaseKey.objects.select_related("case").iterator(), "wrapped", lambda row: key_context(row.case))
        + _rotate(ArchiveKey.objects.all(), "wrapped", lambda _: ARCHIVE_CONTEXT)
        + _rotate(SigningKey.objects.all(), "wrapped", lambda _: SIGNING_CONTEXT)
        + _rotate(FilingBatch.objects.exclude(key_wrapped=b""), "key_wrapped", filing_key_context)
        + _rotate(Credential.objects.exclude(secret_sealed=b""), "secret_sealed", lambda row: row.context)
        + _rotate(Webhook.objects.all(), "secret_sealed", lambda _: SECRET_CONTEXT)
        + _rotate(TagRun.objects.all(), "rule_sealed", lambda _: RULE_CONTEXT)
        + sum(_rotate_factor(pk) for pk in Authenticator.objects.values_list("pk", flat=True))
    )
    # Also where nothing was left to do: a run before may have been stopped right before its own entry.
    with transaction.atomic():
        audit.record(actor=None, verb="master_key_rotated", facts={"keys": count})
    return count


def _rotate(rows: Iterable[Any], field: str, context: Callable[[Any], str]) -> int:
    count = 0
    for row in rows:
        sealed = getattr(row, field)
        if masterkey.is_current(sealed, context=context(row)):
            continue
        anew = masterkey.wrap(masterkey.unwrap(sealed, context=context(row)), context=context(row))
        # Only if nobody stored another key in between.
        count += type(row).objects.filter(pk=row.pk, **{field: bytes(sealed)}).update(**{field: anew})
    return count


def _rotate_factor(pk: int) -> int:
    """A second factor's secret stands in a row that signing in changes as well: it is locked while it is rewritten."""
    with transaction.atomic():
        row = Authenticator.objects.select_for_update().filter(pk=pk).first()
        if row is None:
            return 0
        old = [name for name in factor.SECRET_FIELDS if name in row.data and not _is_current(row.data[name])]
        for name in old:
            row.data[name] = factor.seal(factor.unseal(row.data[name]))
        if old:
            row.save(update_fields=["data"])
    return len(old)


def _is_current(sealed: str) -> bool:
    return masterkey.is_current(factor.sealed_bytes(sealed), context=factor.CONTEXT)
