"""``kagura clean``: remove from the store what no run needs now; it can all be built again."""

from __future__ import annotations

from pathlib import Path

from kagura.model.check import Cleaned
from kagura.store.objects import Kind, Store
from kagura.store.scratch import left_behind
from kagura.system.disk import reclaimable
from kagura.system.files import remove_tree

__all__ = ["clean"]


def clean(*, store: Store, everything: bool, inputs: bool, dry: bool) -> Cleaned:
    """Remove scratch folders left by a kill, damaged objects, and layers and bases not in use.

    ``everything`` also removes uv's cache of downloads, ``inputs`` the data that was fetched for
    projects: it may have taken long.  ``dry`` only says what would go.
    What a run is using stays, even if the run starts while this goes on.
    """
    going: dict[str, Path] = {f"scratch {path.name}": path for path in left_behind(store.home)}
    kept: list[str] = []
    kinds: tuple[Kind, ...] = ("layers", "bases", *(("inputs",) if inputs else ()))
    for kind in kinds:
        for folder in [item.folder for item in store.all(kind)] + store.broken(kind):
            label = f"{kind[:-1]} {folder.name[:12]}"
            if store.in_use(kind, f"sha256:{folder.name}"):
                kept.append(f"{label} (in use)")
            else:
                going[label] = folder
    more = (*(("cache",) if everything else ()), *(("partial",) if inputs else ()))
    for name in ("resolved", *more):
        folder = store.home / name
        if folder.is_dir() and any(folder.iterdir()):
            going[_LABELS[name]] = folder
    freed = reclaimable(going.values())
    if not dry:
        for label, folder in list(going.items()):
            if not _remove(store, folder):
                kept.append(f"{label} (in use by now)")
                del going[label]
    return Cleaned(removed=tuple(going), kept=tuple(kept), freed=freed, dry=dry)


_LABELS = {
    "resolved": "remembered resolutions",
    "cache": "uv's cache of downloads",
    "partial": "downloads that were broken off",
}


def _remove(store: Store, folder: Path) -> bool:
    match folder.parent.name:
        case "bases" | "layers" | "inputs" as kind:
            # A run may have taken a lease since we looked: then it stays.
            return store.remove(kind, f"sha256:{folder.name}")
        case _:
            remove_tree(folder)
            return True
