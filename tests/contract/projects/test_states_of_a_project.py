"""Two commands at once, kill -9 at any moment, a lock that is behind: a project stays whole."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kagura.model.lock import Lock
from kagura.project.config import read_project
from kagura.project.lockfile import read_lock
from kagura.store.objects import Store

sys.path.insert(0, str(Path(__file__).parents[1]))
from commands import finish, kagura, start

PLAIN = f"python={sys.version_info[0]}.{sys.version_info[1]}"
SEED = 20261123
POINTS = 8


@pytest.fixture
def project(home: Path, tmp_path: Path) -> Path:
    """A project that requires one package, locked and built."""
    for arguments in (("init", "--base", PLAIN), ("add", "six")):
        answer = kagura(*arguments, home=home, folder=tmp_path)
        assert answer.returncode == 0, answer.stderr
    return tmp_path


def requirements(folder: Path) -> set[str]:
    return set(read_project(folder).requirements or ())


def locked(folder: Path) -> set[str]:
    return {item.name for item in read_lock(folder).packages}


def test_two_adds_at_once_are_both_in_the_file(home: Path, project: Path) -> None:
    processes = [
        start("add", name, home=home, folder=project) for name in ("docopt", "toolz", "idna")
    ]
    answers = [finish(process) for process in processes]
    assert [answer.returncode for answer in answers] == [0, 0, 0], [a.stderr for a in answers]
    assert requirements(project) == {"six", "docopt", "toolz", "idna"}
    assert locked(project) == {"six", "docopt", "toolz", "idna"}
    assert kagura("lock", "--check", home=home, folder=project).returncode == 0


@pytest.mark.parametrize("point", range(POINTS))
def test_a_kill_during_add_leaves_the_old_state_or_the_new(
    home: Path, project: Path, point: int
) -> None:
    chance = random.Random(SEED + point)
    before = (project / "kagura.toml").read_bytes(), (project / "kagura.lock").read_bytes()
    process = start("add", "toolz", f"idna>=3.{point}", home=home, folder=project)
    time.sleep(chance.uniform(0.1, 3.0))
    with contextlib.suppress(ProcessLookupError):
        os.kill(process.pid, signal.SIGKILL)
    finish(process)
    files = (project / "kagura.toml").read_bytes(), (project / "kagura.lock").read_bytes()
    new = {"six", "toolz", f"idna>=3.{point}"}
    assert files[0] == before[0] or requirements(project) == new
    assert files[1] == before[1] or locked(project) == {"six", "toolz", "idna"}
    # The file is written first: a lock never names what the file does not.
    assert set(read_lock(project).requirements) <= requirements(project)
    synced = kagura("sync", home=home, folder=project)
    assert synced.returncode == 0, synced.stderr
    assert set(read_lock(project).requirements) == requirements(project)
    store = Store(home)
    assert store.broken("layers") == []
    assert all(store.is_whole(item) for item in store.all("layers"))


@pytest.mark.parametrize("point", range(POINTS // 2))
def test_a_kill_during_sync_leaves_the_old_lock_or_the_new(
    home: Path, project: Path, point: int
) -> None:
    chance = random.Random(SEED + point)
    text = (project / "kagura.toml").read_text()
    text = text.replace('"six",', f'"six", "toolz>=0.{point}",')
    (project / "kagura.toml").write_text(text)
    before = (project / "kagura.lock").read_bytes()
    process = start("sync", home=home, folder=project)
    time.sleep(chance.uniform(0.1, 2.0))
    with contextlib.suppress(ProcessLookupError):
        os.kill(process.pid, signal.SIGKILL)
    finish(process)
    assert (project / "kagura.toml").read_text() == text
    after = (project / "kagura.lock").read_bytes()
    assert after == before or locked(project) == {"six", "toolz"}
    assert kagura("sync", home=home, folder=project).returncode == 0
    assert locked(project) == {"six", "toolz"}
    assert Store(home).broken("layers") == []


def test_an_interrupted_add_changes_nothing(home: Path, project: Path) -> None:
    before = (project / "kagura.toml").read_bytes(), (project / "kagura.lock").read_bytes()
    process = start("add", "toolz==0.12.1", home=home, folder=project)
    time.sleep(0.6)
    process.send_signal(signal.SIGINT)
    answer = finish(process)
    assert "Traceback" not in answer.stderr
    files = (project / "kagura.toml").read_bytes(), (project / "kagura.lock").read_bytes()
    assert (answer.returncode, files == before) in ((130, True), (0, False))


def test_a_lock_that_is_behind_is_refused_taken_or_made_anew(home: Path, project: Path) -> None:
    text = (project / "kagura.toml").read_text()
    (project / "kagura.toml").write_text(text.replace('"six",', '"six", "toolz",'))
    answer = kagura("lock", "--check", home=home, folder=project)
    assert (answer.returncode, "the requirements differ: +toolz" in answer.stderr) == (2, True)
    answer = kagura("sync", "--locked", home=home, folder=project)
    assert (answer.returncode, "--frozen takes it as it is" in answer.stderr) == (2, True)
    assert kagura("sync", "--frozen", home=home, folder=project).returncode == 0
    assert locked(project) == {"six"}
    assert kagura("sync", home=home, folder=project).returncode == 0
    assert locked(project) == {"six", "toolz"}
    assert kagura("sync", "--locked", home=home, folder=project).returncode == 0


def test_without_a_lock_frozen_says_so_and_sync_makes_one(home: Path, project: Path) -> None:
    (project / "kagura.lock").unlink()
    answer = kagura("sync", "--frozen", home=home, folder=project)
    assert (answer.returncode, "locks no environment yet" in answer.stderr) == (2, True)
    assert kagura("sync", home=home, folder=project).returncode == 0
    assert locked(project) == {"six"}


def test_another_store_is_filled_from_the_lock_alone_and_without_a_network(
    home: Path, project: Path, tmp_path: Path
) -> None:
    other = home.parent / f"{home.name}-other-{os.getpid()}"
    other.mkdir()
    try:
        subprocess.run(["cp", "-al", home / "cache", other / "cache"], check=True)
        before = (project / "kagura.lock").read_bytes()
        answer = kagura("sync", "--frozen", "--offline", home=other, folder=project)
        assert answer.returncode == 0, answer.stderr
        assert (project / "kagura.lock").read_bytes() == before
        base = read_lock(project).base
        assert base is not None
        assert [item.digest for item in Store(other).all("bases")] == [base.digest]
        assert len(Store(other).all("layers")) == 1
    finally:
        subprocess.run(["rm", "-rf", other], check=True)


def test_what_cannot_be_had_changes_nothing(home: Path, project: Path) -> None:
    before = (project / "kagura.toml").read_bytes(), (project / "kagura.lock").read_bytes()
    answer = kagura("add", "six>=99", home=home, folder=project)
    assert answer.returncode == 2
    assert "six>=99: as of " in answer.stderr
    files = (project / "kagura.toml").read_bytes(), (project / "kagura.lock").read_bytes()
    assert files == before


def test_the_same_project_gives_the_same_lock(home: Path, project: Path) -> None:
    before = read_lock(project)
    (project / "kagura.lock").unlink()
    text = (project / "kagura.toml").read_text()
    assert before.base is not None
    dated = text.replace("[project]\n", f'[project]\ndate = "{before.base.era}"\n')
    (project / "kagura.toml").write_text(dated)
    locks = []
    for _ in range(2):
        (project / "kagura.lock").unlink(missing_ok=True)
        assert kagura("lock", home=home, folder=project).returncode == 0
        locks.append((project / "kagura.lock").read_bytes())
    assert locks[0] == locks[1]
    assert read_lock(project) != Lock()


def test_a_project_in_a_project_is_its_own(home: Path, project: Path) -> None:
    answer = kagura("init", "inner", "--base", PLAIN, home=home, folder=project)
    assert "it lies in another project" in answer.stderr
    assert kagura("init", home=home, folder=project / "inner").returncode == 2
    assert kagura("add", "toolz", home=home, folder=project / "inner").returncode == 0
    assert requirements(project) == {"six"}
