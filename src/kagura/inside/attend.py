"""Becomes the user's command: started as ``PYTHON -I -S attend.py terminal|streams COMMAND…``.

With ``terminal``, stdin is a terminal that becomes the session's own, so that Ctrl-C, job control
and full-screen programs work.  A command that is not there has a shell's exit status.
"""

from __future__ import annotations

import fcntl
import os
import signal
import sys
import termios

NOT_FOUND = 127
NOT_RUNNABLE = 126


def main() -> None:
    """Take the terminal, put right what this Python changed, and be replaced by the command."""
    kind, command = sys.argv[1], sys.argv[2:]
    # A session of its own: what the host's user sends (Ctrl-C) is for it and its children alone.
    os.setsid()
    if kind == "terminal":
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    # Ignored signals stay ignored in what is started: `kagura exec … | head` would never end.
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    try:
        os.execvp(command[0], command)  # noqa: S606
    except FileNotFoundError:
        found, status = "there is no such command in the sandbox", NOT_FOUND
    except OSError as error:
        found, status = error.strerror or str(error), NOT_RUNNABLE
    sys.stderr.write(f"kagura: {command[0]}: {found}\n")
    sys.exit(status)


if __name__ == "__main__":
    main()
