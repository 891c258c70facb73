"""A kernel as a child process, and its messages over zmq: the little of the protocol we need.

https://jupyter-client.readthedocs.io/en/stable/messaging.html
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import subprocess
import tempfile
import uuid
from datetime import UTC, datetime
from typing import Any

CHANNELS = {"shell": 1, "iopub": 2, "stdin": 3, "control": 4, "hb": 5}
DELIMITER = b"<IDS|MSG>"


class Kernel:
    """Starts the kernel at once, before anything else is imported; connects later."""

    def __init__(self, python: str, *, directory: str, log: Any) -> None:
        self.folder = tempfile.mkdtemp(prefix="kernel-")
        self.key = uuid.uuid4().hex
        ports = {f"{name}_port": port for name, port in CHANNELS.items()}
        connection = {
            **ports,
            "transport": "ipc",
            "ip": f"{self.folder}/k",
            "key": self.key,
            "signature_scheme": "hmac-sha256",
            "kernel_name": "python3",
        }
        path = f"{self.folder}/connection.json"
        with open(path, "w", encoding="utf-8") as file:
            json.dump(connection, file)
        self.process = subprocess.Popen(
            [python, "-m", "ipykernel_launcher", "-f", path, "--HistoryManager.enabled=False"],
            cwd=directory,
            env=os.environ | {"JPY_PARENT_PID": str(os.getpid())},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            process_group=0,
        )
        _offer_to_the_memory_killer(self.process.pid)
        self.session = uuid.uuid4().hex

    def connect(self) -> None:
        """Open the channels; the kernel may still be starting."""
        import zmq

        self.zmq = zmq
        self.context = zmq.Context()
        self.shell = self.context.socket(zmq.DEALER)
        self.iopub = self.context.socket(zmq.SUB)
        for socket, channel in ((self.shell, "shell"), (self.iopub, "iopub")):
            socket.linger = 0
            socket.rcvhwm = 0
            socket.connect(f"ipc://{self.folder}/k-{CHANNELS[channel]}")
        self.iopub.setsockopt(zmq.SUBSCRIBE, b"")
        self.poller = zmq.Poller()
        self.poller.register(self.shell, zmq.POLLIN)
        self.poller.register(self.iopub, zmq.POLLIN)

    def send(self, kind: str, content: dict[str, Any]) -> str:
        """Send a request on the shell channel; its message id."""
        number = uuid.uuid4().hex
        header = {
            "msg_id": number,
            "msg_type": kind,
            "session": self.session,
            "username": "root",
            "version": "5.3",
            "date": datetime.now(UTC).isoformat(),
        }
        parts = [json.dumps(part).encode() for part in (header, {}, {}, content)]
        self.shell.send_multipart([DELIMITER, self._sign(parts), *parts])
        return number

    def receive(self, seconds: float) -> list[tuple[str, dict[str, Any]]]:
        """Messages that have come, as pairs of channel and message; none after ``seconds``."""
        ready = dict(self.poller.poll(int(seconds * 1000)))
        found = []
        # The reply is only taken when there is nothing to read on iopub: outputs come first.
        for name, socket in (("iopub", self.iopub), ("shell", self.shell)):
            if socket in ready:
                found.append((name, self._parse(socket.recv_multipart())))
        return found

    def _parse(self, frames: list[bytes]) -> dict[str, Any]:
        start = frames.index(DELIMITER)
        parts = frames[start + 2 : start + 6]
        if not hmac.compare_digest(self._sign(parts), frames[start + 1]):
            return {"header": {}, "parent_header": {}, "content": {}}
        header, parent, metadata, content = (json.loads(part) for part in parts)
        return {"header": header, "parent_header": parent, "metadata": metadata, "content": content}

    def _sign(self, parts: list[bytes]) -> bytes:
        return hmac.new(self.key.encode(), b"".join(parts), hashlib.sha256).hexdigest().encode()


def _offer_to_the_memory_killer(process: int) -> None:
    # When memory runs out, the kernel goes before us, and we can tell of it.
    path = f"/proc/{process}/oom_score_adj"
    with contextlib.suppress(OSError), open(path, "w", encoding="ascii") as file:
        file.write("500")
