"""A data set of small and big files, and whether it is in the store as it should be."""

from __future__ import annotations

import random
from pathlib import Path

from fetching import contents

from kagura.inputs.verify import verify
from kagura.progress import Silent
from kagura.store.objects import Store
from kagura.testing import Standin

SEED = 20261123
HANDLE = "some/mixed"


def content() -> dict[str, bytes]:
    """Small files enough for copies of the process, and two for several connections each."""
    chance = random.Random(SEED)
    files = {f"small/{n}.csv": (b"%d,%d\n" % (n, n * n)) * (1 + n % 700) for n in range(450)}
    files["noise.bin"] = chance.randbytes(18_000_000)
    files["table.csv"] = b"".join(
        b"%d,%d\n" % (n, chance.getrandbits(40)) for n in range(1_800_000)
    )
    files["empty.txt"] = b""
    return files


def is_whole(tmp_path: Path, files: dict[str, bytes]) -> bool:
    """The store has one input, with just this content, and no part of another."""
    store = Store(tmp_path / "store")
    (item,) = store.all("inputs")
    assert verify(item, progress=Silent()) == ()
    found = contents(item.tree)
    assert found.keys() == files.keys()
    return all(found[name] == files[name] for name in files) and not parts(tmp_path)


def parts(tmp_path: Path) -> list[Path]:
    folder = tmp_path / "store" / "partial"
    return list(folder.iterdir()) if folder.is_dir() else []


def archive_size(standin: Standin) -> int:
    return standin.archive(HANDLE).stat().st_size
