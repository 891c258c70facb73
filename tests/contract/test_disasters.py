"""Full and read-only disks, a crowd of runs, and notebooks that do their worst."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from kagura.store.objects import Store

sys.path.insert(0, str(Path(__file__).parent))
from commands import ERA, KAGURA, finish, kagura, start, write_notebook


@pytest.fixture(scope="module")
def built(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store with the base of the era."""
    answer = kagura("base", "build", ERA, home=home, folder=tmp_path_factory.mktemp("build"))
    assert answer.returncode == 0, answer.stderr
    return home


@pytest.fixture
def cold(built: Path) -> Iterator[Path]:
    """A store with nothing but downloads; links, so that nothing is fetched or copied."""
    home = built.parent / f"{built.name}-cold"
    subprocess.run(["rm", "-rf", home], check=True)
    home.mkdir()
    subprocess.run(["cp", "-al", built / "cache", home / "cache"], check=True)
    yield home
    subprocess.run(["rm", "-rf", home], check=True)


def on_a_disk(
    *arguments: str | Path, home: Path, folder: Path, mount: str
) -> subprocess.CompletedProcess[str]:
    """Run ``kagura ARGUMENTS`` where a ``mount …`` command was done, seen by it alone."""
    command = shlex.join([*KAGURA, *map(str, arguments)])
    return subprocess.run(
        ["unshare", "--map-root-user", "--mount", "sh", "-c", f"mount {mount} && exec {command}"],
        env=os.environ | {"KAGURA_HOME": str(home)},
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def is_told(answer: subprocess.CompletedProcess[str], *words: str) -> None:
    """One message with these words, a hint, the exit code of a machine that can't."""
    assert answer.returncode == 3, answer.stdout + answer.stderr
    assert "Traceback" not in answer.stderr
    errors = [line for line in answer.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1, answer.stderr
    for word in words:
        assert word in errors[0]
    assert "hint: " in answer.stderr


def leftovers(home: Path) -> list[Path]:
    return [path for path in (home / "tmp").iterdir() if path.is_dir()]


def test_a_disk_that_fills_while_a_base_is_built_leaves_nothing(cold: Path, tmp_path: Path) -> None:
    (cold / "tmp").mkdir()
    mount = f"-t tmpfs -o size=24m tmpfs {cold}/tmp"
    answer = on_a_disk("base", "build", ERA, home=cold, folder=tmp_path, mount=mount)
    is_told(answer, "the disk is full")
    assert Store(cold).all("bases") == []
    assert Store(cold).broken("bases") == []
    assert leftovers(cold) == []


def test_a_disk_that_is_full_before_a_run_is_told(built: Path, tmp_path: Path) -> None:
    notebook = write_notebook(tmp_path / "n.ipynb", "print(1)")
    (built / "tmp").mkdir(exist_ok=True)
    mount = f"-t tmpfs -o nr_inodes=6 tmpfs {built}/tmp"
    answer = on_a_disk("run", notebook, "--base", ERA, home=built, folder=tmp_path, mount=mount)
    is_told(answer, "the disk is full")


def test_a_scratch_that_fills_up_fails_the_cell(built: Path, tmp_path: Path) -> None:
    notebook = write_notebook(
        tmp_path / "n.ipynb", "print('before')", "open('/tmp/big', 'wb').write(bytes(2**25))"
    )
    mount = f"-t tmpfs -o size=16m tmpfs {built}/tmp"
    run = ("run", notebook, "--base", ERA, "--output", tmp_path / "out")
    answer = on_a_disk(*run, home=built, folder=tmp_path, mount=mount)
    assert answer.returncode == 1, answer.stderr
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert report["failure"]["name"] == "OSError"
    assert "before" in (tmp_path / "out" / "__notebook__.ipynb").read_text()


def test_an_output_disk_that_fills_up_is_told(built: Path, tmp_path: Path) -> None:
    notebook = write_notebook(
        tmp_path / "n.ipynb", "open('/kaggle/working/big', 'wb').write(bytes(2**25))"
    )
    disk = tmp_path / "disk"
    disk.mkdir()
    run = ("run", notebook, "--base", ERA, "--output", disk / "out")
    mount = f"-t tmpfs -o size=1m tmpfs {disk}"
    answer = on_a_disk(*run, home=built, folder=tmp_path, mount=mount)
    is_told(answer, "the disk is full", "report.json")


@pytest.mark.parametrize("what", ["run", "base", "clean"])
def test_a_read_only_store_is_told(built: Path, tmp_path: Path, what: str) -> None:
    notebook = write_notebook(tmp_path / "n.ipynb", "print(1)")
    arguments = {
        "run": ("run", notebook, "--base", ERA),
        "base": ("base", "build", "2022-06"),
        "clean": ("clean", "--projects", "--yes"),
    }[what]
    mount = f"--bind {built} {built} && mount -o remount,bind,ro {built}"
    answer = on_a_disk(*arguments, home=built, folder=tmp_path, mount=mount)
    is_told(answer, "Read-only file system")
    assert f"era {ERA}" in kagura("base", "list", home=built, folder=tmp_path).stdout


def test_what_only_looks_works_with_a_read_only_store(built: Path, tmp_path: Path) -> None:
    notebook = write_notebook(tmp_path / "n.ipynb", "print(1)")
    mount = f"--bind {built} {built} && mount -o remount,bind,ro {built}"
    for arguments in (("base", "list"), ("check", notebook, "--base", ERA)):
        answer = on_a_disk(*arguments, home=built, folder=tmp_path, mount=mount)
        assert answer.returncode == 0, answer.stderr
        assert ERA in answer.stdout


def test_ten_runs_at_once_of_a_cold_era_build_one_base(cold: Path, tmp_path: Path) -> None:
    runs = []
    for number in range(10):
        notebook = write_notebook(tmp_path / f"n{number}.ipynb", "import pandas", f"{number}")
        runs.append(start("run", notebook, "--base", ERA, home=cold, folder=tmp_path))
    answers = [finish(run) for run in runs]
    assert [answer.returncode for answer in answers] == [0] * 10, [a.stderr for a in answers]
    assert len(list((cold / "bases").iterdir())) == 1
    assert sum("Installed" in answer.stderr for answer in answers) <= 1
    assert leftovers(cold) == []


DAEMON = """
import os
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execvp("sleep", ["sleep", "86399"])
    os._exit(0)
"""


@pytest.mark.parametrize(
    "cells",
    [
        (
            DAEMON,
            "import os; os.system('nohup setsid sleep 86399 >/dev/null 2>&1 &')",
        ),
        ("import subprocess; p = [subprocess.Popen(['sleep', '86399']) for _ in range(50)]",),
    ],
)
def test_daemons_of_a_notebook_end_with_its_run(
    built: Path, tmp_path: Path, cells: tuple[str, ...]
) -> None:
    notebook = write_notebook(tmp_path / "n.ipynb", *cells)
    answer = kagura("run", notebook, "--base", ERA, home=built, folder=tmp_path)
    assert answer.returncode == 0, answer.stderr
    sleepers = [p for p in psutil.process_iter(["cmdline"]) if "86399" in (p.info["cmdline"] or [])]
    assert sleepers == []


def test_a_flood_of_output_stays_bounded(built: Path, tmp_path: Path) -> None:
    notebook = write_notebook(
        tmp_path / "n.ipynb", "line = 'x' * 1023\nfor _ in range(200_000): print(line)"
    )
    process = start("run", notebook, "--base", ERA, home=built, folder=tmp_path)
    most = 0
    while process.poll() is None:
        try:
            most = max(most, psutil.Process(process.pid).memory_info().rss)
        except psutil.NoSuchProcess:
            break
        time.sleep(0.05)
    answer = finish(process)
    assert answer.returncode == 0, answer.stderr
    (folder,) = (tmp_path / "runs" / "n").iterdir()
    assert (folder / "__notebook__.ipynb").stat().st_size < 20_000_000
    assert (folder / "__results__.html").stat().st_size < 20_000_000
    assert most < 150_000_000


@pytest.mark.parametrize(
    "cell",
    [
        "import shutil; shutil.rmtree('/', ignore_errors=True)",
        "!rm -rf --no-preserve-root / 2>/dev/null",
        "!find / -xdev -delete 2>/dev/null; rm -rf /kaggle/* /opt/* 2>/dev/null",
    ],
)
def test_a_notebook_that_deletes_everything_harms_nothing(
    built: Path, tmp_path: Path, cell: str
) -> None:
    (data := tmp_path / "data").mkdir()
    (data / "train.csv").write_text("a\n1\n")
    notebook = write_notebook(tmp_path / "n.ipynb", cell)
    run = ("run", notebook, "--base", ERA, "--input", f"mine={data}")
    answer = kagura(*run, home=built, folder=tmp_path)
    assert answer.returncode in (0, 1), answer.stderr
    assert "Traceback (most recent call last):\n  File" not in answer.stderr
    assert (data / "train.csv").read_text() == "a\n1\n"
    assert notebook.exists()
    store = Store(built)
    assert all(store.is_whole(item) for item in store.all("bases"))
    again = write_notebook(tmp_path / "again.ipynb", "import pandas; print(1)")
    answer = kagura("run", again, "--base", ERA, home=built, folder=tmp_path)
    assert answer.returncode == 0, answer.stderr


@pytest.mark.parametrize("cell", ["import os; os._exit(0)", "import os; os.kill(os.getpid(), 9)"])
def test_a_notebook_that_kills_its_kernel_has_failed(
    built: Path, tmp_path: Path, cell: str
) -> None:
    notebook = write_notebook(tmp_path / "n.ipynb", "print('before')", cell, "print('after')")
    run = ("run", notebook, "--base", ERA, "--output", tmp_path / "out")
    answer = kagura(*run, home=built, folder=tmp_path)
    assert answer.returncode == 1, answer.stderr
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert report["failure"]["kind"] == "kernel died"
    assert [item["status"] for item in report["cells"]] == ["ok", "error", "unrun"]
    assert "before" in (tmp_path / "out" / "__notebook__.ipynb").read_text()
