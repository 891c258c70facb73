"""The kernel provisioner ``kagura`` of ``jupyter_client``: for a Jupyter in our own environment.

It runs the command of the installed ``kernel.json``, as every Jupyter does without it.  Beyond
that it waits while an environment is built, however long that takes; an error of ours is one that
the Lab shows; there are sockets beside the connection file instead of ports; and there is more
time to clear up.
"""

from __future__ import annotations

import asyncio
import json
import os
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

__all__ = ["KaguraProvisioner"]

# In seconds; half of it is for the kernel, the other for throwing its scratch away.
SHUTDOWN = 10.0
# A socket's address has 107 bytes; a dash and a number come behind this.
LONGEST = 100


class KaguraProvisioner(LocalProvisioner):
    """Starts kernels in throw-away sandboxes."""

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Choose sockets, not ports, if it is left to us."""
        manager = self.parent
        if manager is not None and manager.transport == "tcp" and not any(manager.ports):
            place = f"{os.path.splitext(manager.connection_file)[0]}-ipc"
            if os.path.isabs(place) and len(os.fsencode(place)) <= LONGEST:
                manager.cache_ports = False
                manager.transport, manager.ip = "ipc", place
        return await super().pre_launch(**kwargs)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start it, and wait until it is up.  Raises RuntimeError with our message if it is not."""
        heard, told = os.pipe()
        try:
            ready = ["--ready-fd", str(told)]
            info = await super().launch_kernel([*cmd, *ready], pass_fds=(told,), **kwargs)
        except BaseException:
            os.close(heard)
            raise
        finally:
            os.close(told)
        answer = await asyncio.get_running_loop().run_in_executor(None, _all_of, heard)
        if answer.get("ready"):
            return info
        await self.wait()
        hint = answer.get("hint")
        raise RuntimeError(
            f"kagura: {answer.get('error', 'the kernel could not be started')}"
            + (f" (hint: {hint})" if hint else "")
        )

    def get_shutdown_wait_time(self, recommended: float = 5.0) -> float:
        """How long it is waited before everything is killed, in seconds."""
        return max(recommended, SHUTDOWN)


def _all_of(pipe: int) -> dict[str, Any]:
    with os.fdopen(pipe, encoding="utf-8") as file:
        text = file.read()
    answer: dict[str, Any] = json.loads(text) if text else {}
    return answer
