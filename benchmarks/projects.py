"""`kagura add` over a built base, and `kagura sync` with nothing to do, each against uv."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from measure import KAGURA, compare, seconds

ERA = "2025-06"
PACKAGE = "humanize"


def told(argv: Sequence[str], home: dict[str, str]) -> Any:
    """What a command of kagura's says as JSON."""
    answer = subprocess.run(
        [*KAGURA, *argv, "--format", "json"], check=True, capture_output=True, env=os.environ | home
    )
    return json.loads(answer.stdout)


def main() -> None:
    uv = shutil.which("uv", path=os.fspath(Path(sys.executable).parent)) or "uv"
    with tempfile.TemporaryDirectory(dir=os.environ.get("KAGURA_BENCH_DISK")) as name:
        folder = Path(name)
        store = Path(os.environ.get("KAGURA_BENCH_HOME", folder / "home"))
        home = {"KAGURA_HOME": os.fspath(store)}
        seconds([*KAGURA, "base", "build", ERA], **home)
        base = told(["base", "show", ERA], home)
        names = [f"{item['name']}=={item['version']}" for item in base["packages"]]
        (folder / "all.txt").write_text("\n".join([*names, PACKAGE]))
        project, venv = folder / "project", folder / "venv"
        project.mkdir()
        os.chdir(project)

        def add() -> float:
            for file in project.glob("kagura.*"):
                file.unlink()
            seconds([*KAGURA, "init", "--base", ERA], **home)
            taken = seconds([*KAGURA, "add", PACKAGE], **home)
            # The next one has to build it again.
            layer = str(told(["sync"], home)["layer"]).removeprefix("sha256:")
            shutil.rmtree(store / "layers" / layer)
            return taken

        def install() -> float:
            cache = {"UV_CACHE_DIR": os.fspath(folder / "uv-cache")}
            python = base["python"]["executable"]
            seconds([uv, "venv", "-q", "--clear", "--python", python, venv], **cache)
            return seconds(
                [uv, "pip", "install", "-q", "--python", venv, "-r", folder / "all.txt"], **cache
            )

        compare(
            f"kagura add {PACKAGE} over a built base of {len(names)} packages",
            add,
            install,
            peer_name="uv pip install of all these into a fresh venv, its cache warm",
            target=0.5,
            pairs=5,
        )
        seconds([*KAGURA, "add", PACKAGE], **home)
        compare(
            "kagura sync with nothing to do",
            lambda: seconds([*KAGURA, "sync"], **home),
            lambda: seconds([uv, "pip", "list", "--python", venv]),
            peer_name="uv pip list of the same packages in a venv",
            target=None,
        )


if __name__ == "__main__":
    main()
