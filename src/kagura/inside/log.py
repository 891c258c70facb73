"""The run's log in Kaggle's format: a JSON array, one record a line, the comma first."""

from __future__ import annotations

import json
import os
import threading
import time

__all__ = ["Log"]

# As Kaggle's log has them.
ESCAPES = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})


class Log:
    """A log that is written as it grows, to a file that the notebook cannot take away."""

    def __init__(self, descriptor: int, started: float) -> None:
        self._file = os.fdopen(descriptor, "w+", encoding="utf-8")
        self._started = started
        self._first = True
        self._lock = threading.Lock()

    def write(self, stream: str, text: str) -> None:
        """Add a record: ``stream`` is stdout or stderr; the time is seconds since the start."""
        record = {
            "stream_name": stream,
            "time": round(time.monotonic() - self._started, 9),
            "data": text,
        }
        line = json.dumps(record, ensure_ascii=False, separators=(",", ":")).translate(ESCAPES)
        with self._lock:
            self._file.write(("[" if self._first else ",") + line + "\n")
            self._first = False

    def copy_to(self, path: str) -> None:
        """Write the whole log to a path."""
        with self._lock:
            self._file.write("[]\n" if self._first else "]\n")
            self._file.flush()
            self._file.seek(0)
            with open(path, "w", encoding="utf-8") as target:
                while chunk := self._file.read(1 << 20):
                    target.write(chunk)
