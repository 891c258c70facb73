"""From ``kagura up`` to the first executed cell, against ``jupyter lab`` in a host venv.

The venv has ipykernel, and JupyterLab with the extensions that kagura's Lab has.  Then: a reset to
the next executed cell.
"""

from __future__ import annotations

import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
from pathlib import Path

from measure import KAGURA, compare, machine

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "contract"))
from labs import LabClient

from kagura.env.lab import REQUIREMENTS

ERA = "2024-10"
TOKEN = "benchmark"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def first_cell(lab: LabClient) -> None:
    assert lab.execute("print(1)") == "1\n"


def kagura(folder: Path, *words: str) -> str:
    argv = [*KAGURA, *words]
    return subprocess.run(argv, cwd=folder, check=True, capture_output=True, text=True).stdout


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        uv = Path(sys.executable).parent / "uv"
        subprocess.run([uv, "venv", "-q", "--python", sys.executable, folder / "venv"], check=True)
        install = [uv, "pip", "install", "-q", "--compile-bytecode", "--python", folder / "venv"]
        subprocess.run([*install, "ipykernel", *REQUIREMENTS], check=True)
        programs = folder / "venv" / "bin"
        work = folder / "work"
        work.mkdir()
        resets: list[float] = []

        def ours() -> float:
            started = time.perf_counter()
            url = json.loads(kagura(work, "up", "--base", ERA, "--format", "json"))["url"]
            first_cell(LabClient(url))
            taken = time.perf_counter() - started
            started = time.perf_counter()
            kagura(work, "reset")
            first_cell(LabClient(url))
            resets.append(time.perf_counter() - started)
            kagura(work, "down")
            return taken

        def peer() -> float:
            port = free_port()
            lab = LabClient(f"http://127.0.0.1:{port}/lab?token={TOKEN}")
            started = time.perf_counter()
            argv = [programs / "jupyter-lab", "--no-browser", "--allow-root", f"--port={port}"]
            process = subprocess.Popen(
                [*argv, f"--IdentityProvider.token={TOKEN}"],
                cwd=work,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=os.environ | {"HOME": name},
            )
            try:
                while True:
                    try:
                        lab.ask("/api")
                        break
                    except urllib.error.URLError:
                        assert process.poll() is None, "jupyter lab ended"
                        time.sleep(0.02)
                first_cell(lab)
                return time.perf_counter() - started
            finally:
                process.terminate()
                process.wait()

        compare("a first cell in the Lab", ours, peer, peer_name="jupyter lab", target=0.6)
        print(f"reset to the next cell: {statistics.median(resets):.2f} s (wanted: 2), {machine()}")


if __name__ == "__main__":
    main()
