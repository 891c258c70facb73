"""A limit of the rate at which bytes come, over all connections together."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock

__all__ = ["Pace"]


class Pace:
    """At most so many bytes a second.  Shared by all threads of a download."""

    def __init__(
        self,
        rate: int,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.rate = rate
        self._clock, self._sleep = clock, sleep
        self._free_at = clock()
        self._lock = Lock()

    def wait_for(self, count: int) -> None:
        """Wait until so many bytes more may be asked for."""
        with self._lock:
            now = self._clock()
            begin = max(now, self._free_at)
            self._free_at = begin + count / self.rate
        if begin > now:
            self._sleep(begin - now)
