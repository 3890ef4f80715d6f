"""What the queue calls, by dotted name and with ids only. Nothing here raises: django-q keeps tracebacks for ever."""

from __future__ import annotations

from dsr.jobs import heartbeat, runner, sweeping
from dsr.services import retention


def run_job(job_id: int) -> None:
    """Run one job, if it is still due."""
    runner.run(job_id)


def sweep() -> None:
    """Put what is due, and what died, back on the queue."""
    sweeping.sweep()


def destroy_due_exports() -> None:
    """Destroy the exports whose retention has ended."""
    retention.destroy_due_exports()


def beat() -> None:
    """Show that a worker runs tasks, and sweep on the way."""
    heartbeat.beat()
    sweeping.sweep()
