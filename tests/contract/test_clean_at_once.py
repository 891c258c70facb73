"""Clean beside others: leases hold, a dead holder's end, and a kill leaves the store whole."""

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

from kagura.store.objects import Kind, Store, digest_of

sys.path.insert(0, str(Path(__file__).parent))
from commands import KAGURA, kagura, start

SEED = 20261123
KINDS: tuple[Kind, ...] = ("bases", "layers")
OBJECTS = 12

# Opens a project again and again: builds or finds an object, leases it, notes it, reads it slowly.
USER = """
import random, sys, time
from contextlib import ExitStack
from pathlib import Path
from kagura.env.site import Site
from kagura.store.objects import Store, digest_of
from kagura.store.projects import note_use

home, project, seed = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
store, chance = Store(home), random.Random(seed)
until = time.monotonic() + float(sys.argv[4])
rounds = 0
while time.monotonic() < until:
    digest = digest_of(chance.randrange(6))
    with ExitStack() as leases:
        site = Site(store=store, engine=None, progress=None, leases=leases)
        while True:
            with store.build("bases", digest) as place:
                if isinstance(place, Path):
                    for number in range(5):
                        (place / "tree" / str(number)).write_text(digest)
                    place = store.finish("bases", digest, place, {})
            if site.hold(place):
                break
        note_use(home, project, rests_on=["kagura.toml"], uses=site.held)
        for _ in range(3):
            texts = [(place.tree / str(number)).read_text() for number in range(5)]
            assert texts == [digest] * 5, "it was taken away in use"
            time.sleep(chance.uniform(0, 0.005))
    # What was noted is needed between uses too.
    assert store.find("bases", digest), "it was taken away between uses"
    rounds += 1
print(rounds)
"""

HOLDER = """
import sys, time
from pathlib import Path
from kagura.store.objects import Store
store = Store(Path(sys.argv[1]))
lease = store.lease(store.find("bases", sys.argv[2]))
print("held", flush=True)
time.sleep(60)
"""


def fill(home: Path) -> Store:
    store = Store(home)
    for number in range(OBJECTS):
        for kind in KINDS:
            digest = digest_of([kind, number])
            with store.build(kind, digest) as place:
                assert isinstance(place, Path)
                for name in range(60):
                    (place / "tree" / str(name)).write_text(digest)
                store.finish(kind, digest, place, {})
    return store


def project_in(folder: Path) -> Path:
    folder.mkdir()
    (folder / "kagura.toml").touch()
    return folder


def test_projects_at_work_never_lose_what_they_use_to_a_clean(tmp_path: Path) -> None:
    home = tmp_path / "home"
    users = [
        subprocess.Popen(
            [
                sys.executable,
                "-c",
                USER,
                home,
                project_in(tmp_path / str(number)),
                str(number),
                "6",
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(4)
    ]
    removed = 0
    while any(user.poll() is None for user in users):
        answer = kagura("clean", "--yes", home=home, folder=tmp_path)
        assert answer.returncode == 0, answer.stderr
        removed += answer.stdout.count("remove ")
    for user in users:
        rounds, complaints = user.communicate()
        assert user.returncode == 0, complaints
        assert int(rounds) > 0
    assert removed > 0


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_a_lease_holds_while_its_holder_lives_and_ends_with_it(
    tmp_path: Path, number: signal.Signals
) -> None:
    home = tmp_path / "home"
    store = fill(home)
    item = store.all("bases")[0]
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, home, item.digest], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    answer = kagura("clean", "--yes", home=home, folder=tmp_path)
    assert "in use" in answer.stdout
    assert [left.digest for left in store.all("bases")] == [item.digest]
    holder.send_signal(number)
    holder.wait()
    holder.stdout.close()
    assert kagura("clean", "--yes", home=home, folder=tmp_path).returncode == 0
    assert store.all("bases") == []


@pytest.mark.parametrize("point", range(8))
def test_a_kill_during_a_clean_leaves_the_store_whole(tmp_path: Path, point: int) -> None:
    home = tmp_path / "home"
    store = fill(home)
    chance = random.Random(SEED + point)
    process = start("clean", "--yes", home=home, folder=tmp_path)
    process.stdout.readline() if process.stdout else None  # it has begun to tell
    time.sleep(chance.uniform(0, 0.25))
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGKILL)
    process.communicate()
    for kind in KINDS:
        assert store.broken(kind) == []
        assert all(store.is_whole(item) for item in store.all(kind))
    assert kagura("clean", "--yes", home=home, folder=tmp_path).returncode == 0
    assert [path for path in (home / "tmp").iterdir() if path.is_dir()] == []
    assert store.all("bases") == store.all("layers") == []


def test_two_cleans_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    store = fill(tmp_path / "home")
    processes = [
        subprocess.Popen(
            [*KAGURA, "clean", "--yes"],
            env=os.environ | {"KAGURA_HOME": str(tmp_path / "home")},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for process in processes:
        _, complaints = process.communicate()
        assert process.returncode == 0, complaints
    assert store.all("bases") == []
