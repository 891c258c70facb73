"""Ten projects over one base with different packages: bytes on disk against ten uv venvs.

uv's cache of downloads is counted on neither side.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from measure import KAGURA, seconds

from kagura.project.lockfile import read_lock
from kagura.system.disk import measure, together

BASE = os.environ.get("KAGURA_BENCH_BASE", "2023-07")
PACKAGES = (
    "emoji",
    "haversine",
    "squarify",
    "missingno",
    "textblob",
    "unidecode",
    "mlxtend",
    "imbalanced-learn",
    "pyod",
    "geopy",
)


def main() -> None:
    with tempfile.TemporaryDirectory(dir=os.environ.get("KAGURA_BENCH_DISK")) as name:
        folder = Path(name)
        home = store(folder)
        projects = [folder / package for package in PACKAGES]
        for project, package in zip(projects, PACKAGES, strict=True):
            project.mkdir()
            inside(project, home, "init", "--base", BASE)
            inside(project, home, "add", package)
        disk(folder, projects, home)


def store(folder: Path) -> Path:
    """A store of this benchmark's own; with the bases of another by links, if one is named."""
    home = folder / "home"
    home.mkdir()
    given = os.environ.get("KAGURA_BENCH_STORE")
    for part in ("bases", "resolved", "cache") if given else ():
        subprocess.run(["cp", "-al", Path(str(given), part), home / part], check=True)
    return home


def inside(project: Path, home: Path, *arguments: str) -> str:
    """The answer of a command in a project."""
    answer = subprocess.run(
        [*KAGURA, *arguments],
        cwd=project,
        env=os.environ | {"KAGURA_HOME": str(home)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode != 0:
        sys.exit(f"{arguments} failed:\n{answer.stderr}")
    return answer.stdout


def disk(folder: Path, projects: list[Path], home: Path) -> None:
    ledger = json.loads(inside(projects[0], home, "du", "--format", "json"))
    here = [str(project) for project in projects]
    used = [item for item in ledger["objects"] if set(item["projects"]) & set(here)]
    folders = [home / item["kind"] / item["digest"].removeprefix("sha256:") for item in used]
    ours = together(map(measure, folders)).size
    told = subprocess.run(
        ["du", "-sc", "--block-size=1", *folders], capture_output=True, text=True, check=True
    )
    by_du = int(told.stdout.splitlines()[-1].split()[0])
    sizes = {mode: venvs(folder / mode, projects, home, mode) for mode in ("copy", "hardlink")}
    print(
        f"disk, ten projects over one base: {ours / 1e6:.0f} MB ({ours / by_du:.3f} of what du "
        f"says), {ours / sizes['copy']:.2f} of ten uv venvs with copied files "
        f"({sizes['copy'] / 1e6:.0f} MB), {ours / sizes['hardlink']:.2f} of ten with hard links "
        f"({sizes['hardlink'] / 1e6:.0f} MB)"
    )


def venvs(folder: Path, projects: list[Path], home: Path, mode: str) -> int:
    """What ten venvs with the same packages take, a file that several link to counted once."""
    folder.mkdir()
    found = []
    for project in projects:
        made = venv(folder / project.name, project, home, mode)
        found.append(measure(made))
        # One at a time: a file that others link to is in the cache all the while.
        shutil.rmtree(made)
    return together(found).size


def venv(target: Path, project: Path, home: Path, mode: str) -> Path:
    cache = {"UV_CACHE_DIR": str(home / "cache" / "uv"), "UV_LINK_MODE": mode}
    seconds([uv(), "venv", "-q", "--python", python_of(project), target], **cache)
    install = [uv(), "pip", "install", "-q", "--no-deps", "--compile-bytecode"]
    seconds([*install, "--python", target, "-r", wanted(target, project, home)], **cache)
    return target


def wanted(target: Path, project: Path, home: Path) -> Path:
    """A project's packages, base and all, as a requirements file."""
    path = target.with_suffix(".txt")
    path.write_text(inside(project, home, "export", "requirements", "--whole"))
    return path


def python_of(project: Path) -> str:
    base = read_lock(project).base
    return base.python if base else "3.12"


def uv() -> str:
    return shutil.which("uv", path=os.fspath(Path(sys.executable).parent)) or "uv"


if __name__ == "__main__":
    main()
