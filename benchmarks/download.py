"""A data set into the store, against `kaggle datasets download --unzip`, from one stand-in.

KAGURA_BENCH_SCALE (1.0) scales the sizes: 1 GB in 20,000 files, 2 GB in one CSV, 1 GB in four
files that cannot be packed.  Targets are in memory, so that no disk is measured.  More with
``--throttled`` (50 MB/s a connection) and ``--kagglehub``.
"""

from __future__ import annotations

import os
import random
import shutil
import sys
import tempfile
from pathlib import Path

from measure import KAGURA, compare, seconds

from kagura.testing import Standin

SCALE = float(os.environ.get("KAGURA_BENCH_SCALE", "1.0"))
ROWS = [
    ",".join(f"{random.Random(seed).random():.{digits}f}" for digits in (3, 6, 2, 9))
    for seed in range(5000)
]


def table(size: int, seed: int) -> bytes:
    """A CSV of about so many bytes, which packs to some 40 percent."""
    chance = random.Random(seed)
    block = "\n".join(chance.sample(ROWS, min(len(ROWS), max(size // 28, 1)))).encode()
    return (block * (size // len(block) + 1))[:size]


def varied(path: Path, size: int) -> Path:
    """A long CSV, made row by row: no block of it comes twice."""
    chance = random.Random(1)
    with open(path, "w") as file:
        while file.tell() < size:
            numbers = [chance.random() for _ in range(4000)]
            file.writelines(
                f"{n:.6f},{n * 1000:.0f},{n * n:.3f},label{n * 9:.0f}\n" for n in numbers
            )
    return path


def noise(path: Path, size: int) -> Path:
    with open(path, "wb") as file:
        file.writelines(os.urandom(1 << 20) for _ in range(max(size >> 20, 1)))
    return path


def main() -> None:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as name, Standin() as kaggle:
        folder = Path(name)
        count = int(20_000 * SCALE)
        many = {f"part{n // 500}/{n}.csv": table(50_000, n) for n in range(count)}
        kaggle.dataset("bench/many", many, version=1)
        del many
        gigabyte = int(SCALE * 1e9)
        kaggle.dataset("bench/one", {"one.csv": varied(folder / "one", 2 * gigabyte)}, version=1)
        shards = {f"shard{n}.bin": noise(folder / f"s{n}", gigabyte // 4) for n in range(4)}
        kaggle.dataset("bench/shards", shards, version=1)
        environment = kaggle.environment()
        own = {"HOME": str(folder / "home"), **environment}
        (folder / "home").mkdir()
        program = Path(sys.executable).with_name("kaggle")

        def against(title: str, handle: str, *, target: float) -> None:
            def ours() -> float:
                home = folder / "store"
                argv = [*KAGURA, "input", "add", handle]
                (project := folder / "project").mkdir()
                os.chdir(project)
                taken = seconds(argv, KAGURA_HOME=str(home), **own)
                os.chdir("/")
                for used in (home, project):
                    shutil.rmtree(used)
                return taken

            def command() -> float:
                argv = [program, "datasets", "download", handle, "--unzip", "-q", "-p", theirs]
                taken = seconds(argv, **own)
                shutil.rmtree(theirs)
                return taken

            def library() -> float:
                code = f"import kagglehub; kagglehub.dataset_download({handle!r})"
                taken = seconds([sys.executable, "-c", code], KAGGLEHUB_CACHE=str(theirs), **own)
                shutil.rmtree(theirs)
                return taken

            theirs = folder / "theirs"
            name = "kaggle datasets download --unzip"
            compare(title, ours, command, peer_name=name, target=target, pairs=3)
            if "--kagglehub" in sys.argv:
                name = "kagglehub.dataset_download"
                compare(title, ours, library, peer_name=name, target=target, pairs=3)

        against(f"{count} files of 50 kB", "bench/many", target=0.35)
        against("one CSV", "bench/one", target=0.55)
        against("four files that cannot be packed", "bench/shards", target=0.35)
        if "--throttled" in sys.argv:
            kaggle.limit(50_000_000)
            against("the same at 50 MB/s a connection", "bench/shards", target=0.3)


if __name__ == "__main__":
    main()
