"""What a download takes besides time: memory and disk at their peaks, and bytes fetched twice.

KAGURA_BENCH_SCALE (1.0) scales the sizes, as in download.py.  The peer of the disk's figure is
`kaggle datasets download --unzip`; of the kills there is none: it cannot go on while it unpacks.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psutil
from download import SCALE, noise, table, varied
from measure import KAGURA, machine

from kagura.system.disk import tree_size
from kagura.testing import Standin

KILLS = 20

# Bytes a second of each of four connections: one that two cores keep pace with, and one that
# brings small files faster than they are unpacked, so that much lies in the sockets at a kill.
BANDWIDTHS = (20_000_000, 40_000_000)

# After so many bytes a download is under way, whatever the machine needs to start.
BEGUN = 2_000_000


def peaks(argv: Sequence[str | Path], folder: Path, **environment: str) -> tuple[int, int]:
    """The most memory (bytes, of all its processes) and disk that a command takes."""
    before = shutil.disk_usage(folder).used
    memory = disk = 0
    with subprocess.Popen(
        argv, env=os.environ | environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        while process.poll() is None:
            with suppress(psutil.Error):
                main = psutil.Process(process.pid)
                family = [main, *main.children(recursive=True)]
                memory = max(memory, sum(one.memory_full_info().pss for one in family))
            disk = max(disk, shutil.disk_usage(folder).used - before)
            time.sleep(0.02)
    if process.returncode != 0:
        sys.exit(f"{argv} failed")
    return memory, disk


def kills(
    kaggle: Standin, handle: str, folder: Path, *, bandwidth: int, **environment: str
) -> float:
    """The share of bytes that come twice when a download is killed again and again."""
    kaggle.limit(bandwidth)
    size = sum(stored.path.stat().st_size for stored in kaggle.objects(handle))
    before, chance = kaggle.served(handle), random.Random(7)
    expected = size / bandwidth / 4
    argv = [*KAGURA, "input", "add", handle]
    for _ in range(KILLS):
        begun = kaggle.served(handle) + BEGUN
        with subprocess.Popen(
            argv,
            cwd=folder,
            env=os.environ | environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            while kaggle.served(handle) < begun and process.poll() is None:
                time.sleep(0.002)
            time.sleep(chance.uniform(0, expected / KILLS * 1.6))
            process.kill()
    subprocess.run(argv, cwd=folder, env=os.environ | environment, check=True, capture_output=True)
    kaggle.limit(None)
    return (kaggle.served(handle) - before) / size - 1


def main() -> None:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as name, Standin() as kaggle:
        folder = Path(name)
        gigabyte = int(SCALE * 1e9)
        count = int(20_000 * SCALE)
        many = {f"part{n // 500}/{n}.csv": table(50_000, n) for n in range(count)}
        kaggle.dataset("bench/many", many, version=1)
        kaggle.dataset("bench/one", {"one.csv": varied(folder / "one", 2 * gigabyte)}, version=1)
        middle = {f"{n}.bin": noise(folder / f"m{n}", 5_000_000) for n in range(int(200 * SCALE))}
        kaggle.dataset("bench/middle", middle, version=1)
        (folder / "home").mkdir()
        own = {"HOME": str(folder / "home"), **kaggle.environment()}
        program = Path(sys.executable).with_name("kaggle")
        for handle in ("bench/many", "bench/one", "bench/middle"):
            (work := folder / "work").mkdir()
            os.chdir(work)
            store = {"KAGURA_HOME": str(work / "store"), **own}
            memory, disk = peaks([*KAGURA, "input", "add", handle], folder, **store)
            size = tree_size(work / "store" / "inputs")
            _, theirs = peaks(
                [program, "datasets", "download", handle, "--unzip", "-q", "-p", work / "theirs"],
                folder,
                **own,
            )
            shutil.rmtree(work / "store")
            shutil.rmtree(work / "theirs")
            twice = []
            for bandwidth in BANDWIDTHS:
                share = kills(kaggle, handle, work, bandwidth=bandwidth, **store)
                twice.append(f"{share:.1%} at {bandwidth // 10**6} MB/s a connection")
                shutil.rmtree(work / "store")
            print(
                f"{handle}: memory at its peak {memory / 1e6:.0f} MB (wanted: under 150); disk "
                f"{disk / size:.2f} of what it holds in the end (wanted: 1.05; kaggle "
                f"{theirs / size:.2f}); {KILLS} kills fetch twice {', '.join(twice)} "
                f"(wanted: 5%), {machine()}"
            )
            os.chdir("/")
            shutil.rmtree(work)


if __name__ == "__main__":
    main()
