"""The run's log in Kaggle's format: a JSON array, one record a line, the comma first."""

from __future__ import annotations

import contextlib
import json
import os
import time

__all__ = ["Log"]

# As Kaggle's log has them, so that a page can hold it.
ESCAPES = (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026"))
LONGEST = 64 * 1024


class Log:
    """A log that is written as it grows, to a file without a name: nobody can take it away.

    ``complaint`` says what went wrong with it, if anything did.
    """

    def __init__(self, folder: str, started: float) -> None:
        self.complaint: str | None = None
        self._file = os.fdopen(_nameless(folder), "w+b", buffering=256 * 1024)
        self._started = started
        self._encode = json.JSONEncoder(ensure_ascii=False).encode
        self._mark = "["

    def write(self, stream: str, text: str) -> None:
        """Add text of ``stdout`` or ``stderr``; the time is seconds since the start."""
        seconds = time.monotonic() - self._started
        for start in range(0, len(text), LONGEST):
            data = self._encode(text[start : start + LONGEST])
            for character, escape in ESCAPES:
                data = data.replace(character, escape)
            record = (
                f'{self._mark}{{"stream_name":"{stream}","time":{seconds:.9f},"data":{data}}}\n'
            )
            self._mark = ","
            # Half a surrogate pair has no bytes of its own; as an escape it is valid JSON.
            self._put(record.encode("utf-8", "backslashreplace"))

    def copy_to(self, path: str) -> None:
        """Write the whole log to a path.  Raises OSError."""
        try:
            self._file.flush()
        except OSError as error:
            self.complaint = self.complaint or f"the log ends early: {error.strerror}"
        source, done = self._file.fileno(), 0
        size = os.fstat(source).st_size
        if self.complaint is not None:
            start = max(0, size - 16 * LONGEST)
            size = start + os.pread(source, size - start, start).rfind(b"\n") + 1
        with open(path, "wb", buffering=0) as target:
            while done < size:
                done += os.sendfile(target.fileno(), source, done, size - done)
            target.write(b"]\n" if size else b"[]\n")
        with contextlib.suppress(OSError):
            self._file.close()

    def _put(self, data: bytes) -> None:
        if self.complaint is None:
            try:
                self._file.write(data)
            except OSError as error:
                self.complaint = f"the log ends early: {error.strerror}"


def _nameless(folder: str) -> int:
    try:
        return os.open(folder, os.O_TMPFILE | os.O_RDWR, 0o600)
    except OSError:
        path = os.path.join(folder, f"log-{os.urandom(8).hex()}")
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        os.unlink(path)
        return descriptor
