"""Models and servers without ranges: what comes as a stream, cut and killed like all else."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import psutil
import pytest

from kagura.testing import Change, Drop, Lie, NoRanges, Refuse, Stall, Standin

sys.path.insert(0, str(Path(__file__).parents[1]))
from commands import KAGURA
from pulling import Command

MODEL = "google/gemma/pyTorch/2b"
HANDLE = f"models/{MODEL}/1"


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    chance = random.Random(5)
    table = b"".join(b"%d,%f\n" % (n, chance.random()) for n in range(600_000))
    return {
        "config.json": b'{"a": 1}',
        "weights/one.bin": chance.randbytes(9_000_000),
        "weights/table.csv": table,
        "empty": b"",
    }


@pytest.fixture
def model(standin: Standin, files: dict[str, bytes]) -> Standin:
    standin.model(MODEL, dict(files), version=1)
    standin.dataset("me/plain", dict(files), version=1)
    return standin


def is_here(kagura: Command, files: dict[str, bytes]) -> bool:
    verified = kagura("input", "verify", "--format", "json")
    assert verified.returncode == 0, verified.stdout
    (entry,) = json.loads(kagura("input", "list", "--format", "json").stdout)
    root = Path(entry["folder"])
    found = {path.relative_to(root).as_posix(): path for path in root.rglob("*") if path.is_file()}
    assert found.keys() == files.keys()
    return all(found[name].read_bytes() == data for name, data in files.items())


@pytest.mark.parametrize(
    "fault",
    [
        Drop(after=3_000_000),
        Refuse(status=400),
        Refuse(status=503),
        Stall(after=100_000),
        Lie(by=9),
    ],
    ids=lambda fault: str(fault)[:20],
)
def test_a_model_comes_past_every_fault(
    kagura: Command, model: Standin, files: dict[str, bytes], fault: Drop | Refuse | Stall | Lie
) -> None:
    for skip in (1, 3):
        model.fail(MODEL, fault, times=1, skip=skip)
    added = kagura("input", "add", HANDLE)
    assert added.returncode == 0, added.stderr
    assert is_here(kagura, files)


def test_a_model_that_is_killed_again_and_again_goes_on(
    kagura: Command, model: Standin, files: dict[str, bytes], tmp_path: Path, here: Path
) -> None:
    chance = random.Random(5)
    model.limit(1_500_000)
    own = {"HOME": str(tmp_path / "user"), "KAGURA_HOME": str(tmp_path / "store")}
    for _ in range(5):
        process = subprocess.Popen(
            [*KAGURA, "input", "add", HANDLE],
            env=os.environ | model.environment() | own,
            cwd=here,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(chance.uniform(0.8, 2.0))
        family = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert psutil.wait_procs(family, timeout=5)[1] == []
    model.limit(None)
    before = model.served(MODEL)
    assert kagura("input", "add", HANDLE).returncode == 0
    assert is_here(kagura, files)
    # What the killed ones had fetched is not fetched again.
    assert model.served(MODEL) - before < 0.6 * model.archive(MODEL).stat().st_size


@pytest.mark.parametrize("what", [HANDLE, "me/plain"])
def test_a_server_without_ranges_sends_a_stream(
    kagura: Command, model: Standin, files: dict[str, bytes], tmp_path: Path, what: str
) -> None:
    where = MODEL if what == HANDLE else what
    model.fail(where, NoRanges(), times=None)
    model.fail(where, Drop(after=5_000_000), times=2, skip=1)
    added = kagura("input", "add", what)
    assert added.returncode == 0, added.stderr
    assert is_here(kagura, files)
    assert not list((tmp_path / "store").rglob("archive"))


@pytest.mark.parametrize("has_ranges", [True, False])
def test_nothing_of_an_archive_that_is_refused_stays(
    kagura: Command, model: Standin, tmp_path: Path, has_ranges: bool
) -> None:
    whole, cut = model.archive("me/plain").read_bytes(), tmp_path / "cut.zip"
    cut.write_bytes(whole[:-40])
    model.dataset("me/cut", archive=cut, version=1)
    if not has_ranges:
        model.fail("me/cut", NoRanges(), times=None)
    added = kagura("input", "add", "me/cut")
    assert added.returncode == 3
    assert "nothing of it was kept" in added.stderr
    assert not [path for path in (tmp_path / "store" / "partial").rglob("*") if path.is_file()]


def test_a_stream_that_changes_on_the_way_begins_anew(
    kagura: Command, model: Standin, files: dict[str, bytes], tmp_path: Path
) -> None:
    other = tmp_path / "other.zip"
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("new.txt", "new")
    model.fail("me/plain", NoRanges(), times=None)
    model.fail("me/plain", Drop(after=2_000_000), times=1, skip=1)
    model.fail("me/plain", Change(after=2_000_000, content=other), skip=1)
    added = kagura("input", "add", "me/plain")
    assert added.returncode == 0, added.stderr
    assert "it begins anew" in added.stderr
    # The next address leads to what the catalogue has.
    assert is_here(kagura, files)
