"""The folder of a run on the host: made anew, and read afterwards without trust."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from kagura.errors import MachineError, UsageError
from kagura.model.report import Output
from kagura.system.files import digest_of_file, explain, regular_files

__all__ = ["make_run_folder", "outputs", "own_name"]

# Written by the run itself: not what the notebook left.
OWN = ("__notebook__.ipynb", "__results__.html", "__script__.py", "__script__.ipynb")


def make_run_folder(slug: str, *, chosen: Path | None, now: datetime) -> Path:
    """``runs/SLUG/YYYYMMDD-HHMMSS`` here, or the folder that the user chose.

    Raises UsageError if the chosen one has files in it, MachineError if it can't be made.
    """
    if chosen is not None:
        if chosen.exists() and not chosen.is_dir():
            raise UsageError(f"--output {chosen}: this is a file", hint="give a folder")
        try:
            chosen.mkdir(parents=True, exist_ok=True)
            if any(chosen.iterdir()):
                raise UsageError(
                    f"--output {chosen}: the folder is not empty, and a run starts from nothing",
                    hint="choose a new folder; kagura overwrites nothing",
                )
        except OSError as error:
            raise explain(error, f"making the run's folder {chosen}") from error
        return chosen.resolve()
    parent = Path("runs") / slug
    stamp = f"{now:%Y%m%d-%H%M%S}"
    try:
        parent.mkdir(parents=True, exist_ok=True)
        for number in range(1, 1000):
            folder = parent / (stamp if number == 1 else f"{stamp}-{number}")
            try:
                folder.mkdir()
            except FileExistsError:
                continue
            return folder.resolve()
    except OSError as error:
        raise explain(error, f"making the run's folder in {parent.absolute()}") from error
    raise UsageError(f"{parent} has too many runs of this second", hint="use --output")


def check_run_folder() -> None:
    """Raise MachineError now if no run's folder can be made here later."""
    parent = Path("runs")
    if parent.is_dir() and os.access(parent, os.W_OK | os.X_OK):
        return
    if parent.exists() or parent.is_symlink() or not os.access(Path.cwd(), os.W_OK | os.X_OK):
        raise MachineError(
            f"the run's folder cannot be made in {parent.absolute()}",
            hint="choose a folder for it with --output, or run from a folder that is yours",
        )


def own_name(folder: Path, name: str) -> str:
    """The name for a file of the run's; another one where the notebook has left its own."""
    stem, dot, ending = name.rpartition(".")
    is_there = (folder / name).is_file() and not (folder / name).is_symlink()
    return f"{stem}.kagura{dot}{ending}" if is_there else name


def outputs(folder: Path, *, slug: str) -> tuple[Output, ...]:
    """The files that the notebook left, with size in bytes and digest; links are not followed."""
    log = f"{slug}.kagura.log"
    own = {*OWN, log if (folder / log).exists() else f"{slug}.log"}
    found = []
    for path in regular_files(folder):
        if path in own or path.startswith("__results___files/"):
            continue
        try:
            size = (folder / path).lstat().st_size
            digest = digest_of_file(folder / path)
        except OSError:
            continue
        found.append(Output(path=path, size=size, digest=digest))
    return tuple(sorted(found, key=lambda output: output.path))
