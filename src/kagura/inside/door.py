"""The main process of a session: the Lab's server, and a door for commands of the host.

Started as ``PYTHON -I -S door.py SOCKET -- SERVER…``; it ends when the server does.  Who connects
to SOCKET sends an object of JSON with three open files (the command's stdin, stdout, stderr):

command    its words
kind       ``terminal`` (stdin is one, and becomes its own) or ``streams``
directory  where it starts
variables  added to its environment

then numbers of signals, a byte each, as they come; it gets the exit status as a line.  When who
connected goes away, the command ends.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading

ATTEND = os.path.join(os.path.dirname(os.path.abspath(__file__)), "attend.py")
LONGEST = 1 << 20


def main() -> None:
    """Start the server, open the door, end as the server does."""
    place, _, *command = sys.argv[1:]
    with contextlib.suppress(FileNotFoundError):
        os.unlink(place)
    # An interrupt for a kernel (`kagura exec -- pkill -INT -f ipykernel`) is no end of the session.
    signal.signal(signal.SIGINT, lambda _number, _frame: None)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(place)
    listener.listen()
    server = subprocess.Popen(command)
    threading.Thread(target=admit, args=(listener,), daemon=True).start()
    status = server.wait()
    # What is still at work (commands, what kernels left) ends with the sandbox.
    os._exit(status if status >= 0 else 128 - status)


def admit(listener: socket.socket) -> None:
    """Let everybody in who knocks, each on a thread of their own."""
    while True:
        visitor, _ = listener.accept()
        threading.Thread(target=serve, args=(visitor,), daemon=True).start()


def serve(visitor: socket.socket) -> None:
    """Run one command for a visitor."""
    with visitor, contextlib.suppress(OSError):
        message, files, _, _ = socket.recv_fds(visitor, LONGEST, 3)
        try:
            request = json.loads(message)
            process = subprocess.Popen(
                [sys.executable, "-I", "-S", ATTEND, request["kind"], *request["command"]],
                stdin=files[0],
                stdout=files[1],
                stderr=files[2],
                cwd=request["directory"],
                env=os.environ | request["variables"],
            )
        finally:
            for number in files:
                os.close(number)
        threading.Thread(target=hand_on, args=(visitor, process), daemon=True).start()
        status = process.wait()
        visitor.sendall(b"%d\n" % (status if status >= 0 else 128 - status))


def hand_on(visitor: socket.socket, process: subprocess.Popen[bytes]) -> None:
    """Give the command the signals that its visitor sends; its end, when the visitor goes."""
    while process.poll() is None:
        try:
            told = visitor.recv(1)
        except OSError:
            told = b""
        number = told[0] if told else signal.SIGHUP
        with contextlib.suppress(ProcessLookupError):
            try:
                os.killpg(process.pid, number)
            except ProcessLookupError:
                os.kill(process.pid, number)  # it leads no group yet
        if not told:
            return


if __name__ == "__main__":
    main()
