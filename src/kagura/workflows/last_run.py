"""The newest run of a folder, found and read again from its ``report.json``."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kagura.model.drift import Drift, DriftFiles, DriftPackage

__all__ = ["LastRun", "last_run"]

LARGEST = 64 * 1024 * 1024

# Where the notebook left a report.json of its own, the run's has the second name.
NAMES = ("report.json", "report.kagura.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class LastRun:
    """What is known of it: ``started`` as in the report, ``error`` in one line if it failed."""

    folder: str
    notebook: str
    status: str
    started: str
    seconds: float
    error: str | None
    drift: Drift


def last_run(*folders: Path) -> LastRun | None:
    """The newest run in the ``runs`` of these folders; None if none of them has one.

    What a run's folder holds is its notebook's: a file that is no report counts as none.
    """
    found = [run for folder in dict.fromkeys(folders) for run in _newest(folder / "runs")]
    return max(found, key=lambda run: run.started, default=None)


def _newest(runs: Path) -> Iterator[LastRun]:
    """For each name of a notebook its newest run that has a report."""
    for parent in _folders(runs):
        for folder in sorted(_folders(parent), key=_in_order, reverse=True):
            run = _read(folder)
            if run is not None:
                yield run
                break


def _in_order(folder: Path) -> tuple[str, int]:
    # Two of one second: `20261123-174500`, then `20261123-174500-2`.
    stamp, number = folder.name[:15], folder.name[16:]
    return stamp, int(number) if number.isdecimal() else 0


def _folders(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if path.is_dir() and not path.is_symlink()]
    except OSError:
        return []


def _read(folder: Path) -> LastRun | None:
    for path in _reports(folder):
        try:
            data = json.loads(path.read_bytes())
            failure = data["failure"]
            return LastRun(
                folder=str(folder),
                notebook=str(data["notebook"]),
                status=str(data["status"]),
                started=str(data["started"]),
                seconds=float(data["seconds"]),
                error=_error(failure) if failure else None,
                # Reports of before drift was read have none.
                drift=_drift(data.get("drift") or {}),
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            continue
    return None


def _reports(folder: Path) -> list[Path]:
    """The files that may be the report, the last written first: that is the run's own."""
    found = []
    for name in NAMES:
        try:
            status = os.lstat(folder / name)
        except OSError:
            continue
        if stat.S_ISREG(status.st_mode) and status.st_size <= LARGEST:
            found.append((status.st_ctime_ns, folder / name))
    return [path for _, path in sorted(found, reverse=True)]


def _error(failure: Mapping[str, Any]) -> str:
    first = (str(failure["message"]).strip().splitlines() or [""])[0]
    return ": ".join(filter(None, [str(failure["name"]), first[:200]]))


def _drift(data: Mapping[str, Any]) -> Drift:
    files = data.get("files") or {}
    return Drift(
        packages=tuple(DriftPackage(**item) for item in data.get("packages", ())),
        files=DriftFiles(
            count=int(files.get("count", 0)),
            size=int(files.get("size", 0)),
            examples=tuple(map(str, files.get("examples", ()))),
        ),
    )
