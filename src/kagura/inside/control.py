"""What the host asks for: ``stop`` on standard input, or its end when the host is gone."""

from __future__ import annotations

import os
import sys
import threading

__all__ = ["Control"]


class Control:
    """Listens in the background.  ``stopped`` is set once the host wants an end."""

    def __init__(self) -> None:
        self.stopped = threading.Event()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        for line in sys.stdin:
            if line.strip() == "stop":
                self.stopped.set()
        # Nobody is there to read a report: end at once, and with us all that runs in here.
        os._exit(3)
