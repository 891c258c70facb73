"""A base from nothing but uv's warm cache of downloads, against uv making the same venv."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measure import KAGURA, machine, seconds

ERA = "2025-06"


def main() -> None:
    with tempfile.TemporaryDirectory(dir=os.environ.get("KAGURA_BENCH_DISK")) as name:
        folder = Path(name)
        home = {"KAGURA_HOME": str(folder / "home")}
        seconds([*KAGURA, "base", "build", ERA], **home)
        shown = subprocess.run(
            [*KAGURA, "base", "show", ERA, "--format", "json"],
            check=True,
            capture_output=True,
            env=os.environ | home,
        )
        base = json.loads(shown.stdout)
        seconds([*KAGURA, "clean", "--yes"], **home)  # bases and resolutions go, the downloads stay
        cold = seconds([*KAGURA, "base", "build", ERA], **home)

        names = [f"{item['name']}=={item['version']}" for item in base["packages"]]
        (folder / "same.txt").write_text("\n".join(names))
        uv = shutil.which("uv", path=os.fspath(Path(sys.executable).parent)) or "uv"
        cache = {"UV_CACHE_DIR": str(folder / "uv-cache")}
        install = [uv, "pip", "install", "-q", "--compile-bytecode", "--no-deps"]
        for attempt in ("warm-up", "timed"):
            python = base["python"]["executable"]
            started = time.perf_counter()
            seconds([uv, "venv", "-q", "--python", python, folder / attempt], **cache)
            seconds([*install, "--python", folder / attempt, "-r", folder / "same.txt"], **cache)
            peer = time.perf_counter() - started
        print(
            f"cold base of era {base['era']}: {cold:.1f} s (wanted: under 60) for "
            f"{len(names)} packages, {cold / peer:.2f} of uv installing the same versions, already "
            f"known, into a venv ({peer:.1f} s), {machine()}"
        )


if __name__ == "__main__":
    main()
