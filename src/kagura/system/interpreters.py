"""The Pythons of this machine, and what each says of itself."""

from __future__ import annotations

import os
from pathlib import Path

from kagura.errors import MachineError
from kagura.model.base import Python
from kagura.system.command import clean_environment, run

__all__ = ["find_pythons"]

PYTHON_QUESTION = (
    "import sys; print(sys.executable, getattr(sys, 'base_prefix', sys.prefix), "
    "'.'.join(map(str, sys.version_info[:3])), sep='\\n')"
)


def find_pythons() -> tuple[Python, ...]:
    """Every CPython on PATH, in uv's and in pyenv's folders; newest patch of a minor first.

    Each is asked for its version and prefix, so this starts a process per interpreter.
    """
    found: dict[Path, Python] = {}
    for candidate in _candidates():
        try:
            real = candidate.resolve()
        except OSError:
            continue
        if real in found or not os.access(real, os.X_OK):
            continue
        python = ask_python(real)
        if python:
            found[real] = python
    return tuple(sorted(found.values(), key=_patch, reverse=True))


def ask_python(executable: Path) -> Python | None:
    """What an interpreter says of itself; None if it is no working CPython of its own prefix."""
    try:
        answer = run(
            [os.fspath(executable), "-I", "-S", "-c", PYTHON_QUESTION],
            environment=clean_environment(),
            seconds=20,
        )
    except MachineError:
        return None
    lines = answer.stdout.splitlines()
    if answer.status != 0 or len(lines) != 3:
        return None
    return Python(executable=os.fspath(executable), prefix=lines[1], version=lines[2])


def _patch(python: Python) -> tuple[int, ...]:
    return tuple(int(part) for part in python.version.split("."))


def _candidates() -> list[Path]:
    home = Path.home()
    configured = (os.environ.get("PYENV_ROOT"), os.environ.get("UV_PYTHON_INSTALL_DIR"))
    data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local/share")
    roots = [home / ".pyenv", *(Path(folder) for folder in configured if folder)]
    folders = dict.fromkeys([*(root / "versions" for root in roots), *roots, data / "uv/python"])
    candidates: list[Path] = []
    for root in folders:
        for version in sorted(_listing(root)):
            candidates += [
                path
                for path in sorted((version / "bin").glob("python3.*"))
                if path.name.removeprefix("python3.").isdigit()
            ]
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        # Shims start whatever pyenv thinks best: the real programs are found above.
        if folder and "shims" not in folder:
            candidates += [
                path
                for path in sorted(_listing(Path(folder)))
                if path.name.startswith("python3.") and path.name[8:].isdigit()
            ]
    return candidates


def _listing(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []
