"""Programs that cannot outlive us, by whatever end: a guard waits for it and kills their group.

``PR_SET_PDEATHSIG`` would not do: a program has it only some time after its start, and forgets it
when it enters a user namespace.  Nor would the signal of a pipe that was closed (``F_SETSIG``): it
is nothing to the first process of a process namespace.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence

from kagura.errors import MachineError
from kagura.system.command import start

__all__ = ["Guard", "Tied"]

# What a program that lives for days may have complained of; its last words are what we want.
WORDS = 4096

# It reads what it was told, then waits for the end of the pipe: ours, or of all that is ours.
SCRIPT = 'read -r other; read -r _; [ -z "$other" ] || kill -9 "$other"; kill -9 0'


class Guard:
    """Leads a process group, and kills it when this process has ended: there is no moment between.

    It is there before the first program that joins its group.
    """

    def __init__(self, *, holds: int) -> None:
        """Start it.  ``holds`` is a descriptor that it holds open too, so as to be the last to.

        Raises MachineError.
        """
        self._ending = threading.Lock()
        theirs, self._ours = os.pipe()
        nowhere = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
        try:
            argv = ["/bin/sh", "-c", SCRIPT]
            self._process = start(argv, environment={}, streams=(theirs, holds, nowhere))
        except BaseException:
            os.close(self._ours)
            raise
        finally:
            os.close(theirs)
            os.close(nowhere)

    @property
    def group(self) -> int:
        """The id of the group that it kills."""
        return self._process.pid

    def kills_too(self, process: int) -> None:
        """Tell it once of a process that may leave the group; such a one is killed first.

        Raises MachineError if the guard is there no more.
        """
        try:
            os.write(self._ours, b"%d\n" % process)
        except BrokenPipeError as error:
            raise MachineError("the guard of a sandbox was killed while it started") from error

    def kill_all(self) -> None:
        """Have it do now what it is for."""
        with self._ending:
            if self._ours >= 0:
                os.close(self._ours)
                self._ours = -1
                self._process.wait()

    def dismiss(self) -> None:
        """It is not needed any more; harmless when it is not there, and from any thread."""
        with self._ending:
            if self._ours < 0:
                return
            self._process.kill()
            self._process.wait()
            os.close(self._ours)
            self._ours = -1


class Tied:
    """A running helper in a guard's group; killed when it is no longer wanted, too."""

    def __init__(self, argv: Sequence[str], *, guard: Guard) -> None:
        """Start it.  Raises MachineError if it can't be started."""
        self._ending = threading.Lock()
        self._complaints = os.memfd_create("complaints", os.MFD_CLOEXEC)
        nowhere = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
        try:
            streams = (nowhere, nowhere, self._complaints)
            self._process = start(argv, environment={}, group=guard.group, streams=streams)
        except BaseException:
            os.close(self._complaints)
            raise
        finally:
            os.close(nowhere)

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
        """End it; harmless when it has ended, and from any thread."""
        with self._ending:
            if self._complaints < 0:
                return
            self._process.kill()
            # It ends for certain, but the kernel takes 40 ms to remove its device.
            threading.Thread(target=self._process.wait, daemon=True).start()
            os.close(self._complaints)
            self._complaints = -1
