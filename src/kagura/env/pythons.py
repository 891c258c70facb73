"""The interpreter of an era: found on this machine, fetched by uv, or the nearest that there is."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date

from kagura.errors import MachineError
from kagura.model.base import Python
from kagura.progress import Progress
from kagura.system.command import clean_environment, run
from kagura.system.host import uv_program
from kagura.system.interpreters import find_pythons

__all__ = ["PythonChoice", "choose_python", "nearest", "oldest_date"]

FETCH_SECONDS = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonChoice:
    """An interpreter, and a warning when it is not the one that was wanted."""

    python: Python
    warning: str | None = None


def choose_python(
    minor: str, *, strict: bool, progress: Progress, may_fetch: bool = True
) -> PythonChoice:
    """An interpreter of version ``minor`` (``3.7``).

    Looked for on PATH, in uv's and in pyenv's folders; a missing one is fetched by ``uv python
    install``; else the nearest minor version stands in, with a warning.  ``strict`` makes that
    a MachineError.
    """
    present = find_pythons()
    exact = [python for python in present if python.minor == minor]
    if exact:
        return PythonChoice(python=exact[0])
    why: str | None = "nothing is fetched offline"
    if may_fetch:
        progress.update("python", f"fetching Python {minor} (uv python install)")
        why = fetch(minor)
    if why is None:
        exact = [python for python in find_pythons() if python.minor == minor]
        if exact:
            return PythonChoice(python=exact[0])
        why = "uv installed it, but it does not run here"
    hint = f"install Python {minor} (pyenv install {minor}, or uv python install {minor})"
    stand_in = nearest(minor, present)
    if stand_in is None or strict:
        raise MachineError(
            f"Python {minor} is not on this machine and could not be fetched: {why}", hint=hint
        )
    return PythonChoice(
        python=stand_in,
        warning=f"Python {minor} is not here and could not be fetched ({why}): running on "
        f"Python {stand_in.version} instead, with the oldest packages that it can have",
    )


def fetch(minor: str) -> str | None:
    """Let uv install an interpreter; why it could not, in one line, or None."""
    keep = [name for name in os.environ if name.startswith("UV_") or "PROXY" in name.upper()]
    environment = clean_environment(keep=[*keep, "SSL_CERT_FILE", "XDG_DATA_HOME"])
    # Without a network each retry costs seconds and tells nothing new.
    environment.setdefault("UV_HTTP_RETRIES", "1")
    argv = [os.fspath(uv_program()), "python", "install", "--no-bin", minor]
    try:
        answer = run(argv, environment=environment, seconds=FETCH_SECONDS)
    except MachineError as error:
        return error.message
    if answer.status == 0:
        return None
    lines = [line.strip() for line in answer.stderr.splitlines() if line.strip()]
    causes = [line for line in lines if line.startswith(("cause:", "Caused by:"))]
    return (causes or lines or ["uv python install failed"])[-1].removeprefix("cause: ")


def nearest(minor: str, present: tuple[Python, ...]) -> Python | None:
    """The interpreter whose minor version is nearest; of two as near, the newer.

    Only Python 3.6 and newer count: no era is older.
    """
    wanted = int(minor.split(".")[1])
    usable = [
        python
        for python in present
        if python.version.startswith("3.") and int(python.minor.split(".")[1]) >= 6
    ]
    if not usable:
        return None

    def distance(python: Python) -> tuple[int, int]:
        number = int(python.minor.split(".")[1])
        return abs(number - wanted), -number

    return min(usable, key=distance)


# From when on the scientific packages had wheels for a Python (their releases on PyPI).
FIRST_PACKAGES = {
    "3.6": date(2017, 3, 1),
    "3.7": date(2018, 10, 1),
    "3.8": date(2020, 3, 1),
    "3.9": date(2021, 1, 15),
    "3.10": date(2022, 1, 15),
    "3.11": date(2023, 2, 1),
    "3.12": date(2024, 3, 1),
    "3.13": date(2025, 2, 1),
    "3.14": date(2026, 1, 15),
}


def oldest_date(minor: str) -> date:
    """The first day as of which a Python has the packages of a base."""
    return FIRST_PACKAGES.get(minor, max(FIRST_PACKAGES.values()))
