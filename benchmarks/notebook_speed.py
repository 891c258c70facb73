"""A one-cell notebook and 200 trivial cells: kagura run against papermill in a host venv.

The venv has the packages of the base that kagura runs on, at the same versions, and papermill.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from measure import KAGURA, compare, seconds

ERA = "2024-10"


def notebook(path: Path, cells: list[str]) -> Path:
    document = {
        "nbformat": 4,
        "nbformat_minor": 4,
        "metadata": {
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}
        },
        "cells": [
            {
                "cell_type": "code",
                "source": source,
                "metadata": {},
                "outputs": [],
                "execution_count": None,
            }
            for source in cells
        ],
    }
    path.write_text(json.dumps(document))
    return path


def venv_like_the_base(folder: Path) -> Path:
    """A host venv with the packages of the base, and papermill; its papermill program."""
    built = subprocess.run([*KAGURA, "base", "build", ERA], check=True, capture_output=True)
    digest = built.stdout.decode().split()[0]
    show = [*KAGURA, "base", "show", digest, "--format", "json"]
    shown = subprocess.run(show, check=True, capture_output=True)
    base = json.loads(shown.stdout)
    names = [f"{item['name']}=={item['version']}" for item in base["packages"]]
    (folder / "same.txt").write_text("\n".join(names))
    uv = shutil.which("uv", path=os.fspath(Path(sys.executable).parent)) or "uv"
    python = base["python"]["executable"]
    subprocess.run([uv, "venv", "-q", "--python", python, folder / "venv"], check=True)
    install = [uv, "pip", "install", "-q", "--compile-bytecode", "--python", folder / "venv"]
    subprocess.run([*install, "--no-deps", "-r", folder / "same.txt"], check=True)
    constraints = ["-c", folder / "same.txt", "papermill"]
    subprocess.run([*install, *constraints], check=True)
    return folder / "venv" / "bin" / "papermill"


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        papermill = venv_like_the_base(folder)
        for title, cells in (
            ("one cell", ["print(1)"]),
            ("200 trivial cells", [f"x = {number}" for number in range(200)]),
        ):
            path = notebook(folder / "bench.ipynb", cells)

            def ours(path: Path = path) -> float:
                output = Path(tempfile.mkdtemp(dir=folder))
                argv = [*KAGURA, "run", path, "--base", ERA, "--quiet", "--output", output]
                return seconds(argv)

            def peer(path: Path = path) -> float:
                argv = [papermill, "-k", "python3", "--no-progress-bar", path, folder / "out.ipynb"]
                return seconds(argv)

            compare(title, ours, peer, peer_name="papermill", target=0.35)


if __name__ == "__main__":
    main()
