"""Inputs that are folders of this machine: given as NAME=FOLDER, or found beside the notebook."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from kagura.errors import UsageError

__all__ = ["LOOSE", "beside", "links_out_of", "parse"]

# The name of files that lie in `input/` itself, in no input's folder.
LOOSE = ""

SEGMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-]*\Z")

# To look at more names for links that lead out would be felt.
MOST_NAMES = 2000

# How many folders a name has below each of the nested layout's folders.
NESTED = {"competitions": 1, "datasets": 2, "models": 5, "notebooks": 2}
EXAMPLE = "write it as titanic=./data, the folder's name under /kaggle/input first"


def parse(
    options: Iterable[str], *, base: Path | None = None, by: str = "--input"
) -> dict[str, Path]:
    """``NAME=FOLDER`` options as a mapping.

    A relative folder is one in ``base``; ``by`` is how the user said it, for errors.  Raises
    UsageError for a malformed one, a name given twice, or a folder that is not there.
    """
    found: dict[str, Path] = {}
    for option in options:
        name, separator, folder = option.partition("=")
        said = f"{by} {option}"
        if not separator or not name or not folder:
            raise UsageError(f"{said}: this is not NAME=FOLDER", hint=EXAMPLE)
        name = name.strip("/").removeprefix("kaggle/input/")
        if not all(SEGMENT.match(part) for part in name.split("/")):
            raise UsageError(
                f"{said}: {name!r} cannot be a folder's name under /kaggle/input", hint=EXAMPLE
            )
        if name in found:
            raise UsageError(
                f"{said}: two inputs are named {name}: {found[name]} and {folder}",
                hint="give each input its own name",
            )
        path = Path(folder).expanduser()
        found[name] = _folder(base / path if base else path, option=said)
    _refuse_nesting(found, by=by)
    return found


def beside(notebook: Path) -> dict[str, Path]:
    """The inputs in the ``input/`` folder beside a notebook: each child folder is one.

    Children of the nested layout (``datasets/OWNER/SLUG``) are found below their folders.
    Files that lie in ``input/`` itself are one input with no name (``LOOSE``).
    """
    folder = notebook.parent / "input"
    if not folder.is_dir():
        return {}
    found: dict[str, Path] = {}
    try:
        children = sorted(folder.iterdir())
    except OSError as error:
        raise UsageError(f"{folder} cannot be read: {error.strerror}") from error
    for child in children:
        if child.name.startswith("."):
            continue
        if child.is_file():
            found[LOOSE] = folder
        elif child.is_dir() and (deeper := _nested(child)):
            found |= {path.relative_to(folder).as_posix(): path for path in deeper}
        elif child.is_dir():
            found[child.name] = child
    return {name: path if name == LOOSE else path.resolve() for name, path in found.items()}


def links_out_of(folder: Path) -> list[str]:
    """Links in an input that lead out of it: inside, nothing is there.  Only its first 2,000 names
    are looked at, for the sake of time.
    """
    found: list[str] = []
    seen = 0
    for where, folders, files in os.walk(folder):
        for name in (*folders, *files):
            seen += 1
            path = os.path.join(where, name)
            if os.path.islink(path) and not Path(os.path.realpath(path)).is_relative_to(folder):
                found.append(os.path.relpath(path, folder))
        if seen > MOST_NAMES:
            break
    return sorted(found)


def _nested(folder: Path) -> list[Path]:
    """The inputs below a folder of the nested layout; none if it is an input called so."""
    if folder.name not in NESTED or any(child.is_file() for child in folder.iterdir()):
        return []
    return _descend(folder, NESTED[folder.name])


def _descend(folder: Path, levels: int) -> list[Path]:
    folders = [folder]
    for _ in range(levels):
        folders = [child for parent in folders for child in sorted(parent.iterdir())]
        folders = [child for child in folders if child.is_dir()]
    return folders


def _folder(path: Path, *, option: str) -> Path:
    if not path.exists():
        raise UsageError(f"{option}: there is no folder {path}", hint="check the path")
    if not path.is_dir():
        raise UsageError(
            f"{option}: {path} is a file, and an input is a folder",
            hint=f"give the folder that it is in: {path.parent}",
        )
    try:
        next(path.iterdir(), None)
    except OSError as error:
        raise UsageError(f"{option}: {path} cannot be read ({error.strerror})") from error
    return path.resolve()


def _refuse_nesting(found: Mapping[str, Path], *, by: str) -> None:
    for name in found:
        parents = ["/".join(name.split("/")[:count]) for count in range(1, name.count("/") + 1)]
        inside = next((parent for parent in parents if parent in found), None)
        if inside:
            raise UsageError(
                f"{by} {name}: it would lie inside the input {inside}",
                hint="an input is read-only: choose names that do not contain each other",
            )
