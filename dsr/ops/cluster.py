"""The job cluster itself, on a leash: it can't outlive the watch that started it."""

from __future__ import annotations

import os
import signal
import threading
import time

from django_q.cluster import Cluster

_LOOK_EVERY = 1.0


def run(*, watch_pid: int, grace: float) -> None:
    """Run django-q2's cluster until SIGTERM, or until the process `watch_pid` is no longer our parent.

    The kernel sends us SIGTERM when the watch dies (see `Child.start`), and the cluster ends its jobs, then
    itself. One that hangs doesn't, so after `grace` seconds its whole process group is killed.
    """
    cluster = Cluster()
    cluster.start()
    # Started after the cluster has forked, so that no process is forked while a second thread runs.
    threading.Thread(target=_leash, args=(watch_pid, grace), daemon=True).start()
    if cluster.sentinel:
        cluster.sentinel.join()


def _leash(watch_pid: int, grace: float) -> None:
    while os.getppid() == watch_pid:
        time.sleep(_LOOK_EVERY)
    time.sleep(grace)
    os.killpg(os.getpgrp(), signal.SIGKILL)
