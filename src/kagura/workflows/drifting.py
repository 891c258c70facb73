"""The drift of a run: read from its scratch, and put down to the cells that did it."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from kagura.env.names import name_of, normalized
from kagura.model.drift import Drift, DriftPackage
from kagura.notebook.announced import announced
from kagura.notebook.inspect import inspect
from kagura.workflows.plan import Plan

__all__ = ["describe", "with_cells"]

LARGEST_NOTEBOOK = 64 * 1024 * 1024
NAMES_SHOWN = 4


def with_cells(drift: Drift, planned: Plan, folder: Path) -> Drift:
    """The drift, each package with the number of the code cell that did it, where that is known.

    Known by what pip and uv said in the executed notebook in ``folder``, else by the cells' own
    commands.  A script has no cells.
    """
    if planned.notebook.kind == "script" or not drift.packages:
        return drift
    numbers = {cell.index: number for number, cell in enumerate(planned.notebook.code, start=1)}
    said = {normalized(name): index for name, index in announced(_executed(folder)).items()}
    commands = _commands(planned)

    def numbered(package: DriftPackage) -> DriftPackage:
        verb = "uninstall" if package.change == "removed" else "install"
        named = commands.get((package.installer, verb), {})
        index = said.get(package.name) if package.installer == "python" else None
        if index is None:
            index = named.get(package.name)
        alone = set(named.values())
        if index is None and len(alone) == 1 and alone.isdisjoint(said.values()):
            # One cell only installs anything, and did so in silence: what others need is of it.
            (index,) = alone
        cell = numbers.get(index) if index is not None else None
        return replace(package, cell=cell, asked=package.name in named)

    return replace(drift, packages=tuple(map(numbered, drift.packages)))


def describe(packages: tuple[DriftPackage, ...]) -> str:
    """What a run did to packages, in one line: ``installed rich-argparse 1.7.1 (cell 2)``."""
    words = {
        "added": "installed",
        "changed": "changed",
        "reinstalled": "reinstalled",
        "removed": "removed",
    }
    parts = []
    for change, word in words.items():
        chosen = [package for package in packages if package.change == change]
        asked = [package for package in chosen if package.asked]
        shown = (asked or chosen)[:NAMES_SHOWN]
        if not chosen:
            continue
        more = f" and {len(chosen) - len(shown)} more" if len(chosen) > len(shown) else ""
        cells = sorted({package.cell for package in chosen if package.cell is not None})
        noun = "cell" if len(cells) == 1 else "cells"
        place = f" ({noun} {', '.join(map(str, cells))})" if cells else ""
        parts.append(f"{word} {', '.join(map(str, shown))}{more}{place}")
    return "; ".join(parts)


def _commands(planned: Plan) -> dict[tuple[str, str], dict[str, int]]:
    """The cells' own commands, by tool and verb: names of packages, the last cell that has each."""
    # Given parameters are a cell of their own, which the needs did not count.
    needs = inspect(planned.notebook, {}) if planned.parameters else planned.needs
    found: dict[tuple[str, str], dict[str, int]] = {}
    for use in needs.installs:
        installer = "apt" if use.tool == "apt" else "python"
        names = found.setdefault((installer, use.verb), {})
        for requirement in use.requirements:
            names[requirement if installer == "apt" else name_of(requirement)] = use.cell
    return found


def _executed(folder: Path) -> Mapping[str, Any]:
    """The notebook as the run left it; nothing if it can't be read."""
    try:
        # The folder is the notebook's: it may have put a pipe or a link there.
        descriptor = os.open(
            folder / "__notebook__.ipynb", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
        )
        with open(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST_NOTEBOOK:
                return {}
            found = json.load(file)
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
