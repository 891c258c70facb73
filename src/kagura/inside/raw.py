"""What a process prints past any protocol: read from its pipe, written to the log."""

from __future__ import annotations

import codecs
import os
from collections.abc import Callable

__all__ = ["RawStream"]

CHUNK = 64 * 1024
TAIL = 8 * 1024


class RawStream:
    """One pipe.  ``sink`` gets its name and text, whole lines where they are not too long."""

    def __init__(self, descriptor: int, *, name: str, sink: Callable[[str, str], None]) -> None:
        self.descriptor = descriptor
        self.tail = ""
        self._name = name
        self._sink = sink
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._unfinished = ""

    def read(self) -> bool:
        """Take what there is; False at the end."""
        data = os.read(self.descriptor, CHUNK)
        text = self._unfinished + self._decoder.decode(data, final=not data)
        end = len(text) if not data or len(text) > CHUNK else text.rfind("\n") + 1
        self._pass_on(text[:end])
        self._unfinished = text[end:]
        return bool(data)

    def flush(self) -> None:
        """Pass on the beginning of a line whose end will not come."""
        self._pass_on(self._unfinished)
        self._unfinished = ""

    def _pass_on(self, text: str) -> None:
        if text:
            self.tail = (self.tail + text)[-TAIL:]
            self._sink(self._name, text)
