"""Named seeds, each planted once into a file of data."""

from collections.abc import Callable

from . import demo
from .store import Store

SEEDS: dict[str, Callable[[Store], None]] = {"demo": demo.plant}


def seed(store: Store, name: str) -> bool:
    """Plant a seed, all or nothing. False where this data has it already: then nothing is touched."""
    with store.transaction():
        if store.row("SELECT 1 FROM seeds WHERE name = ?", name):
            return False
        SEEDS[name](store)
        store.execute("INSERT INTO seeds VALUES (?)", name)
        return True
