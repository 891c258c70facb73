"""The kernel's process: started before anything else, because its start takes the longest."""

from __future__ import annotations

import json
import os

from .child import Child

__all__ = ["CHANNELS", "Kernel"]

CHANNELS = {"shell": 1, "iopub": 2, "stdin": 3, "control": 4, "hb": 5}


class Kernel(Child):
    """A kernel that listens on sockets in a private folder (``address``), or soon will."""

    def __init__(self, python: str) -> None:
        folder = f"/tmp/kernel-{os.urandom(8).hex()}"
        os.mkdir(folder, 0o700)
        self.key = os.urandom(32).hex()
        self.address = f"{folder}/channel"
        connection = {
            **{f"{name}_port": number for name, number in CHANNELS.items()},
            "transport": "ipc",
            "ip": self.address,
            "key": self.key,
            "signature_scheme": "hmac-sha256",
            "kernel_name": "python3",
        }
        path = f"{folder}/connection.json"
        with open(path, "w", encoding="utf-8") as file:
            json.dump(connection, file)
        boot = os.path.join(os.path.dirname(__file__), "boot.py")
        # The kernel ends by itself when its parent is gone; the history would go to a database.
        super().__init__(
            [python, boot, "-f", path, "--HistoryManager.enabled=False"],
            os.environ | {"JPY_PARENT_PID": str(os.getpid())},
        )

    def channel(self, name: str) -> str:
        """The address of one of its sockets."""
        return f"ipc://{self.address}-{CHANNELS[name]}"
