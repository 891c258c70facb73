"""Which input is seen at which path under ``/kaggle/input``: pure, from the code's own paths."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kagura.inputs.layout import Layout, flat_names, is_script, names_of, nested_name, script_path
from kagura.inputs.local import LOOSE
from kagura.model.handle import Handle
from kagura.model.needs import Needs
from kagura.model.sandbox import Bind, Link, Mount, Overlay

__all__ = ["INPUT", "Attached", "Placement", "place"]

INPUT = "/kaggle/input"

# bwrap makes one mount for each file of the very old layout: past this, one overlay is quicker.
MOST_SINGLE_MOUNTS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """An input from Kaggle, in a version that is known, and its folder in the store."""

    handle: Handle
    folder: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where the inputs are: the mounts, what each path is, and what the code misses.

    ``shown`` maps a path below ``/kaggle/input`` to its folder on the host; ``missing`` names
    what the code reads and nobody gave; ``importable`` are the folders inside that belong on
    ``PYTHONPATH``.
    """

    mounts: tuple[Mount, ...]
    shown: Mapping[str, Path]
    missing: tuple[str, ...]
    importable: tuple[str, ...]


def place(
    inputs: Mapping[str, Path],
    needs: Needs,
    *,
    attached: Sequence[Attached] = (),
    layout: Layout = "flat",
    upper: Path,
    work: Path,
) -> Placement:
    """Place the inputs as the code expects them.

    What is from Kaggle has its path in the ``layout``; the other layout's names are links, for
    those names that the code has.  A folder of this machine, called by a plain name
    (``titanic``), is placed where the code looks for it (``competitions/titanic``), else right
    below ``/kaggle/input``.  Where the code reads files with no slug at all and there is one
    input, its files lie right below ``/kaggle/input``, as in Kaggle's oldest layout.
    ``upper`` and ``work`` are scratch folders for what the notebook writes there.
    """
    wanted = sorted({use.name for use in needs.inputs if use.name is not None})
    scripts = [item for item in attached if is_script(item.handle, needs)]
    found = _Found()
    data = [item for item in attached if item not in scripts]
    flat = flat_names([item.handle for item in data])
    for item in data:
        first = flat[item.handle] if layout == "flat" else nested_name(item.handle)
        found.show(first, item.folder, also=[n for n in wanted if n in names_of(item.handle)])
        if item.handle.kind == "competition":
            found.importable.append(f"{INPUT}/{first}")
    for name, folder in inputs.items():
        if name != LOOSE:
            paths = [path for path in wanted if _same(path, name)] or [name]
            first = name if name in paths else paths[0]
            found.show(first, folder, also=paths)
            if first.startswith("competitions/"):
                found.importable.append(f"{INPUT}/{first}")
    bare = {use.path for use in needs.inputs if use.layout == "bare"}
    loose = inputs.get(LOOSE)
    if loose is None and bare and len(inputs) + len(data) == 1:
        (loose,) = [*inputs.values(), *(item.folder for item in data)]
    mounts = found.mounts
    if loose is not None:
        own, taken = LOOSE in inputs, set(found.shown)
        mounts = [*_loose_mounts(loose, own=own, taken=taken, upper=upper, work=work), *mounts]
        found.shown["."] = loose
    missing = [path for path in wanted if path not in found.names]
    if loose is None:
        missing += sorted(bare)
    for item in scripts:
        path = script_path(item.handle, layout)
        mounts.append(Bind(source=os.fspath(item.folder), target=path))
        found.importable += [os.path.dirname(path), path]
    if not found.importable:
        # Of a local folder it is not known whether it is a competition's.
        found.importable += [f"{INPUT}/{path}" for path in found.shown if "/" not in path != "."]
    return Placement(
        mounts=tuple(mounts),
        shown=found.shown,
        missing=tuple(missing),
        importable=tuple(dict.fromkeys(found.importable)),
    )


@dataclass(slots=True)
class _Found:
    mounts: list[Mount] = field(default_factory=list)
    shown: dict[str, Path] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    importable: list[str] = field(default_factory=list)

    def show(self, first: str, folder: Path, *, also: Sequence[str]) -> None:
        self.shown[first] = folder
        self.mounts.append(Bind(source=os.fspath(folder), target=f"{INPUT}/{first}"))
        for name in also:
            if name != first and name not in self.names:
                self.mounts.append(Link(target=f"{INPUT}/{name}", text=f"{INPUT}/{first}"))
        self.names |= {first, *also}


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
