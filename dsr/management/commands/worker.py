"""`manage.py worker`: the background jobs, under a watch that starts them again when they hang or die."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from importlib import import_module
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from dsr import ledger
from dsr.jobs import heartbeat, schedule
from dsr.ops import cluster
from dsr.ops.processes import Child
from dsr.ops.stop_signals import StopSignals
from dsr.ops.watch import Timing, Watch


class _Heartbeat:
    """The heartbeat as the watch needs it: of its own cluster."""

    clear = staticmethod(heartbeat.clear)
    enqueue_beat = staticmethod(heartbeat.enqueue_beat)
    last_beat_age = staticmethod(heartbeat.own_beat_age)


class Command(BaseCommand):
    help = "Runs the background jobs until SIGTERM or Ctrl-C; a second Ctrl-C doesn't wait for the jobs at work."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--grace",
            type=float,
            default=settings.Q_CLUSTER["timeout"] + 10,
            help="seconds that a stop waits for the jobs at work (default: a job's time limit and 10 more)",
        )
        parser.add_argument("--cluster-of", type=int, metavar="PID", help="used by the watch itself")

    def handle(self, *, cluster_of: int | None, grace: float, **_options: Any) -> None:
        if cluster_of is not None:
            # Before the cluster forks: each of its processes would import what the tasks need by itself.
            import_module("dsr.jobs.tasks")
            cluster.run(watch_pid=cluster_of, grace=grace)
            return
        if why := ledger.refusal(thorough=True):
            raise CommandError(why)
        signals = StopSignals()
        signals.install()
        heartbeat.take_name()
        schedule.ensure()
        Watch(
            start_cluster=lambda: _start_cluster(grace),
            heartbeat=_Heartbeat(),
            timing=Timing(beat=settings.DSR_WORKER_BEAT_SECONDS, stall=settings.DSR_WORKER_STALL_SECONDS, grace=grace),
            signals=signals,
        ).run()


def _start_cluster(grace: float) -> Child:
    command = [sys.executable, sys.argv[0], "worker", f"--cluster-of={os.getpid()}", f"--grace={grace}"]
    return Child.start("job cluster", command)
