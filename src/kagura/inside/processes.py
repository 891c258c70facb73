"""The other processes in the sandbox: what a notebook leaves running is ended for it."""

from __future__ import annotations

import os
import signal
import time

__all__ = ["end_all_others", "peak_memory"]

# To be gone takes a process with gigabytes of memory a moment after its kill.
SECONDS = 2.0


def end_all_others() -> None:
    """End every process of this sandbox but its first and this one; only in a sandbox."""
    if not _is_sandbox():
        return
    # One call, that no process can outrun by forking.
    try:
        os.kill(-1, signal.SIGKILL)
    except ProcessLookupError:
        return
    until = time.monotonic() + SECONDS
    while _others() and time.monotonic() < until:
        time.sleep(0.002)


def peak_memory() -> int:
    """The most memory that this process has had, in bytes; 0 where that is not known."""
    return 1024 * int(_status("/proc/self/status").get("VmHWM", "0 kB").split()[0])


def _is_sandbox() -> bool:
    """Whether we are the first process of a process namespace, or bwrap is."""
    if os.getpid() == 1:
        return True
    return _status("/proc/1/status").get("Name") == "bwrap"


def _others() -> bool:
    own = {"1", str(os.getpid())}
    return any(
        not _status(f"/proc/{name}/status").get("State", "Z").startswith(("Z", "X"))
        for name in os.listdir("/proc")
        if name.isdigit() and name not in own
    )


def _status(path: str) -> dict[str, str]:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            pairs = (line.partition(":") for line in file)
            return {name: value.strip() for name, _, value in pairs}
    except OSError:
        return {}
