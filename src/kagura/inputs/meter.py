"""How a download goes, in words: bytes, rate, time left, files."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from threading import Lock

from kagura.progress import Progress, size_text

__all__ = ["TICK", "Meter"]

# Told at most so often, in seconds; the rate is over so many of the last.
TICK = 0.1
SPAN = 10.0


class Meter:
    """Counts what came, from all threads; what was here before is no part of the rate."""

    def __init__(
        self,
        progress: Progress,
        title: str,
        *,
        size: int,
        files: int = 0,
        here: int = 0,
        files_here: int = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._progress, self._title, self._clock = progress, title, clock
        self._size, self._files = size, files
        self._done, self._files_done = here, files_here
        self._told = clock()
        self._history = deque([(self._told, here)])
        self._lock = Lock()

    def add(self, count: int, *, files: int = 0) -> None:
        """So many bytes of the archive came, so many files are whole."""
        with self._lock:
            self._done += count
            self._files_done += files
            now = self._clock()
            is_over = 0 < self._size <= self._done
            if now - self._told < TICK and not is_over:
                return
            self._told = now
            self._history.append((now, self._done))
            while len(self._history) > 2 and self._history[0][0] < now - SPAN:
                self._history.popleft()
            # Within the lock: who draws it is asked by one thread at a time, in order.
            self._progress.update(
                "input",
                self._text(),
                done=min(self._done, self._size) if self._size else self._done,
                total=self._size,
                in_bytes=True,
            )

    def _text(self) -> str:
        # What changes comes first: a narrow terminal cuts the end off.
        (start, before), (now, done) = self._history[0], self._history[-1]
        rate = (done - before) / (now - start) if now > start else 0.0
        words = []
        if rate > 0:
            words.append(f"{size_text(int(rate))}/s")
            if self._size:
                words.append(f"{_time(max(self._size - done, 0) / rate)} left")
        if self._files > 1:
            words.append(f"{self._files_done:,} of {self._files:,} files")
        return " · ".join([*words, self._title])


def _time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes}:{rest:02}"
