"""A copy of this process that goes on by itself: at work within milliseconds, nothing to load."""

from __future__ import annotations

import ctypes
import gc
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO, NoReturn

__all__ = ["Forked", "can_fork", "fork"]

# The number of an option in Linux's <sys/prctl.h>.
PR_SET_PDEATHSIG = 1

# Heard in the copy before it has rules of its own, they would end what is the first process's.
HELD_BACK = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

Work = Callable[[BinaryIO, BinaryIO], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Forked:
    """A copy that is at work: it reads what is written to ``orders``, and writes ``answers``."""

    number: int
    orders: BinaryIO
    answers: BinaryIO

    def kill(self) -> None:
        """End it, whatever it does.  To be called before ``close``, which waits for its end."""
        with suppress(ProcessLookupError):
            os.kill(self.number, signal.SIGKILL)

    def close(self) -> None:
        """End it, and forget it."""
        self.kill()
        with suppress(ChildProcessError):  # where SIGCHLD is ignored, it is forgotten by itself
            os.waitpid(self.number, 0)
        self.orders.close()
        self.answers.close()


def can_fork() -> bool:
    """Whether a copy would be whole: it has no other thread, and what one holds stays held."""
    return sys.platform == "linux" and threading.active_count() == 1


def fork(work: Work) -> Forked:
    """Start a copy that does ``work``, with what it reads and what it writes, and ends.

    It dies with this process, hears no Ctrl-C, and has no other open file of this one: neither
    its locks nor its connections.  To be called where ``can_fork`` is true.  Raises OSError.
    """
    parent = os.getpid()
    ours, theirs = _pipes()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, HELD_BACK)
    try:
        number = os.fork()
        if number == 0:
            _live(work, theirs, parent=parent, mask=before)
    except OSError:
        for end in ours:
            os.close(end)
        raise
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        for end in theirs:
            os.close(end)
    answers, orders = ours
    return Forked(
        number=number,
        orders=os.fdopen(orders, "wb", buffering=0),
        answers=os.fdopen(answers, "rb"),
    )


def _pipes() -> tuple[tuple[int, int], tuple[int, int]]:
    """Two pipes, as two pairs of ends: what each of two reads from, and what it writes to."""
    orders_in, orders_out = os.pipe()
    try:
        answers_in, answers_out = os.pipe()
    except OSError:
        os.close(orders_in)
        os.close(orders_out)
        raise
    return (answers_in, orders_out), (orders_in, answers_out)


def _live(
    work: Work, ends: tuple[int, int], *, parent: int, mask: set[signal.Signals | int]
) -> NoReturn:
    """The copy's life.  It never goes back to who called ``fork``."""
    status = 1
    try:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() == parent:
            # The parent's objects stay: one that ended would close a file that is this one's.
            gc.freeze()
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.signal(signal.SIGHUP, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            _close_all_but(ends)
            work(os.fdopen(ends[0], "rb"), os.fdopen(ends[1], "wb", buffering=0))
            status = 0
    except BaseException:  # noqa: BLE001 - nobody else hears of it
        traceback.print_exc()
    finally:
        os._exit(status)


def _close_all_but(kept: tuple[int, int]) -> None:
    first = 3
    for number in sorted(kept):
        os.closerange(first, number)
        first = number + 1
    os.closerange(first, os.sysconf("SC_OPEN_MAX"))
