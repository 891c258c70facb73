"""Tar archives, gz and plain files that come by ranges: written as they come, resumed anywhere."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import os
import random
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from kagura.errors import ServiceError
from kagura.inputs.choice import chosen_by
from kagura.inputs.remote import Changed, Remote, Source
from kagura.inputs.safety import LIMITS, ArchiveError, Limits
from kagura.inputs.streamed import fetch_stream
from kagura.inputs.target import Target, Unstreamable
from kagura.system.http import Http


class BrokenOffError(Exception):
    """What a kill or a lost network is here."""


class Served(Remote):
    """A source in memory that breaks after so many bytes."""

    def __init__(self, data: bytes, *, hash_of: bytes | None = None) -> None:
        md5 = None if hash_of is None else base64.b64encode(hashlib.md5(hash_of).digest()).decode()
        super().__init__(Source("", len(data), "mark", md5), http=cast(Http, None))
        self.data, self.served, self.left = data, 0, 1 << 60

    def stream(self, first: int, end: int, *, ahead: int | None = None) -> Iterator[bytes]:
        while first < end:
            piece = self.data[first : min(first + 20_000, end)]
            self.left -= len(piece)
            if self.left < 0:
                raise BrokenOffError
            self.served += len(piece)
            first += len(piece)
            yield piece


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Marks as a slow download would make them."""
    monkeypatch.setattr("kagura.inputs.inflow.SECONDS_BETWEEN", 0.0)
    monkeypatch.setattr("kagura.inputs.inflow.BYTES_BETWEEN", 300_000)
    monkeypatch.setattr("kagura.inputs.inflow.FEW_HELD", 0)


def target(folder: Path, name: str, **more: Any) -> Target:
    (folder / "tree").mkdir(exist_ok=True)
    given: dict[str, Any] = {"limits": LIMITS, "is_wanted": chosen_by(())} | more
    return Target(
        tree=folder / "tree", beside=folder / "beside", name=name, title="some/model", **given
    )


def fetch(served: Served, where: Target, *, is_trusted: bool = True) -> None:
    fetch_stream(served, where, connections=2, tell=lambda _: None, is_trusted=is_trusted)


def files_in(folder: Path) -> dict[str, bytes]:
    tree = folder / "tree"
    found = (path for path in tree.rglob("*") if path.is_file())
    return {path.relative_to(tree).as_posix(): path.read_bytes() for path in found}


def text(chance: random.Random, size: int) -> bytes:
    lines = b"".join(b"%d,%f\n" % (n, chance.random()) for n in range(size // 12))
    return lines[:size]


def content() -> dict[str, bytes]:
    chance = random.Random(7)
    files = {f"small/{n}.json": text(chance, n * 37) for n in range(150)}
    files["model.bin"] = chance.randbytes(3_000_000)
    files["sub/" + "long-name-" * 20 + "/table.csv"] = text(chance, 5_000_000)
    files["leer.txt"] = b""
    files["z/weights.h5"] = text(chance, 2_000_000) + bytes(500_000)
    return files


def tarred(files: dict[str, bytes], form: int = tarfile.GNU_FORMAT) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


FORMS: dict[str, Callable[[dict[str, bytes]], bytes]] = {
    "a.tar.gz": lambda files: gzip.compress(tarred(files), 6),
    "pax.tar.gz": lambda files: gzip.compress(tarred(files, tarfile.PAX_FORMAT), 1),
    "a.tar": tarred,
}


@pytest.mark.parametrize("name", FORMS)
def test_a_tar_comes_whole(tmp_path: Path, name: str) -> None:
    files = content()
    served = Served(FORMS[name](files))
    fetch(served, target(tmp_path, name))
    assert files_in(tmp_path) == files
    assert not (tmp_path / "beside").exists()
    assert served.served <= len(served.data) + 70_000


@pytest.mark.parametrize("name", FORMS)
def test_a_tar_that_breaks_again_and_again_goes_on_from_its_middle(
    tmp_path: Path, name: str
) -> None:
    files, chance = content(), random.Random(11)
    served = Served(FORMS[name](files))
    breaks = 0
    while True:
        served.left = chance.randrange(200_000, 1_200_000)
        try:
            fetch(served, target(tmp_path, name))
        except BrokenOffError:
            breaks += 1
        else:
            break
    assert breaks >= 4
    assert files_in(tmp_path) == files
    # Its first bytes tell each time what it is; the rest comes about once.
    assert served.served - breaks * 65_536 <= 1.05 * len(served.data)


def test_single_files_come_too_packed_or_not(tmp_path: Path) -> None:
    data = text(random.Random(3), 4_000_000)
    for name, packed in (("a.csv", data), ("b.csv.gz", gzip.compress(data))):
        served = Served(packed)
        while True:
            served.left = 900_000
            try:
                fetch(served, target(tmp_path, name))
                break
            except BrokenOffError:
                continue
        assert served.served <= 1.05 * len(packed) + 65_536 * 5
    assert files_in(tmp_path) == {"a.csv": data, "b.csv": data}


@pytest.mark.parametrize("name", ["a.csv", "a.tar"])
def test_what_has_no_sum_of_its_own_is_held_against_the_hash_of_the_store(
    tmp_path: Path, name: str
) -> None:
    data = text(random.Random(3), 2_000_000) if name == "a.csv" else tarred(content())
    hurt = data[:1_000_000] + bytes([data[1_000_000] ^ 1]) + data[1_000_001:]
    with pytest.raises(Changed):
        fetch(Served(hurt, hash_of=data), target(tmp_path, name))
    fetch(Served(data, hash_of=data), target(tmp_path, name))
    assert sum(map(len, files_in(tmp_path).values())) > 1_500_000


def test_a_file_that_goes_on_is_held_against_the_hash_from_its_first_byte(tmp_path: Path) -> None:
    data = text(random.Random(3), 2_000_000)
    begun = {"right": data, "wrong": data[::-1]}
    for name, first in begun.items():
        (tmp_path / name).mkdir()
        served = Served(first, hash_of=data)
        served.left = 1_200_000
        with pytest.raises(BrokenOffError):
            fetch(served, target(tmp_path / name, "a.csv"))
    fetch(Served(data, hash_of=data), target(tmp_path / "right", "a.csv"))
    assert files_in(tmp_path / "right") == {"a.csv": data}
    with pytest.raises(Changed):
        fetch(Served(data, hash_of=data), target(tmp_path / "wrong", "a.csv"))
    fetch(Served(data, hash_of=data), target(tmp_path / "wrong", "a.csv"))
    assert files_in(tmp_path / "wrong") == {"a.csv": data}


def test_only_what_is_wanted_of_a_tar_is_written(tmp_path: Path) -> None:
    files = content()
    where = target(tmp_path, "a.tar.gz", is_wanted=chosen_by(["*.bin", "small/1?.json"]))
    fetch(Served(FORMS["a.tar.gz"](files)), where)
    assert set(files_in(tmp_path)) == {"model.bin", *(f"small/{n}.json" for n in range(10, 20))}


def lost(path: Path) -> None:
    """What a machine that died may leave of a file: its length, and zeros."""
    path.chmod(0o600)
    path.write_bytes(bytes(path.stat().st_size))


@pytest.mark.parametrize("name", [*FORMS, "one.csv"])
@pytest.mark.parametrize("damage", ["none", "finished", "at work", "kept"])
def test_after_the_death_of_a_machine_only_what_is_right_is_gone_on_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, damage: str
) -> None:
    monkeypatch.setattr("kagura.inputs.kept.AHEAD", 2)
    files = content()
    data = text(random.Random(3), 6_000_000) if name == "one.csv" else FORMS[name](files)
    served, where = Served(data), target(tmp_path, name)
    served.left = len(data) * 2 // 3
    with pytest.raises(BrokenOffError):
        fetch(served, where)
    written = [path for path in (tmp_path / "tree").rglob("*.*") if path.stat().st_size]
    written.sort(key=lambda path: path.stat().st_mtime_ns)
    match damage:
        case "finished":
            lost(written[0])
        case "at work":
            lost(written[-1])
        case "kept":
            for path in (tmp_path / "beside").iterdir():
                if path.name.isdigit():
                    lost(path)
    again = Served(data)
    fetch(again, where, is_trusted=False)
    assert files_in(tmp_path) == ({name: data} if name == "one.csv" else files)
    assert (again.served < len(data)) == (damage in ("none", "kept"))


def test_what_is_here_of_a_lost_file_is_not_gone_on_from(tmp_path: Path) -> None:
    files = content()
    served = Served(FORMS["a.tar.gz"](files))
    served.left = len(served.data) - 500_000
    with pytest.raises(BrokenOffError):
        fetch(served, target(tmp_path, "a.tar.gz"))
    for path in (tmp_path / "tree").rglob("*"):
        if path.is_file():
            path.unlink()
    served.left = 1 << 60
    fetch(served, target(tmp_path, "a.tar.gz"))
    assert files_in(tmp_path).keys() <= files.keys()


def test_a_tar_of_a_folder_names_the_folder_itself_too(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        root = tarfile.TarInfo("./")
        root.type = tarfile.DIRTYPE
        archive.addfile(root)
        one = tarfile.TarInfo("./deep/one.txt")
        one.size = 3
        archive.addfile(one, io.BytesIO(b"one"))
    fetch(Served(buffer.getvalue()), target(tmp_path, "archive.tar.gz"))
    assert files_in(tmp_path) == {"deep/one.txt": b"one"}


def test_an_empty_tar_has_no_files_and_a_page_is_no_tar(tmp_path: Path) -> None:
    fetch(Served(gzip.compress(tarred({}))), target(tmp_path, "archive.tar.gz"))
    assert files_in(tmp_path) == {}
    page = b"<html><body>Service unavailable</body></html>"
    for packed in (page, gzip.compress(page)):
        with pytest.raises(ArchiveError):
            fetch(Served(packed), target(tmp_path, "archive.tar.gz"))
        assert files_in(tmp_path) == {}


def test_damage_and_a_lost_end_are_found(tmp_path: Path) -> None:
    packed = FORMS["a.tar.gz"](content())
    middle = len(packed) // 2
    hurt = packed[:middle] + bytes([packed[middle] ^ 1]) + packed[middle + 1 :]
    for wrong in (hurt, packed[:-1000], packed[:-8] + bytes(8)):
        with pytest.raises(ServiceError, match="some/model"):
            fetch(Served(wrong), target(tmp_path, "a.tar.gz"))


def test_several_gzip_streams_go_another_way(tmp_path: Path) -> None:
    packed = gzip.compress(b"a" * 1000) + gzip.compress(b"b" * 1000)
    with pytest.raises(Unstreamable):
        fetch(Served(packed), target(tmp_path, "a.csv.gz"))


def test_a_bomb_is_refused(tmp_path: Path) -> None:
    packed = gzip.compress(tarred({"zeros": bytes(30_000_000)}))
    with pytest.raises(ServiceError, match="a bomb"):
        fetch(Served(packed), target(tmp_path, "a.tar.gz", limits=Limits(size=1_000_000)))


@pytest.mark.parametrize("kind", ["../out", "/abs", "link", "hard", "fifo"])
def test_a_hostile_tar_is_refused(tmp_path: Path, kind: str) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        info = tarfile.TarInfo(kind if kind.startswith((".", "/")) else "member")
        info.type = {
            "link": tarfile.SYMTYPE,
            "hard": tarfile.LNKTYPE,
            "fifo": tarfile.FIFOTYPE,
        }.get(kind, tarfile.REGTYPE)
        info.linkname = "/etc/passwd"
        tar.addfile(info)
    (tmp_path / "deep").mkdir()
    with pytest.raises(ServiceError):
        fetch(Served(buffer.getvalue()), target(tmp_path / "deep", "a.tar.gz"))
    assert not (tmp_path / "out").exists()
    assert os.listdir(tmp_path / "deep" / "tree") == []
