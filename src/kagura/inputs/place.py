"""Which input is seen at which path under ``/kaggle/input``: pure, from the code's own paths."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kagura.inputs.local import LOOSE
from kagura.model.needs import InputUse
from kagura.model.sandbox import Bind, Link, Mount, Overlay

__all__ = ["INPUT", "Placement", "place"]

INPUT = "/kaggle/input"

# bwrap makes one mount for each file of the very old layout: past this, one overlay is quicker.
MOST_SINGLE_MOUNTS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where the inputs are: the mounts, what each path is, and what the code misses.

    ``shown`` maps a path below ``/kaggle/input`` to its folder on the host; ``missing`` names
    what the code reads and nobody gave.
    """

    mounts: tuple[Mount, ...]
    shown: Mapping[str, Path]
    missing: tuple[str, ...]


def place(
    inputs: Mapping[str, Path], uses: Sequence[InputUse], *, upper: Path, work: Path
) -> Placement:
    """Place the inputs as the code expects them.

    A name without a folder in it (``titanic``) is placed where the code looks for it
    (``competitions/titanic``), else right below ``/kaggle/input``; if the code uses both
    layouts, the other path is a link.  Where the code reads files with no slug at all and there
    is one input, its files lie right below ``/kaggle/input``, as in Kaggle's oldest layout.
    ``upper`` and ``work`` are scratch folders for what the notebook writes there.
    """
    wanted = {use.name for use in uses if use.name is not None}
    shown: dict[str, Path] = {}
    mounts: list[Mount] = []
    for name, folder in inputs.items():
        if name == LOOSE:
            continue
        paths = [path for path in sorted(wanted) if _same(path, name)] or [name]
        first = name if name in paths else paths[0]
        shown[first] = folder
        mounts.append(Bind(source=os.fspath(folder), target=f"{INPUT}/{first}"))
        mounts += [
            Link(target=f"{INPUT}/{path}", text=f"{INPUT}/{first}")
            for path in paths
            if path != first
        ]
    bare = {use.path for use in uses if use.layout == "bare"}
    loose = inputs.get(LOOSE)
    if loose is None and bare and len(inputs) == 1:
        (loose,) = inputs.values()
    if loose is not None:
        shown["."] = loose
        own = LOOSE in inputs
        mounts = [
            *_loose_mounts(loose, own=own, taken=set(shown), upper=upper, work=work),
            *mounts,
        ]
    missing = sorted(path for path in wanted if not any(_same(path, name) for name in inputs))
    if loose is None:
        missing += sorted(bare)
    return Placement(mounts=tuple(mounts), shown=shown, missing=tuple(missing))


def _same(path: str, name: str) -> bool:
    # `datasets/uciml/iris`, `d/uciml/iris` and `iris` may be one input; two full names may not.
    if path == name:
        return True
    if path.endswith(f"/{name}"):
        return "/" not in name
    return name.endswith(f"/{path}") and "/" not in path


def _loose_mounts(
    folder: Path, *, own: bool, taken: set[str], upper: Path, work: Path
) -> list[Mount]:
    names = sorted(os.listdir(folder))
    if own:
        # The notebook's own `input/` folder: the folders in it are inputs of their own.
        names = [name for name in names if (folder / name).is_file()]
    if len(names) > MOST_SINGLE_MOUNTS:
        stacked = Overlay(
            target=INPUT,
            lowers=(os.fspath(folder),),
            upper=os.fspath(upper),
            work=os.fspath(work),
        )
        return [stacked]
    return [
        Bind(source=os.fspath((folder / name).resolve()), target=f"{INPUT}/{name}")
        for name in names
        if not name.startswith(".") and name not in taken and (folder / name).exists()
    ]
