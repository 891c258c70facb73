"""kagura pull --outputs: the files that a notebook's run left on Kaggle."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kagura.inputs.whole import fetch_file
from kagura.kaggle.client import connect
from kagura.model.handle import notebook_handle
from kagura.progress import Silent
from kagura.store.objects import Store
from kagura.system.host import boot_id
from kagura.system.http import Http
from kagura.testing import Standin
from kagura.workflows.outputs import fetch_outputs
from kagura.workflows.service import service

sys.path.insert(0, str(Path(__file__).parents[1]))
from commands import KAGURA
from pulling import TUTORIAL, Command, source

FOLDER = "titanic-tutorial"
PULL = ("pull", TUTORIAL, "--outputs", "--no-inputs")


def test_outputs_that_were_published_come_too(kagura: Command, here: Path) -> None:
    assert kagura(*PULL).returncode == 0
    folder = here / FOLDER / "outputs"
    assert (folder / "submission.csv").read_text() == "theirs"


def test_what_is_whole_is_not_fetched_again(
    kagura: Command, standin: Standin, here: Path, tmp_path: Path
) -> None:
    assert kagura(*PULL).returncode == 0
    served = standin.served(TUTORIAL)
    again = kagura(*PULL)
    assert again.returncode == 0, again.stderr
    assert "1 file in titanic-tutorial/outputs, 1 already there" in again.stderr
    assert standin.served(TUTORIAL) == served
    (here / FOLDER / "outputs" / "submission.csv").unlink()
    assert kagura(*PULL).returncode == 0
    assert (here / FOLDER / "outputs" / "submission.csv").read_text() == "theirs"
    assert list((tmp_path / "store" / "partial").iterdir()) == []


def test_an_address_that_has_ended_is_asked_for_again(
    standin: Standin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a long list the last addresses may end before their turn comes."""
    standin.kernel("a/b", source(), version=1, output={"one.txt": "1", "two.txt": "2" * 9})
    for name, value in standin.environment().items():
        monkeypatch.setenv(name, value)

    class Expiring(Silent):
        is_over = False

        def update(self, *_: object, **__: object) -> None:
            if not self.is_over:
                standin.expire("a/b")
                self.is_over = True

    with service(Silent()) as kaggle:
        fetch_outputs(
            notebook_handle("a/b/1"),
            tmp_path,
            kaggle=kaggle,
            store=Store(tmp_path / "store"),
            progress=Expiring(),
            overwrite=False,
        )
    assert (tmp_path / "outputs" / "two.txt").read_text() == "2" * 9


def test_a_kill_loses_little_and_leaves_nothing_in_the_folder(
    kagura: Command, standin: Standin, here: Path, tmp_path: Path
) -> None:
    content = os.urandom(6_000_000)
    (tmp_path / "big").write_bytes(content)
    standin.kernel("a/big", source(), version=1, output={"deep/big.bin": tmp_path / "big"})
    standin.limit(3_000_000)
    own = {"HOME": str(tmp_path / "user"), "KAGURA_HOME": str(tmp_path / "store")}
    process = subprocess.Popen(
        [*KAGURA, "pull", "a/big", "--outputs"],
        env=dict(os.environ) | standin.environment() | own,
        cwd=here,
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    store = tmp_path / "store" / "partial"
    while not sum(path.stat().st_size for path in store.glob("*/.*.part")) > 1_500_000:
        assert process.poll() is None
        time.sleep(0.05)
    process.kill()
    process.wait()
    assert not list((here / "big").rglob("*.part"))
    standin.limit(None)
    served = standin.served("a/big")
    again = kagura("pull", "a/big", "--outputs")
    assert again.returncode == 0, again.stderr
    assert (here / "big" / "outputs" / "deep" / "big.bin").read_bytes() == content
    assert standin.served("a/big") - served < 4_500_001
    assert list(store.iterdir()) == []


@pytest.mark.parametrize("begun", [b"old", b"new", b"new content", b"new content and more"])
@pytest.mark.parametrize("is_same", [True, False])
def test_what_was_begun_is_gone_on_with_only_if_it_is_of_this_object(
    standin: Standin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, begun: bytes, is_same: bool
) -> None:
    for name, value in standin.environment().items():
        monkeypatch.setenv(name, value)
    standin.kernel("a/b", source(), version=1, output={"x.txt": "new content"})
    with Http() as http:
        client = connect(os.environ, home=tmp_path, http=http)
        address = next(client.kernel_output("a/b")).address.url
        with http.open(address) as stream:
            mark = stream.headers["ETag"] if is_same else '"another"'
        (tmp_path / ".x.txt.part").write_bytes(begun)
        (tmp_path / ".x.txt.mark").write_text(f"{boot_id()}\n{mark}")
        fetch_file(lambda: address, tmp_path / "x.txt", http=http)
    assert (tmp_path / "x.txt").read_bytes() == b"new content"
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["x.txt"]


def test_an_edited_file_stays_and_is_told(kagura: Command, standin: Standin, here: Path) -> None:
    assert kagura(*PULL).returncode == 0
    file = here / FOLDER / "outputs" / "submission.csv"
    file.write_text("mine")
    standin.kernel(TUTORIAL, source(), version=13, output={"submission.csv": "newer"})
    kept = kagura(*PULL)
    assert kept.returncode == 0, kept.stderr
    assert "stays as it is: submission.csv" in kept.stderr
    assert file.read_text() == "mine"
    assert kagura(*PULL, "--overwrite").returncode == 0
    assert file.read_text() == "newer"


def test_versions_are_not_mixed(kagura: Command, standin: Standin, here: Path) -> None:
    old = {"old/a.txt": "1", "old/edited.txt": "1", "both.txt": "1", "was-a-file": "1"}
    standin.kernel("a/b", source(), version=1, output=old)
    assert kagura("pull", "a/b", "--outputs").returncode == 0
    outputs = here / "b" / "outputs"
    (outputs / "old" / "edited.txt").write_text("mine")
    (outputs / "mine.txt").write_text("mine")
    new = {"both.txt": "2", "was-a-file/x.txt": "2"}
    standin.kernel("a/b", source(), version=2, output=new)
    pulled = kagura("pull", "a/b", "--outputs")
    assert pulled.returncode == 0, pulled.stderr
    assert "old/edited.txt" in pulled.stderr
    left = {
        path.relative_to(outputs).as_posix(): path.read_text()
        for path in outputs.rglob("[!.]*")
        if path.is_file()
    }
    assert left == {**new, "old/edited.txt": "mine", "mine.txt": "mine"}


def test_an_output_that_names_a_place_outside_is_left_out(
    kagura: Command, standin: Standin, here: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "absolute.txt"
    names = ("../../up.txt", str(outside), "deep/../../up.txt", "good.txt")
    standin.kernel("a/b", source(), version=1, output=dict.fromkeys(names, "x"))
    pulled = kagura("pull", "a/b", "--outputs")
    assert pulled.returncode == 0, pulled.stderr
    assert pulled.stderr.count("names a place outside: left out") == 3
    assert not outside.exists()
    assert not list(tmp_path.rglob("up.txt"))
    assert (here / "b" / "outputs" / "good.txt").read_text() == "x"
