"""A terminal of its own for a program, joined to the user's: keys go in, what it draws comes out.

The program never holds the user's terminal itself, so it cannot type into it (TIOCSTI), and what
it leaves it in does not matter: the user's own settings are restored.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import signal
import termios
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

__all__ = ["OwnTerminal", "own_terminal"]

CHUNK = 65536


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTerminal:
    """A pair of pseudo-terminal ends: ``inner`` is the program's, ``outer`` ours."""

    outer: int
    inner: int

    def join(self) -> None:
        """Pass on what either side says, until the program has closed its side.

        Call it when the program has been started; from then on ``inner`` is only the program's.
        """
        os.close(self.inner)
        waiting = b""
        readable = [self.outer, 0]
        while True:
            ready, writable, _ = select.select(readable, [self.outer] if waiting else [], [])
            if writable:
                with contextlib.suppress(OSError):
                    waiting = waiting[os.write(self.outer, waiting) :]
            if 0 in ready:
                typed = _read(0)
                waiting += typed
                if not typed:
                    readable.remove(0)
            if self.outer in ready:
                drawn = _read(self.outer)
                if not drawn:
                    return
                _write_all(1, drawn)


@contextmanager
def own_terminal() -> Iterator[OwnTerminal]:
    """A new terminal with the settings and the size of the user's, which is stdin.

    The user's is raw while this lasts: Ctrl-C is a key, and the program's terminal makes a signal
    of it.
    """
    settings = termios.tcgetattr(0)
    outer, inner = os.openpty()
    before = signal.getsignal(signal.SIGWINCH)
    try:
        termios.tcsetattr(inner, termios.TCSANOW, settings)
        _copy_size(outer)
        signal.signal(signal.SIGWINCH, lambda _number, _frame: _copy_size(outer))
        tty.setraw(0)
        yield OwnTerminal(outer=outer, inner=inner)
    finally:
        signal.signal(signal.SIGWINCH, before)
        termios.tcsetattr(0, termios.TCSADRAIN, settings)
        for descriptor in (outer, inner):
            with contextlib.suppress(OSError):
                os.close(descriptor)


def _copy_size(outer: int) -> None:
    with contextlib.suppress(OSError):
        fcntl.ioctl(outer, termios.TIOCSWINSZ, fcntl.ioctl(0, termios.TIOCGWINSZ, bytes(8)))


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, CHUNK)
    except OSError:
        return b""  # EIO: the other side is gone


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]
