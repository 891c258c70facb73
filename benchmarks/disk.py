"""Ten notebooks of one era with different extra packages: kagura's store against ten uv venvs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from measure import KAGURA, seconds
from notebook_speed import notebook

from kagura.system.disk import tree_size

ERA = "2024-10"
EXTRAS = (
    "optuna",
    "imblearn",
    "category_encoders",
    "mlxtend",
    "missingno",
    "haversine",
    "emoji",
    "lime",
    "textblob",
    "squarify",
)


def main() -> None:
    with tempfile.TemporaryDirectory(dir=os.environ.get("KAGURA_BENCH_DISK")) as name:
        folder = Path(name)
        home = folder / "home"
        lists = []
        for extra in EXTRAS:
            path = notebook(folder / f"{extra}.ipynb", [f"import pandas, {extra}"])
            run = [*KAGURA, "run", path, "--base", ERA, "--format", "json"]
            answer = subprocess.run(
                [*map(os.fspath, run), "--output", folder / "runs" / extra],
                env=os.environ | {"KAGURA_HOME": str(home)},
                capture_output=True,
                check=True,
            )
            report = json.loads(answer.stdout)
            packages = [*report["base"]["packages"], *(report["layer"] or {}).get("added", [])]
            lists.append([f"{item['name']}=={item['version']}" for item in packages])
        python = json.loads(
            subprocess.run(
                [*KAGURA, "base", "show", ERA, "--format", "json"],
                env=os.environ | {"KAGURA_HOME": str(home)},
                capture_output=True,
                check=True,
            ).stdout
        )["python"]["executable"]
        thin, ours = tree_size(home / "layers"), tree_size(home)
        uv = shutil.which("uv", path=os.fspath(Path(sys.executable).parent)) or "uv"
        sizes = {}
        for mode in ("copy", "hardlink"):
            venvs = folder / mode / "venvs"
            for extra, names in zip(EXTRAS, lists, strict=True):
                wanted = folder / "same.txt"
                wanted.write_text("\n".join(names))
                target = venvs / extra
                cache = {"UV_CACHE_DIR": str(folder / mode / "cache"), "UV_LINK_MODE": mode}
                seconds([uv, "venv", "-q", "--python", python, target], **cache)
                install = [uv, "pip", "install", "-q", "--no-deps", "--compile-bytecode"]
                seconds([*install, "--python", target, "-r", wanted], **cache)
            # The cache of downloads is counted on both sides: hard links share its files.
            sizes[mode] = tree_size(venvs.parent)
        print(
            f"disk, ten notebooks with an extra package each: {ours / 1e6:.0f} MB (of that, the "
            f"ten layers {thin / 1e6:.0f} MB), {ours / sizes['copy']:.2f} of ten uv venvs with "
            f"copied files ({sizes['copy'] / 1e6:.0f} MB), {ours / sizes['hardlink']:.2f} of ten "
            f"with hard links ({sizes['hardlink'] / 1e6:.0f} MB); caches counted on both sides"
        )


if __name__ == "__main__":
    main()
