"""``kagura clean``: remove from the store what no run needs now; it can all be built again."""

from __future__ import annotations

from pathlib import Path

from kagura.model.check import Cleaned
from kagura.store.objects import Store
from kagura.store.scratch import left_behind, sweep
from kagura.system.files import remove_tree, tree_size

__all__ = ["clean"]


def clean(*, store: Store, everything: bool, dry: bool) -> Cleaned:
    """Remove scratch folders left by a kill, damaged objects, and layers and bases not in use.

    ``everything`` also removes uv's cache of downloads.  ``dry`` only says what would go.
    What a run is using stays, even if the run starts while this goes on.
    """
    removed: list[str] = []
    kept: list[str] = []
    freed = 0
    for folder in left_behind(store.home):
        freed += tree_size(folder)
        removed.append(f"scratch {folder.name}")
    if not dry:
        sweep(store.home)
    for kind in ("layers", "bases"):
        folders = [item.folder for item in store.all(kind)] + store.broken(kind)
        for folder in folders:
            digest = f"sha256:{folder.name}"
            label = f"{kind[:-1]} {folder.name[:12]}"
            size = tree_size(folder)
            if store.in_use(kind, digest) or (not dry and not store.remove(kind, digest)):
                kept.append(f"{label} (in use)")
                continue
            freed += size
            removed.append(label)
    for name in ("resolved", *(("cache",) if everything else ())):
        folder = store.home / name
        if folder.is_dir() and any(folder.iterdir()):
            freed += tree_size(folder)
            removed.append(_LABELS[name])
            if not dry:
                _empty(folder)
    return Cleaned(removed=tuple(removed), kept=tuple(kept), freed=freed, dry=dry)


_LABELS = {"resolved": "remembered resolutions", "cache": "uv's cache of downloads"}


def _empty(folder: Path) -> None:
    remove_tree(folder)
