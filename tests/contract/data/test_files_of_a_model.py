"""Some files of a model, by ``--files``: only their bytes come, as they are."""

from __future__ import annotations

import gzip
import io
import random
import sys
import tarfile
from pathlib import Path

import pytest

from kagura.testing import Drop, Fault, NoRanges, Refuse, Standin

sys.path.insert(0, str(Path(__file__).parents[1]))
from kagglehubs import here
from pulling import Command

MODEL = "google/gemma/pyTorch/2b"
HANDLE = f"models/{MODEL}/1"


def packed_tar() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        one = tarfile.TarInfo("inner.txt")
        one.size = 5
        archive.addfile(one, io.BytesIO(b"inner"))
    return buffer.getvalue()


FILES = {
    "config.json": b'{"a": 1}',
    "weights/big.bin": random.Random(1).randbytes(8_000_000),
    "weights/small.bin": random.Random(2).randbytes(300_000),
    "data/table.csv.gz": gzip.compress(b"1,2\n" * 1000),
    "data/nested.tar.gz": packed_tar(),
    "empty": b"",
}


@pytest.fixture
def model(standin: Standin) -> Standin:
    standin.model(MODEL, dict(FILES), version=1)
    return standin


@pytest.mark.parametrize(
    "fault", [None, Drop(after=100_000), Refuse(status=403), Refuse(status=429), NoRanges()]
)
def test_only_their_bytes_come(
    kagura: Command, model: Standin, tmp_path: Path, fault: Fault | None
) -> None:
    if fault:
        model.fail(MODEL, fault, times=None if isinstance(fault, NoRanges) else 1)
    patterns = ("config.json", "data/", "weights/s*", "empty")
    before = model.served(MODEL)
    added = kagura("input", "add", HANDLE, *(word for one in patterns for word in ("--files", one)))
    assert added.returncode == 0, added.stderr
    wanted = {name: data for name, data in FILES.items() if name != "weights/big.bin"}
    assert here(tmp_path) == wanted
    # The last 256 kB of each tell what it is, and are kept.
    assert model.served(MODEL) - before < 2 * sum(map(len, wanted.values())) + 10_000
    assert kagura("input", "verify").returncode == 0


def test_a_name_that_no_file_has_is_told_before_anything_comes(
    kagura: Command, model: Standin
) -> None:
    before = model.served(MODEL)
    added = kagura("input", "add", HANDLE, "--files", "config.yaml")
    assert added.returncode == 2
    assert "config.json" in added.stderr
    assert model.served(MODEL) == before


def test_a_download_that_ended_goes_on(kagura: Command, model: Standin, tmp_path: Path) -> None:
    model.limit(4_000_000)
    model.fail(MODEL, Drop(after=600_000), times=4, skip=2)
    model.fail(MODEL, Refuse(status=501), times=None, skip=8)
    before = model.served(MODEL)
    assert kagura("input", "add", HANDLE, "--files", "*.bin").returncode == 3
    assert model.served(MODEL) - before > 1_000_000
    model.recover()
    model.limit(None)
    assert kagura("input", "add", HANDLE, "--files", "*.bin").returncode == 0
    assert here(tmp_path) == {n: data for n, data in FILES.items() if n.endswith(".bin")}
    assert model.served(MODEL) - before < 1.1 * 8_300_000 + 600_000
