"""What is said of a project's packages: what was resolved, what it conflicts with, its layer."""

from __future__ import annotations

from kagura.env.base import ReadyBase
from kagura.env.layer import ReadyLayer
from kagura.env.site import Site
from kagura.model.lock import LockedPackage
from kagura.progress import Progress, size_text
from kagura.system.disk import tree_size
from kagura.workflows.locking import Locked

__all__ = ["shown", "tell_conflicts", "tell_layer", "tell_packages"]

SHOWN = 12
UNMET_SHOWN = 3


def shown(package: LockedPackage) -> str:
    """``+optuna 4.4.0``, ``~polars 1.35.2 → 1.36.1`` or ``-tensorflow 2.16.1``."""
    match package.change:
        case "added":
            return f"+{package.name} {package.version}"
        case "changed":
            return f"~{package.name} {package.was} → {package.version}"
        case "removed":
            return f"-{package.name} {package.was}"


def tell_packages(made: Locked, progress: Progress) -> None:
    """Say what the requirements mean over the base."""
    packages = made.lock.packages
    noun = "package" if len(packages) == 1 else "packages"
    listed = " ".join(map(shown, packages[:SHOWN]))
    more = f" … ({len(packages) - SHOWN} more)" if len(packages) > SHOWN else ""
    if packages:
        progress.say("resolved", f"{len(packages)} {noun} over {made.era}: {listed}{more}")
    else:
        progress.say("resolved", f"{made.era} has all that the project requires")


def tell_conflicts(made: Locked, progress: Progress) -> None:
    """Say what the base had of each package that changes, and who of the base wants that."""
    for item in made.conflicts:
        package = item.package
        what = f"{package.name} {package.version} replaces the base's {package.was}"
        fine = "no package of the base requires the old one"
        if package.change == "removed":
            what = f"{package.name} {package.was} of the base is taken out"
            fine = "no package of the base requires it"
        if not item.unmet:
            progress.say("conflict", f"{what}; {fine}")
            continue
        more = len(item.unmet) - UNMET_SHOWN
        rest = f" and {more} more" if more > 0 else ""
        progress.warn(f"{what}, and {', '.join(item.unmet[:UNMET_SHOWN])}{rest}")


def tell_layer(layer: ReadyLayer, over: ReadyBase, site: Site) -> None:
    """Say how big the layer is on the disk, and the base that it shares."""
    if layer.item is None:
        return
    size, below = tree_size(layer.item.tree), tree_size(over.item.tree)
    digest = layer.layer.digest
    site.progress.say("layer", f"{digest[:19]} {size_text(size)} (base {size_text(below)}, shared)")
