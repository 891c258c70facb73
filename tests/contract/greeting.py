"""A service of the host, and what asks inside a sandbox whether it is reached."""

from __future__ import annotations

import contextlib
import socket
import threading
from pathlib import Path

ASK = """
import socket, sys
for address, port in {places!r}:
    try:
        with socket.create_connection((address, port), 5) as there:
            print(address, port, there.recv(9).decode())
    except OSError as error:
        print(address, port, 'shut')
"""


class Greeter:
    """A service of the host; it greets whoever comes."""

    def __init__(self, address: str) -> None:
        self._listener = socket.create_server((address, 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                caller, _ = self._listener.accept()
                with caller:
                    caller.sendall(b"host")

    def close(self) -> None:
        self._listener.close()


def gateway() -> str:
    """The address of the host's gateway, by which pasta reaches the host if it is let."""
    for line in Path("/proc/net/route").read_text().splitlines()[1:]:
        words = line.split()
        if words[1] == "00000000":
            return socket.inet_ntoa(int(words[2], 16).to_bytes(4, "little"))
    raise AssertionError("the test needs a machine with a default route")
