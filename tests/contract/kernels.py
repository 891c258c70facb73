"""Clients of kernels, as consoles and notebooks are: by jupyter_client, over its five channels."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from commands import kagura
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager
from living import until

SECONDS = 60.0


def install(*words: str | Path, home: Path, folder: Path) -> str:
    """Install a kernel; its name."""
    answer = kagura("kernelspec", "install", "--quiet", *words, home=home, folder=folder)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout.split()[1]


def ours() -> psutil.Process:
    """The process of the one kernel that runs."""
    (found,) = (
        process
        for process in psutil.process_iter(["cmdline"])
        if "kernelspec run" in " ".join(process.info["cmdline"] or ())
    )
    return found


def said(client: BlockingKernelClient, code: str) -> str:
    """What a cell prints, and the name of its error at the end if it fails."""
    told = ""

    def hear(message: dict[str, Any]) -> None:
        nonlocal told
        content = message["content"]
        told += content.get("text", "") + content.get("ename", "")

    client.execute_interactive(code, output_hook=hear, allow_stdin=False, timeout=SECONDS)
    return told


def interrupted(
    manager: KernelManager, client: BlockingKernelClient, code: str, *, begun: Path
) -> str:
    """Interrupt a cell when it has left a file; the name of its error."""
    # Else what is sent soon after its error would be dropped by the kernel.
    number = client.execute(code, allow_stdin=False, stop_on_error=False)
    assert until(begun.exists)
    begun.unlink()
    manager.interrupt_kernel()
    while True:
        answer = client.get_shell_msg(timeout=SECONDS)
        if answer["parent_header"]["msg_id"] == number:
            return str(answer["content"]["ename"])


@contextmanager
def client_of(file: str | Path) -> Iterator[BlockingKernelClient]:
    """A client of a kernel that is there, by its connection file."""
    client = BlockingKernelClient(connection_file=os.fspath(file))
    client.load_connection_file()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=SECONDS)
        yield client
    finally:
        client.stop_channels()


@contextmanager
def kernel(
    name: str, *, folder: Path, transport: str = "tcp"
) -> Iterator[tuple[KernelManager, BlockingKernelClient]]:
    """A kernel of an installed kernelspec, started in a folder as by a Lab, and its client."""
    manager = KernelManager(kernel_name=name, transport=transport)
    # As servers have it: a file of their own choice.
    runtime = Path(os.environ["JUPYTER_RUNTIME_DIR"])
    manager.connection_file = os.fspath(runtime / f"kernel-{os.urandom(4).hex()}.json")
    manager.start_kernel(cwd=os.fspath(folder), env=dict(os.environ))
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=SECONDS)
        yield manager, client
    finally:
        client.stop_channels()
        manager.shutdown_kernel()


def jupyter_with(uv: str, folder: Path, *packages: str) -> Path:
    """Somebody's own Jupyter: a virtual environment that knows nothing of kagura; its ``bin``."""
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, folder], check=True)
    subprocess.run(
        [uv, "pip", "install", "--quiet", "--python", folder / "bin" / "python", *packages],
        check=True,
        timeout=600,
    )
    return folder / "bin"


def scratch_of(home: Path) -> list[str]:
    """The scratch folders of kernels."""
    return [path.name for path in (home / "tmp").glob("kernel-*") if path.is_dir()]
