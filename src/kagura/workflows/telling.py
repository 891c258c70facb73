"""What is said of a project's packages: what was resolved, what it conflicts with, its layer."""

from __future__ import annotations

from pathlib import Path

from kagura.env.base import ReadyBase
from kagura.env.layer import ReadyLayer
from kagura.env.remembered import size_of
from kagura.env.site import Site
from kagura.model.lock import Lock, LockedPackage
from kagura.progress import Progress, size_text
from kagura.store.projects import noted
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


def tell_packages(made: Locked, progress: Progress, *, before: Lock) -> None:
    """Say what the requirements mean over the base; in full what was not locked ``before``."""
    packages = made.lock.packages
    noun = "package" if len(packages) == 1 else "packages"
    new = _new(made.lock, before)
    listed = " ".join(map(shown, new[:SHOWN]))
    rest = [f"{len(new) - SHOWN} more"] if len(new) > SHOWN else []
    if new and len(packages) > len(new):
        rest.append(f"{len(packages) - len(new)} as before")
    text = f"{len(packages)} {noun} over {made.era}"
    if new:
        text += f": {listed}" + (f" … ({', '.join(rest)})" if rest else "")
    elif not packages:
        text = f"{made.era} has all that the project requires"
    progress.say("resolved", text)
    now = {item.name for item in packages}
    gone = [item.name for item in before.packages if item.name not in now]
    if gone:
        more = f" and {len(gone) - SHOWN} more" if len(gone) > SHOWN else ""
        progress.say("gone", f"{', '.join(gone[:SHOWN])}{more}")


def tell_conflicts(made: Locked, progress: Progress, *, before: Lock) -> None:
    """Say what the base had of each package that changes, and who of the base wants that."""
    new = _new(made.lock, before)
    for item in made.conflicts:
        package = item.package
        what = f"{package.name} {package.version} replaces the base's {package.was}"
        old = "the old one"
        if package.change == "removed":
            what = f"{package.name} {package.was} of the base is taken out"
            old = "it"
        fine = f"no package of the base requires {old}"
        if item.along:
            require, change = (
                ("requires", "changes") if len(item.along) == 1 else ("require", "change")
            )
            fine = f"the base's {', '.join(item.along)} {require} {old}, and {change} with it"
        if item.unmet:
            more = len(item.unmet) - UNMET_SHOWN
            rest = f" and {more} more" if more > 0 else ""
            progress.warn(f"{what}, and {', '.join(item.unmet[:UNMET_SHOWN])}{rest}")
        elif package in new:
            progress.say("conflict", f"{what}; {fine}")


def _new(lock: Lock, before: Lock) -> list[LockedPackage]:
    def key(item: LockedPackage) -> tuple[str, ...]:
        return (item.name, item.version, item.change)

    known = set(map(key, before.packages))
    return [item for item in lock.packages if key(item) not in known]


def tell_layer(layer: ReadyLayer, over: ReadyBase, site: Site, *, folder: Path) -> None:
    """Say how big the layer is on the disk, and the base; and who shares that with this folder."""
    if layer.item is None:
        return
    home = site.store.home
    size, below = size_of(layer.item, home=home), size_of(over.item, home=home)
    base = ("bases", over.base.digest)
    others = [
        project
        for project in noted(home)
        if project.folder != folder.resolve() and base in project.uses
    ]
    noun = "project" if len(others) == 1 else "projects"
    shared = f", shared with {len(others)} {noun}" if others else ""
    digest = layer.layer.digest[:19]
    site.progress.say("layer", f"{digest} {size_text(size)} (base {size_text(below)}{shared})")
