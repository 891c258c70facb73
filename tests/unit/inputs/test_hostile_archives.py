"""Archives that are broken, or made to do harm: refused by name, and nothing is written outside."""

from __future__ import annotations

import stat
import struct
import sys
import zipfile
from pathlib import Path

import pytest

from kagura.errors import ServiceError
from kagura.inputs.safety import Limits
from kagura.inputs.zip_members import UnusualArchive

sys.path.insert(0, str(Path(__file__).parent))
from archives import WAYS, Make, Way, files_in, listed, zipped


def link(archive: zipfile.ZipFile) -> None:
    info = zipfile.ZipInfo("link")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    archive.writestr(info, "/etc/passwd")


def device(archive: zipfile.ZipFile) -> None:
    info = zipfile.ZipInfo("device")
    info.external_attr = (stat.S_IFCHR | 0o666) << 16
    archive.writestr(info, "")


def named(*names: str) -> Make:
    def make(archive: zipfile.ZipFile) -> None:
        for name in names:
            info = zipfile.ZipInfo("x")
            info.filename = name
            archive.writestr(info, "" if name.endswith("/") else "content")

    return make


HOSTILE: dict[str, Make] = {
    "../out.txt": named("../out.txt"),
    "a/../../out.txt": named("a/../../out.txt"),
    "/abs.txt": named("/abs.txt"),
    "C:/x.txt": named("C:/x.txt"),
    "C:\\x.txt": named("C:\\x.txt"),
    "..\\out.txt": named("..\\out.txt"),
    "\\abs.txt": named("\\abs.txt"),
    "link": link,
    "device": device,
    "twice": named("twice", "twice"),
    "below/file": named("below", "below/file"),
    "long": named("n" * 300),
}


@WAYS
@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_hostile_member_is_refused_and_nothing_is_written_outside(
    tmp_path: Path, way: Way, name: str
) -> None:
    tree = tmp_path / "deep" / "tree"
    tree.mkdir(parents=True)
    with pytest.raises(ServiceError) as told:
        way(zipped(HOSTILE[name]), tree)
    assert "some/data" in told.value.message
    assert told.value.hint
    outside = [path for path in tmp_path.rglob("*") if path.is_file() and tree not in path.parents]
    assert [path.name for path in outside if path.name != "archive"] == []
    assert not any(path.is_symlink() for path in tmp_path.rglob("*"))


@WAYS
def test_odd_names_that_do_no_harm_are_kept(tmp_path: Path, way: Way) -> None:
    (tmp_path / "tree").mkdir()
    odd = ("a:b.csv", "back\\slash.csv", "./here.csv", "deep/./c:d")
    way(zipped(named("./", *odd)), tmp_path / "tree")
    assert set(files_in(tmp_path / "tree")) == {
        "a:b.csv", "back\\slash.csv", "here.csv", "deep/c:d"
    }  # fmt: skip


@WAYS
def test_damage_is_found(tmp_path: Path, way: Way) -> None:
    data = zipped(lambda archive: archive.writestr("a.csv", bytes(range(256)) * 40))
    (tmp_path / "tree").mkdir()
    for at in (40, 60, 100):
        broken = bytearray(data)
        broken[at] ^= 0xFF
        with pytest.raises(ServiceError):
            way(bytes(broken), tmp_path / "tree")


@WAYS
def test_a_truncated_archive_is_refused(tmp_path: Path, way: Way) -> None:
    data = zipped(lambda archive: archive.writestr("a.csv", "x" * 5000))
    (tmp_path / "tree").mkdir()
    with pytest.raises((ServiceError, UnusualArchive)):
        way(data[:-30], tmp_path / "tree")


@WAYS
def test_a_bomb_is_refused_unless_the_user_allows_its_size(tmp_path: Path, way: Way) -> None:
    data = zipped(lambda archive: archive.writestr("zeros", bytes(20_000_000)))
    (tmp_path / "tree").mkdir()
    for limits in (Limits(floor=1_000_000), Limits(size=19_999_999), Limits(members=0)):
        with pytest.raises(ServiceError, match="a bomb"):
            way(data, tmp_path / "tree", limits=limits)
        assert files_in(tmp_path / "tree") == {}
    way(data, tmp_path / "tree", limits=Limits(floor=1_000_000, size=20_000_000))
    assert (tmp_path / "tree" / "zeros").stat().st_size == 20_000_000


@WAYS
def test_a_member_that_claims_less_than_it_holds_is_refused(tmp_path: Path, way: Way) -> None:
    data = bytearray(zipped(lambda archive: archive.writestr("a", bytes(100_000))))
    directory = data.rindex(b"PK\x01\x02")
    data[directory + 24 : directory + 28] = struct.pack("<I", 10)
    (tmp_path / "tree").mkdir()
    with pytest.raises(ServiceError):
        way(bytes(data), tmp_path / "tree")
    assert sum(len(content) for content in files_in(tmp_path / "tree").values()) < 100_000


@WAYS
def test_an_encrypted_member_is_refused(tmp_path: Path, way: Way) -> None:
    data = bytearray(zipped(lambda archive: archive.writestr("secret", "x")))
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(magic) + offset] |= 1
    (tmp_path / "tree").mkdir()
    with pytest.raises(ServiceError, match="encrypted"):
        way(bytes(data), tmp_path / "tree")


def test_names_that_differ_by_case_are_one_where_the_disk_ignores_it() -> None:
    data = zipped(named("Train/a.csv", "train/A.csv"))
    assert len(listed(data)) == 2
    with pytest.raises(ServiceError, match="on a disk that ignores case"):
        listed(data, ignores_case=True)
