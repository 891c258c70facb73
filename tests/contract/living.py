"""Sessions that are up, and what they could leave behind."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
from commands import ERA, kagura

__all__ = ["ended", "left_of", "record_of", "running_of", "sandbox_of", "until", "up"]


def up(project: Path, home: Path, *more: str, base: str | None = ERA) -> dict[str, Any]:
    """Start a session; what ``kagura up --format json`` tells of it."""
    words = ("--base", base) if base else ()
    answer = kagura("up", *words, "--format", "json", *more, home=home, folder=project)
    assert answer.returncode == 0, answer.stderr
    told: dict[str, Any] = json.loads(answer.stdout)
    return told


def record_of(home: Path, name: str) -> dict[str, Any]:
    """What the store knows of a session."""
    told: dict[str, Any] = json.loads((home / "sessions" / f"{name}.json").read_text())
    return told


def sandbox_of(family: list[psutil.Process]) -> psutil.Process:
    """The outermost process of the sandbox among what a process has started."""
    return next(process for process in family if process.name() == "bwrap")


def ended(family: list[psutil.Process]) -> bool:
    """Whether all of them end in time, and somebody has waited for each."""
    return until(lambda: not any(process.is_running() for process in family))


def left_of(home: Path) -> list[str]:
    """Records, scratch folders, processes and mounts of sessions."""
    left = [path.name for path in home.glob("sessions/*")]
    left += [path.name for path in (home / "tmp").glob("lab-*") if path.is_dir()]
    return left + running_of(home)


def running_of(home: Path) -> list[str]:
    """Processes and mounts of sessions and kernels, their scratch folders apart."""
    left = []
    for process in psutil.process_iter(["cmdline"]):
        words = " ".join(process.info["cmdline"] or ())
        sandbox = "bwrap" in words and os.fspath(home) in words
        if sandbox or ("kernelspec run" in words and _home_of(process) == os.fspath(home)):
            left.append(words[:200])
    mounts = Path("/proc/self/mounts").read_text().splitlines()
    return left + [line for line in mounts if os.fspath(home) in line]


def _home_of(process: psutil.Process) -> str | None:
    try:
        return process.environ().get("KAGURA_HOME")
    except psutil.Error:
        return None


def until(is_so: Callable[[], bool], seconds: float = 30.0) -> bool:
    """Wait until something is so; False if it is not in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if is_so():
            return True
        time.sleep(0.05)
    return False
