"""How this process's memory is used again."""

from __future__ import annotations

import ctypes
from contextlib import suppress

__all__ = ["keep_freed_memory"]

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
