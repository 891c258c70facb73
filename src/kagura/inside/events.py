"""What is told to the host: JSON lines on a descriptor that nothing else can write to."""

from __future__ import annotations

import json
import os

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing is slow to import, and the kernel is not yet started
    from typing import Any

__all__ = ["Events"]


class Events:
    """The channel to the host.  It takes over the process's standard output."""

    def __init__(self) -> None:
        self._channel = os.dup(1)
        # What is printed by mistake, here or in a child, must not look like an event.
        os.dup2(2, 1)

    def tell(self, event: str, **details: Any) -> None:
        """Send one event.  A host that is gone is found out elsewhere: its end of stdin closes."""
        data = (json.dumps({"event": event, **details}) + "\n").encode()
        while data:
            try:
                data = data[os.write(self._channel, data) :]
            except BrokenPipeError:
                return
