"""What the command line reads from its surroundings: which engine, and where the store is."""

from __future__ import annotations

from kagura.engines.bubblewrap import Bubblewrap
from kagura.store.objects import Store
from kagura.store.scratch import sweep
from kagura.system.host import home_folder

__all__ = ["engine_and_store"]


def engine_and_store(*, tidy: bool = True) -> tuple[Bubblewrap, Store]:
    """The engine and the store of a command; ``tidy`` sweeps what killed runs left behind."""
    store = Store(home_folder())
    if tidy:
        sweep(store.home)
    return Bubblewrap(notes=store.home / "isolation"), store
