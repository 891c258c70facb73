"""Kill -9 and Ctrl-C at any moment: no process and no mount is left, and the store is whole."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from kagura.store.objects import Store

sys.path.insert(0, str(Path(__file__).parent))
from commands import ERA, finish, kagura, start, write_notebook

SEED = 20261123
POINTS = 10


@pytest.fixture(scope="module")
def built(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store with the base of the era."""
    answer = kagura("base", "build", ERA, home=home, folder=tmp_path_factory.mktemp("build"))
    assert answer.returncode == 0, answer.stderr
    return home


def left_over(home: Path) -> list[psutil.Process]:
    """Processes of kagura's sandboxes over this store."""
    found = []
    for process in psutil.process_iter(["cmdline", "name"]):
        words = process.info["cmdline"] or []
        if any(str(home) in word for word in words) and process.pid != os.getpid():
            found.append(process)
    return found


def wait_until(condition: Callable[[], bool], seconds: float = 10.0) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.05)
    return False


def children_of(process: subprocess.Popen[str]) -> list[psutil.Process]:
    try:
        return psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


@pytest.mark.parametrize("point", range(POINTS))
def test_a_kill_at_any_moment_leaves_nothing_behind(
    built: Path, tmp_path: Path, point: int
) -> None:
    chance = random.Random(SEED + point)
    notebook = write_notebook(tmp_path / "n.ipynb", "import time; time.sleep(1)", "print(1)")
    process = start("run", notebook, "--base", ERA, "-q", home=built, folder=tmp_path)
    time.sleep(chance.uniform(0.05, 2.5))
    family = children_of(process)
    victim = chance.choice([process.pid, *(child.pid for child in family)])
    with contextlib.suppress(ProcessLookupError):
        os.kill(victim, signal.SIGKILL)
    answer = finish(process)
    assert answer.returncode in (0, 1, 3, -signal.SIGKILL), answer.stderr
    assert "Traceback" not in answer.stderr
    assert wait_until(lambda: not left_over(built)), left_over(built)
    assert wait_until(lambda: not any(child.is_running() for child in family))
    assert str(built) not in Path("/proc/self/mountinfo").read_text()


def test_after_all_the_kills_the_next_run_works_and_sweeps(built: Path, tmp_path: Path) -> None:
    notebook = write_notebook(tmp_path / "n.ipynb", "print(1)")
    answer = kagura("run", notebook, "--base", ERA, home=built, folder=tmp_path)
    assert answer.returncode == 0, answer.stderr
    assert [path for path in (built / "tmp").iterdir() if path.is_dir()] == []
    listed = kagura("base", "list", home=built, folder=tmp_path)
    assert f"era {ERA}" in listed.stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_writes_what_there_is(
    built: Path, tmp_path: Path, number: signal.Signals
) -> None:
    notebook = write_notebook(
        tmp_path / "n.ipynb",
        "print('before', flush=True); open('up', 'w')",
        "import time; time.sleep(99)",
    )
    output = tmp_path / "out"
    arguments = ("run", notebook, "--base", ERA, "--output", output)
    process = start(*arguments, home=built, folder=tmp_path)
    assert wait_until(lambda: (output / "up").exists(), 60)
    time.sleep(0.5)
    process.send_signal(number)
    answer = finish(process)
    assert answer.returncode == 130, answer.stderr
    assert '"status": "interrupted"' in (output / "report.json").read_text()
    assert "before" in (output / "__notebook__.ipynb").read_text()
    assert (output / "__results__.html").exists()
    assert wait_until(lambda: not left_over(built))


def test_a_base_whose_build_is_killed_is_not_there_and_the_next_build_works(
    built: Path, tmp_path: Path
) -> None:
    # Links of the downloads: nothing is fetched again, and the shared store stays as it is.
    home = built.parent / f"{built.name}-killed"
    home.mkdir()
    subprocess.run(["cp", "-al", built / "cache", home / "cache"], check=True)
    chance = random.Random(SEED)
    for _ in range(3):
        process = start("base", "build", ERA, home=home, folder=tmp_path)
        time.sleep(chance.uniform(0.5, 8.0))
        family = children_of(process)
        victim = chance.choice([process.pid, *(child.pid for child in family)])
        os.kill(victim, signal.SIGKILL)
        finish(process)
        assert wait_until(lambda: not left_over(home)), left_over(home)
        # Nothing, or a whole one: where the kill came late or struck a helper that was done.
        store = Store(home)
        assert all(store.is_whole(item) for item in store.all("bases"))
        assert store.broken("bases") == []
    processes = [start("base", "build", ERA, home=home, folder=tmp_path) for _ in range(4)]
    answers = [finish(process) for process in processes]
    assert [answer.returncode for answer in answers] == [0] * 4, [a.stderr for a in answers]
    assert len({answer.stdout for answer in answers}) == 1
    assert len(list((home / "bases").iterdir())) == 1
    assert [path for path in (home / "tmp").iterdir() if path.is_dir()] == []
    subprocess.run(["rm", "-rf", home], check=True)


def test_a_damaged_base_is_built_again(built: Path, tmp_path: Path) -> None:
    shown = kagura("base", "show", ERA, "--format", "json", home=built, folder=tmp_path)
    digest = json.loads(shown.stdout)["digest"].removeprefix("sha256:")
    (package,) = (built / "bases" / digest).glob("tree/lib/python3*/site-packages/pandas")
    module = package / "__init__.py"
    text = module.read_text()
    module.unlink()  # a hard link of uv's cache: it must not be changed in place
    module.write_text("raise ImportError('damaged')\n")
    notebook = write_notebook(tmp_path / "n.ipynb", "import pandas; print(pandas.__version__)")
    answer = kagura("run", notebook, "--base", ERA, home=built, folder=tmp_path)
    assert answer.returncode == 0, answer.stderr
    assert "is damaged; building it again" in answer.stderr
    assert module.read_text() == text
