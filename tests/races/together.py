"""Acts at the same time: each in a thread with a database connection of its own, held at the instant that matters."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection as database

PATIENCE = 60.0
GIVE_UP_AFTER = 1.0


class Meeting:
    """Where threads wait for each other, each once. One whose guard holds the other back waits in vain and goes on."""

    def __init__(self, *, guarded: bool, of: int = 2) -> None:
        # Without the guard all must come; with it, whoever is held back comes too late, and that is the point.
        self._patience = GIVE_UP_AFTER if guarded else PATIENCE
        self._barrier = threading.Barrier(of)
        self._came = threading.local()

    def wait(self) -> None:
        if threading.current_thread() is threading.main_thread() or getattr(self._came, "once", False):
            return
        self._came.once = True
        try:
            self._barrier.wait(timeout=self._patience)
        except threading.BrokenBarrierError:
            return


def at_once(*acts: Callable[[], Any]) -> list[BaseException | None]:
    """Let them go together, wait for all; what each raised."""
    start = threading.Barrier(len(acts))
    raised: list[BaseException | None] = [None] * len(acts)

    def run(number: int, act: Callable[[], Any]) -> None:
        try:
            start.wait(timeout=PATIENCE)
            act()
        except BaseException as error:  # handed to the test
            raised[number] = error
        finally:
            database.close()

    threads = [threading.Thread(target=run, args=row, daemon=True) for row in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=2 * PATIENCE)
        assert not thread.is_alive(), "a deadlock"
    return raised
