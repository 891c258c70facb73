"""What the command line reads from its surroundings: which engine, and where the store is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kagura.store.objects import Store
from kagura.store.scratch import sweep
from kagura.system.host import home_folder

if TYPE_CHECKING:
    from kagura.engines.bubblewrap import Bubblewrap

__all__ = ["engine_and_store", "the_store"]


def the_store(*, tidy: bool = True) -> Store:
    """The store of a command; ``tidy`` sweeps what killed runs left behind."""
    store = Store(home_folder())
    if tidy:
        sweep(store.home)
    return store


def engine_and_store(*, tidy: bool = True) -> tuple[Bubblewrap, Store]:
    """The same, and the engine of a command."""
    # Imported late: a command on data alone needs no engine.
    from kagura.engines.bubblewrap import Bubblewrap

    store = the_store(tidy=tidy)
    return Bubblewrap(notes=store.home / "isolation"), store
