"""Installed kernels and kills of anything: nothing is left of them."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
from commands import ERA
from kernels import install, kernel, ours, said, scratch_of
from living import ended, running_of, sandbox_of, until


@pytest.mark.parametrize("what", ["ours", "sandbox"])
def test_a_killed_kernel_leaves_nothing(folder: Path, home: Path, what: str) -> None:
    name = install("--base", ERA, home=home, folder=folder)
    with kernel(name, folder=folder) as (manager, client):
        said(client, "import subprocess; subprocess.Popen(['sleep', '1000'])")
        tree = ours().children(recursive=True)
        (ours() if what == "ours" else sandbox_of(tree)).send_signal(signal.SIGKILL)
        assert until(lambda: not manager.is_alive())
        assert ended(tree)
        # As a Lab does by itself.
        manager.restart_kernel(now=True)
        client.wait_for_ready(timeout=60)
        assert said(client, "print(2)") == "2\n"
    assert running_of(home) == []
    assert scratch_of(home) == []


CLIENT = """
import sys, time
from jupyter_client.manager import KernelManager
manager = KernelManager(kernel_name=sys.argv[1])
manager.start_kernel()
client = manager.client()
client.start_channels()
client.wait_for_ready(timeout=60)
client.execute("import signal; [signal.signal(n, signal.SIG_IGN) for n in (1, 2, 15)]")
client.execute("open('begun', 'w').close()\\nwhile True: pass")
time.sleep(1000)
"""


def test_a_kernel_that_hangs_ends_with_its_killed_client(folder: Path, home: Path) -> None:
    name = install("--base", ERA, home=home, folder=folder)
    client = subprocess.Popen([sys.executable, "-c", CLIENT, name], cwd=folder)
    try:
        assert until((folder / "begun").exists)
        tree = [ours(), *ours().children(recursive=True)]
    finally:
        client.kill()
        client.wait()
    assert ended(tree)
    assert running_of(home) == []
    assert scratch_of(home) == []
