"""A child process: started with as little as possible, watched by a descriptor, ended for sure."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import time

__all__ = ["Child"]


class Child:
    """A process in a group of its own; stdin is empty, stdout and stderr are pipes to us.

    One that cannot be started has ended with the status 127 and has told why on its stderr.

    (``subprocess`` would do, but takes as long to import as the kernel's start can be early.)
    """

    def __init__(self, argv: list[str], variables: dict[str, str]) -> None:
        self.stdout, stdout = os.pipe()
        self.stderr, stderr = os.pipe()
        self.status: int | None = None
        self.descriptor: int | None = None
        self.pid = 0
        try:
            self.pid = _spawn(argv, variables, stdout=stdout, stderr=stderr)
        except OSError as error:
            # It ends as it would under a shell: with a word on stderr.
            os.write(stderr, f"{argv[0]}: {error.strerror}\n".encode(errors="replace"))
            self.status = 127
        os.close(stdout)
        os.close(stderr)
        if self.pid:
            with contextlib.suppress(OSError):
                # Readable once the process has ended.  Some container engines do not allow it.
                self.descriptor = os.pidfd_open(self.pid)
            _offer_to_the_memory_killer(self.pid)

    def poll(self) -> int | None:
        """The exit status, negative for a signal; None while it runs."""
        if self.status is None:
            ended, status = os.waitpid(self.pid, os.WNOHANG)
            if ended:
                self.status = os.waitstatus_to_exitcode(status)
        return self.status

    def wait(self, seconds: float) -> bool:
        """Wait for its end, at most so long; whether it has ended."""
        poller = select.poll()
        if self.descriptor is not None:
            poller.register(self.descriptor, select.POLLIN)
        until = time.monotonic() + seconds
        while self.poll() is None and time.monotonic() < until:
            left = until - time.monotonic()
            poller.poll(1000 * (min(left, 0.05) if self.descriptor is None else left) + 1)
        return self.status is not None

    def signal(self, number: int) -> None:
        """Send a signal to the whole group."""
        if self.pid:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, number)

    def kill(self) -> None:
        """End the whole group at once."""
        self.signal(signal.SIGKILL)
        self.wait(5)


def _spawn(argv: list[str], variables: dict[str, str], *, stdout: int, stderr: int) -> int:
    return os.posix_spawn(
        argv[0],
        argv,
        variables,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, stdout, 1),
            (os.POSIX_SPAWN_DUP2, stderr, 2),
        ],
        setpgroup=0,
        # What this Python, or whoever started it, ignores is not ours to pass on.
        setsigdef=[signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT, signal.SIGQUIT],
    )


def _offer_to_the_memory_killer(process: int) -> None:
    # When memory runs out, the notebook goes before us, so that we can tell of it.
    try:
        with open(f"/proc/{process}/oom_score_adj", "w", encoding="ascii") as file:
            file.write("500")
    except OSError:
        return
