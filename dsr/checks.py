"""System checks of our own. Their ids are `dsr.E…` and `dsr.W…`; each says what to do."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as CheckWarning
from django.db import connections
from django.utils import timezone

from dsr import triggers
from dsr.seal import Seal
from dsr.stamping import Stamping

_TABLE = "dsr_auditentry"
_WARN_BEFORE = dt.timedelta(days=30)
_BROKERS = ("orm", "redis", "django_redis", "broker_class", "iron_mq", "sqs", "mongo")


@register(Tags.database)
def triggers_are_there(*, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """`dsr.E010`: the database refuses what it must refuse. SQLite drops triggers silently when a table is rebuilt."""
    found: list[CheckMessage] = []
    for alias in databases or []:
        connection = connections[alias]
        if _TABLE not in connection.introspection.table_names():
            continue  # not migrated yet
        lost = sorted(triggers.missing(connection))
        if lost:
            found.append(
                Error(
                    f"The database lacks {len(lost)} of its guards: {', '.join(lost)}.",
                    hint="Run `manage.py guards install`, and find out who removed them.",
                    id="dsr.E010",
                )
            )
    return found


@register()
def lease_outlasts_the_work(**_: Any) -> list[CheckMessage]:
    """`dsr.E020`: django-q2's lease counts from the prefetch, so it must cover the tasks that wait in front."""
    cluster: dict[str, Any] = settings.Q_CLUSTER
    waits = math.ceil((cluster["queue_limit"] + 1) / cluster["workers"]) + 1
    if cluster["retry"] > cluster["timeout"] * waits:
        return []
    return [
        Error(
            f"Q_CLUSTER: retry ({cluster['retry']} s) must be more than {waits} × timeout ({cluster['timeout']} s), or "
            "tasks run twice.",
            hint="Raise retry or lower timeout.",
            id="dsr.E020",
        )
    ]


@register()
def queue_shares_the_database(**_: Any) -> list[CheckMessage]:
    """`dsr.E021`: a job is enqueued in the transaction that needs it, or, with Redis, once that is committed.

    `queue.wake` asks the setting which; so the setting and the cluster must mean the same broker, and no other one.
    """
    cluster: dict[str, Any] = settings.Q_CLUSTER
    wanted = ("redis", settings.ENV.broker_url) if settings.ENV.broker_url else ("orm", "default")
    brokers = {name: cluster[name] for name in _BROKERS if cluster.get(name)}
    if brokers == dict([wanted]) and set(settings.DATABASES) == {"default"}:
        return []
    return [
        Error(
            "The queue must be in the `default` database, or in the Redis of DSR_BROKER_URL, and there must be no "
            "other database.",
            hint="Leave Q_CLUSTER and DATABASES to DSR_BROKER_URL and DATABASE_URL.",
            id="dsr.E021",
        )
    ]


@register()
def certificate_is_in_time(**_: Any) -> list[CheckMessage]:
    """`dsr.W040`, `dsr.W041`: the signing certificate ends soon, or has ended. The site runs on; only signing waits."""
    seal: Seal | None = settings.ENV.seal
    left = seal.ends_at - timezone.now() if seal else _WARN_BEFORE
    if left >= _WARN_BEFORE:
        return []
    hint = "Get a new one, put it in place of the old one, and restart web and worker."
    if left > dt.timedelta():
        said, check_id = f"ends in {left.days} days.", "dsr.W040"
    else:
        said, check_id = "has ended: no evidence or certificate is made until it is renewed.", "dsr.W041"
    return [CheckWarning(f"The certificate in DSR_SIGNING_CERTIFICATE {said}", hint=hint, id=check_id)]


@register()
def stamp_authority_is_in_time(**_: Any) -> list[CheckMessage]:
    """`dsr.W042`: the certificates in DSR_TIMESTAMP_CA end soon, or have ended. Then no stamp leads up to them."""
    stamping: Stamping | None = settings.ENV.stamping
    ends = [row.not_valid_after_utc for row in stamping.anchor_certificates] if stamping else []
    if not ends or max(ends) - timezone.now() >= _WARN_BEFORE:
        return []
    return [
        CheckWarning(
            f"The certificates in DSR_TIMESTAMP_CA have ended by {max(ends):%Y-%m-%d}: then nothing can be stamped.",
            hint="Get the new ones from the time-stamp authority, and restart web and worker.",
            id="dsr.W042",
        )
    ]


@register(deploy=True)
def is_production(**_: Any) -> list[CheckMessage]:
    """`dsr.E030`: what a production site needs is refused at its start (`env.py`), where it is one."""
    if settings.ENV.is_production:
        return []
    return [Error("DSR_ENV is not production.", hint="Unset DSR_ENV for a real site.", id="dsr.E030")]
