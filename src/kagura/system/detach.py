"""Going on in the background: when the work is ready, it leaves its terminal."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from types import FrameType

__all__ = ["Background", "in_background"]


class Background:
    """The background's own side: what it does when it is ready."""

    def __init__(self, ready: int) -> None:
        self._ready = ready

    def is_ready(self, text: str, *, log: Path) -> None:
        """Give the caller its last words, and let go of the terminal: from now on, to a log."""
        os.write(self._ready, text.encode())
        os.close(self._ready)
        nothing = os.open(os.devnull, os.O_RDWR)
        written = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        for number, target in enumerate((nothing, written, written)):
            os.dup2(target, number)


def in_background() -> Background | tuple[str, int]:
    """Fork: the background's side gets a ``Background``, and goes on with the work.

    The caller's side waits for it: what it said when it was ready, and 0; or nothing, and its
    exit status where it ended before that.  Ctrl-C, ``kill`` and a closing terminal are handed on
    while the caller waits.  Call it while there is one thread.
    """
    heard, ready = os.pipe()
    worker = os.fork()
    if worker == 0:
        os.close(heard)
        # Of no terminal: a closed window or Ctrl-C there is nothing to it.
        os.setsid()
        return Background(ready)
    os.close(ready)

    def hand_on(number: int, _frame: FrameType | None) -> None:
        os.kill(worker, number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, hand_on)
    with os.fdopen(heard, encoding="utf-8") as pipe:
        text = pipe.read()
    if text:
        return text, 0
    _, status = os.waitpid(worker, 0)
    code = os.waitstatus_to_exitcode(status)
    return "", code if code >= 0 else 128 - code
