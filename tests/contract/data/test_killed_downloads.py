"""Downloads by several processes at once, and by some that are killed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from kagura.inputs.verify import verify
from kagura.progress import Silent
from kagura.store.objects import Store
from kagura.testing import Standin

sys.path.insert(0, str(Path(__file__).parents[1]))
from commands import KAGURA
from mixed import HANDLE, SEED, archive_size, content, is_whole


@pytest.fixture
def files() -> dict[str, bytes]:
    return content()


@pytest.fixture
def standin(files: dict[str, bytes]) -> Iterator[Standin]:
    with Standin() as kaggle:
        kaggle.dataset(HANDLE, files, version=1)
        yield kaggle


def start(standin: Standin, folder: Path, handle: str = HANDLE) -> subprocess.Popen[bytes]:
    own = {"HOME": str(folder), "KAGURA_HOME": str(folder / "store")}
    project = folder / "project"
    project.mkdir(exist_ok=True)
    return subprocess.Popen(
        [*KAGURA, "input", "add", handle],
        env=os.environ | standin.environment() | own,
        cwd=project,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def ended(process: subprocess.Popen[bytes]) -> int:
    _, stderr = process.communicate(timeout=120)
    assert b"Traceback" not in stderr, stderr.decode()
    return process.returncode


def test_four_processes_at_once_fetch_it_once(
    standin: Standin, tmp_path: Path, files: dict[str, bytes]
) -> None:
    before = standin.served(HANDLE)
    processes = [start(standin, tmp_path) for _ in range(4)]
    assert [ended(process) for process in processes] == [0] * 4
    assert is_whole(tmp_path, files)
    assert standin.served(HANDLE) - before <= archive_size(standin) + 2**20 + 4096


def test_a_copy_that_is_killed_is_told_and_the_next_try_goes_on(
    standin: Standin, tmp_path: Path
) -> None:
    handle, chance = "some/four", random.Random(SEED)
    standin.dataset(handle, {f"{n}.bin": chance.randbytes(5_000_000) for n in range(4)}, version=1)
    standin.limit(2_000_000)
    process = start(standin, tmp_path, handle)
    while standin.served(handle) < 5_000_000:
        time.sleep(0.01)
    copies = psutil.Process(process.pid).children()
    assert len(copies) == 3
    copies[1].kill()
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 3
    assert b"was killed" in stderr
    assert b"goes on from what is here" in stderr
    assert psutil.wait_procs(copies, timeout=5)[1] == []
    standin.limit(None)
    assert ended(start(standin, tmp_path, handle)) == 0
    (item,) = Store(tmp_path / "store").all("inputs")
    assert verify(item, progress=Silent()) == ()
    assert standin.served(handle) <= 1.05 * standin.archive(handle).stat().st_size


def test_kills_at_twenty_moments_leave_nothing_wrong(
    standin: Standin, tmp_path: Path, files: dict[str, bytes]
) -> None:
    chance = random.Random(SEED)
    before = standin.served(HANDLE)
    # So slow that it is not over before the last kill.
    standin.limit(500_000)
    for _ in range(20):
        begun = standin.served(HANDLE)
        process = start(standin, tmp_path)
        while standin.served(HANDLE) == begun:
            assert process.poll() is None
            time.sleep(0.005)
        time.sleep(chance.uniform(0.0, 1.4))
        family = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        _, alive = psutil.wait_procs(family, timeout=5)
        assert alive == []
        assert process.returncode == -signal.SIGKILL
        found = Store(tmp_path / "store")
        assert all(verify(item, progress=Silent()) == () for item in found.all("inputs"))
        assert found.broken("inputs") == []
    standin.limit(None)
    assert ended(start(standin, tmp_path)) == 0
    assert is_whole(tmp_path, files)
    # A kill loses what is under way on the connections, whatever the size of the whole.
    assert standin.served(HANDLE) - before <= 1.05 * archive_size(standin)
