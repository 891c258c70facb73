"""How a run can end before its last cell, and what the host is told of it."""

from __future__ import annotations

import re
import signal
from typing import Any

__all__ = ["Failed", "MemoryKills", "death", "error", "host_asked", "never_ready", "timeout"]

COLOURS = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
# Two kills of one cell are told apart by neither; one that happened meanwhile is the likeliest.
COUNTERS = ("/proc/vmstat", "/sys/fs/cgroup/memory.events")


class Failed(Exception):  # noqa: N818 - it is how a run ends, not an error of this program
    """The run is over; ``status`` is the run's, ``details`` are those of the failure event."""

    def __init__(self, status: str, **details: Any) -> None:
        super().__init__(status)
        self.status = status
        self.details = {"cell": None, "traceback": "", **details}


class MemoryKills:
    """Tells whether the kernel of the operating system has killed for memory since it was made."""

    def __init__(self) -> None:
        self._before = _count()

    def happened(self) -> bool:
        """Whether it has."""
        return _count() > self._before


def error(*, cell: int | None, name: str, message: str, traceback: str) -> Failed:
    """A cell, or the script, raised."""
    return Failed(
        "failed",
        kind="error",
        cell=cell,
        name=name,
        message=COLOURS.sub("", message),
        traceback=COLOURS.sub("", traceback),
    )


def host_asked(*, cell: int | None) -> Failed:
    """Ctrl-C on the host."""
    return Failed(
        "interrupted",
        kind="interrupted",
        cell=cell,
        name="Interrupted",
        message="the run was interrupted",
    )


def timeout(*, cell: int | None, seconds: float) -> Failed:
    """The time for the whole run is up."""
    return Failed(
        "timeout",
        kind="timeout",
        cell=cell,
        name="Timeout",
        message=f"the run took longer than its time limit of {seconds:g} s",
    )


def never_ready(*, seconds: float, complaints: str) -> Failed:
    """The kernel's process runs, but does not answer."""
    return Failed(
        "died",
        kind="kernel died",
        name="KernelNotReady",
        message=f"the kernel did not answer within {seconds:g} s",
        traceback=complaints,
    )


def death(*, cell: int | None, status: int, kills: MemoryKills, complaints: str) -> Failed:
    """The kernel's process is gone."""
    if status == -signal.SIGKILL and kills.happened():
        return Failed(
            "died",
            kind="out of memory",
            cell=cell,
            name="OutOfMemory",
            message="the machine ran out of memory, and the kernel was killed",
            traceback=complaints,
        )
    how = f"exit status {status}" if status >= 0 else f"killed by {_name(-status)}"
    when = "" if cell is not None else " before the first cell"
    return Failed(
        "died",
        kind="kernel died",
        cell=cell,
        name="DeadKernel",
        message=f"the kernel died{when} ({how})",
        traceback=complaints,
    )


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _count() -> int:
    total = 0
    for path in COUNTERS:
        try:
            with open(path, encoding="ascii") as file:
                total += sum(int(line.split()[1]) for line in file if line.startswith("oom_kill "))
        except (OSError, ValueError):
            continue
    return total
