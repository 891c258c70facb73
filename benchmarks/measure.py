"""Timing two commands in turn, in one run: what every figure here is made of."""

from __future__ import annotations

import compileall
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

KAGURA = (sys.executable, "-m", "kagura")

# As an installed package is.  Where PYTHONDONTWRITEBYTECODE is set, what was edited since `make
# setup` would be compiled at each start: 50 ms, and more.
compileall.compile_dir(Path(__file__).parents[1] / "src", quiet=1)


def seconds(argv: Sequence[str | Path], **environment: str) -> float:
    """How long a command takes, start of the process to its end; it must succeed."""
    started = time.perf_counter()
    answer = subprocess.run(
        [os.fspath(word) for word in argv],
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    taken = time.perf_counter() - started
    if answer.returncode != 0:
        sys.exit(f"{argv} failed:\n{answer.stderr.decode()}")
    return taken


def compare(
    name: str,
    ours: Callable[[], float],
    peer: Callable[[], float],
    *,
    peer_name: str,
    target: float | None,
    pairs: int = 7,
) -> float:
    """Measure ``pairs`` pairs after one warm-up pair; print and give the median ratio."""
    ours(), peer()
    measured = [(ours(), peer()) for _ in range(pairs)]
    ratios = [mine / theirs for mine, theirs in measured]
    ratio = statistics.median(ratios)
    wanted = "" if target is None else f" (wanted: at most {target})"
    print(
        f"{name}: {ratio:.2f} of {peer_name}{wanted}; "
        f"medians {statistics.median(mine for mine, _ in measured):.2f} s against "
        f"{statistics.median(theirs for _, theirs in measured):.2f} s, "
        f"ratios {min(ratios):.2f}-{max(ratios):.2f} over {pairs} pairs, {machine()}"
    )
    return ratio


def machine() -> str:
    """The machine, in words."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores, {memory:.0f} GiB, Linux {platform.release()}"
