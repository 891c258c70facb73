"""Memory: how this process uses its own again, and what a tree of processes takes."""

from __future__ import annotations

import ctypes
from contextlib import suppress
from pathlib import Path

from kagura.system.command import children_of

__all__ = ["keep_freed_memory", "memory_below"]

# The parameters' numbers in glibc's <malloc.h>.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
LONGEST_BUFFER, MOST_FREE = 16 << 20, 64 << 20


def keep_freed_memory() -> None:
    """Use freed buffers again, up to 64 MiB, where the C library can be told to.

    Else glibc gives each megabyte back to the kernel, and gets it again page by page, zeroed:
    half of the time of a fast download, and most of what its threads wait for each other.
    """
    with suppress(AttributeError, OSError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(M_MMAP_THRESHOLD, LONGEST_BUFFER)
        mallopt(M_TRIM_THRESHOLD, MOST_FREE)


def memory_below(number: int) -> int:
    """Bytes of memory of a process and all that it started; what they share is counted once.

    That is the sum of proportional set sizes (``proc(5)``, smaps_rollup); what may not be read
    counts nothing.
    """
    total = sum(memory_below(child) for child in children_of(number))
    with suppress(OSError, ValueError):
        for line in Path(f"/proc/{number}/smaps_rollup").read_text("ascii").splitlines():
            if line.startswith("Pss:"):
                return total + int(line.split()[1]) * 1024
    return total
