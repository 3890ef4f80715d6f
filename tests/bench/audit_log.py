"""The audit log's chain from its start, against hashing the same bytes in a loop."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import transaction

from dsr import audit, fingerprint
from dsr.models import AuditEntry
from tests.bench.rows import Row
from tests.bench.sizes import Sizes

_AT_ONCE = 5_000


def measure(folder: Path, sizes: Sizes) -> Iterator[Row]:
    """Seconds of the processor, each once: a million entries are their own average."""
    del folder
    call_command("migrate", verbosity=0, interactive=False)
    floor = 0.0
    while (last := audit.head())[0] < sizes.entries:
        floor += _write(last, min(_AT_ONCE, sizes.entries - last[0]))
    started = time.process_time()
    assert audit.verify() is None
    yield Row(
        name=f"audit verify, {sizes.entries:,} entries",
        value=time.process_time() - started,
        unit="s",
        floor=floor,
        limit=3.0,
        known=True,
        is_timing=True,
    )


def _write(last: tuple[int, str], count: int) -> float:
    """Append so many entries as a deletion's steps leave them. Returns how long hashing their bytes alone takes."""
    sequence, previous = last
    entries, hashed = [], []
    for _ in range(count):
        sequence += 1
        body = _body(sequence, previous)
        hashed.append(fingerprint.canonical(body))
        previous = hashlib.sha256(hashed[-1]).hexdigest()
        entries.append(AuditEntry(**body, hash=previous))
    with transaction.atomic():
        AuditEntry.objects.bulk_create(entries)
    started = time.process_time()
    for content in hashed:
        hashlib.sha256(content).hexdigest()
    return time.process_time() - started


def _body(sequence: int, previous: str) -> dict[str, Any]:
    return {
        "sequence": sequence,
        "at": "2026-11-24T09:04:00.123+00:00",
        "case": f"DSR-2026-{sequence // 10:06d}",
        "actor": audit.WORKER,
        "verb": "step_done",
        "facts": {"integration": "int9", "object": "invoice", "id": str(200_000 + sequence), "result": "done"},
        "reason_digest": "",
        "previous": previous,
    }
