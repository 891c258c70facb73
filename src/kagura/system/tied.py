"""A helper program that cannot outlive us: the kernel kills its group when our pipe closes.

``PR_SET_PDEATHSIG`` would not do: it is forgotten by a program that enters a user namespace.
"""

from __future__ import annotations

import fcntl
import os
import signal
import threading
from collections.abc import Sequence

from kagura.system.command import start

__all__ = ["Guard", "Tied"]

# What a program that lives for days may have complained of; its last words are what we want.
WORDS = 4096


class Guard:
    """Kills a sandbox's first process when we have ended, until that wants it by itself.

    Between its start and that word of its own it would else outlive us; and the signal of a closed
    pipe, as below, is nothing to it: it is the ``init`` of its namespace.  So it takes a process
    that waits for the end of a pipe.
    """

    def __init__(self, first: int) -> None:
        """Start it.  Raises MachineError."""
        theirs, self._ours = os.pipe()
        nowhere = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
        code = 'read -r _; kill -9 "$0"'
        try:
            argv = ["/bin/sh", "-c", code, str(first)]
            self._process = start(argv, environment={}, streams=(theirs, nowhere, nowhere))
        except BaseException:
            os.close(self._ours)
            raise
        finally:
            os.close(theirs)
            os.close(nowhere)

    def kill(self) -> None:
        """It is not needed any more; harmless when it is not there."""
        if self._ours < 0:
            return
        self._process.kill()
        self._process.wait()
        os.close(self._ours)
        self._ours = -1


class Tied:
    """A running helper; killed when it is no longer wanted, or when this process has ended."""

    def __init__(self, argv: Sequence[str], *, group: int, guard: Guard) -> None:
        """Start it in a process group of ours, which ends with us as a whole.

        It takes the sandbox's ``guard`` over, which ends with it.

        Raises MachineError if it can't be started.
        """
        self._guard = guard
        self._complaints = os.memfd_create("complaints", os.MFD_CLOEXEC)
        theirs, self._ours = os.pipe()
        nowhere = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
        try:
            # It will hold the reading end as its stdin.  A pipe that has lost its writer tells its
            # owner so by a signal, and which one it is can be chosen.  The owner is a group, not
            # the helper, so that all is set before there is a helper.
            fcntl.fcntl(theirs, fcntl.F_SETOWN, -group)
            fcntl.fcntl(theirs, fcntl.F_SETSIG, signal.SIGKILL)
            flags = fcntl.fcntl(theirs, fcntl.F_GETFL)
            fcntl.fcntl(theirs, fcntl.F_SETFL, flags | os.O_ASYNC)
            streams = (theirs, nowhere, self._complaints)
            self._process = start(argv, environment={}, group=group, streams=streams)
        except BaseException:
            os.close(self._ours)
            os.close(self._complaints)
            raise
        finally:
            os.close(theirs)
            os.close(nowhere)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def has_ended(self) -> bool:
        """Whether it runs no more."""
        return self._process.poll() is not None

    def last_words(self) -> str:
        """The last line that it complained with; empty if there is none."""
        size = os.fstat(self._complaints).st_size
        text = os.pread(self._complaints, WORDS, max(0, size - WORDS)).decode(errors="replace")
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        # Where there is no system log, pasta tells that of every line.
        spoken = [line for line in lines if "to syslog" not in line]
        return spoken[-1] if spoken else ""

    def kill(self) -> None:
        """End it; harmless when it has ended."""
        if self._ours < 0:
            return
        self._guard.kill()
        self._process.kill()
        # It ends for certain, but the kernel takes 40 ms to remove its device.
        threading.Thread(target=self._process.wait, daemon=True).start()
        os.close(self._ours)
        os.close(self._complaints)
        self._ours = -1
