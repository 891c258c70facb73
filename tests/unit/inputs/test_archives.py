"""Archives that nobody vouches for: read as zipfile reads them, or refused by name."""

from __future__ import annotations

import io
import os
import shutil
import stat
import struct
import subprocess
import zipfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kagura.errors import ServiceError
from kagura.inputs.chunks import chunks
from kagura.inputs.inflate import Bytes, Destination, is_here, write_member
from kagura.inputs.inflating import FAULTS
from kagura.inputs.safety import LIMITS, Limits
from kagura.inputs.unpack import unpack
from kagura.inputs.zip_members import Members, UnusualArchive, members_of
from kagura.inputs.zip_stream import write_zip_stream

Make = Callable[[zipfile.ZipFile], None]
Way = Callable[..., None]


def zipped(make: Make, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        make(archive)
    return buffer.getvalue()


def listed(data: bytes, limits: Limits = LIMITS) -> Members:
    return members_of(
        lambda first, end: data[first:end], size=len(data), title="some/data", limits=limits
    )


def by_ranges(data: bytes, tree: Path, *, limits: Limits = LIMITS) -> None:
    """What a download by ranges does, without a network."""
    members = listed(data, limits)
    for chunk in chunks(members):
        part = data[chunk.first : chunk.end]
        stream = Bytes(part[at : at + 1000] for at in range(0, len(part), 1000))
        at = chunk.first
        for member in chunk:
            stream.skip(member.first - at)
            write_member(member, stream, os.fspath(tree))
            at = member.end
    for is_trusted in (True, False):
        to = Destination(tree=os.fspath(tree), beside=tree, is_trusted=is_trusted)
        assert all(is_here(member, to) for member in members)


def as_it_comes(data: bytes, tree: Path, *, limits: Limits = LIMITS) -> None:
    """What a download from a server without ranges does."""
    pieces = Bytes(data[at : at + 1000] for at in range(0, len(data), 1000))
    most = limits.most(len(data))
    try:
        write_zip_stream(
            pieces,
            tree,
            title="some/data",
            limits=limits,
            most=most,
            is_wanted=lambda _: True,
        )
    except Exception as error:
        shutil.rmtree(tree)
        tree.mkdir()
        if isinstance(error, FAULTS):
            raise ServiceError(str(error)) from error
        raise


def whole(data: bytes, tree: Path, *, limits: Limits = LIMITS) -> None:
    """What a download of an archive that is packed by a seldom method does."""
    archive = tree.with_name("archive")
    archive.write_bytes(data)
    unpack(archive, tree, title="some/data", limits=limits)


def by_unzip(data: bytes, tree: Path) -> None:
    """What Info-ZIP makes of it."""
    archive = tree.with_name("archive.zip")
    archive.write_bytes(data)
    subprocess.run(["unzip", "-q", "-o", archive, "-d", tree], check=True)


WAYS = pytest.mark.parametrize("way", [by_ranges, as_it_comes, whole])


def files_in(tree: Path) -> dict[str, bytes]:
    found = (path for path in tree.rglob("*") if path.is_file())
    return {path.relative_to(tree).as_posix(): path.read_bytes() for path in found}


NAMES = st.lists(
    st.text(st.characters(codec="utf-8", exclude_characters="/\\\0:"), min_size=1, max_size=12),
    min_size=1,
    max_size=3,
).filter(lambda parts: not {".", ".."} & set(parts))


def test_what_the_disk_takes_only_in_part_is_written_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = zipped(lambda archive: archive.writestr("a.csv", "1,2\n" * 1000))
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, piece: write(descriptor, piece[:700]))
    by_ranges(data, tmp_path)
    assert (tmp_path / "a.csv").read_text() == "1,2\n" * 1000


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    contents=st.dictionaries(NAMES.map("/".join), st.binary(max_size=5000), max_size=12),
    method=st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]),
    comment=st.binary(max_size=50).filter(lambda text: b"PK" not in text),
)
def test_what_zipfile_and_unzip_read_is_read_alike(
    tmp_path_factory: pytest.TempPathFactory,
    contents: dict[str, bytes],
    method: int,
    comment: bytes,
) -> None:
    folders = {
        name.rsplit("/", depth)[0] for name in contents for depth in range(1, 3) if "/" in name
    }
    kept = {name: data for name, data in contents.items() if name not in folders}

    def make(archive: zipfile.ZipFile) -> None:
        archive.comment = comment
        for name, data in kept.items():
            archive.writestr(name, data)

    data = zipped(make, method)
    ways: list[Callable[[bytes, Path], None]] = [by_ranges, as_it_comes, whole]
    if (
        shutil.which("unzip")
        and kept
        and all(name.isascii() and name.isprintable() for name in kept)
    ):
        ways.append(by_unzip)
    for way in ways:
        tree = tmp_path_factory.mktemp("tree") / "tree"
        tree.mkdir()
        way(data, tree)
        assert files_in(tree) == kept


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
            archive.writestr(info, "content")

    return make


HOSTILE: dict[str, Make] = {
    "../out.txt": named("../out.txt"),
    "a/../../out.txt": named("a/../../out.txt"),
    "/abs.txt": named("/abs.txt"),
    "C:/x.txt": named("C:/x.txt"),
    "a\\b.txt": named("a\\b.txt"),
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
def test_damage_is_found(tmp_path: Path, way: Way) -> None:
    data = zipped(lambda archive: archive.writestr("a.csv", bytes(range(256)) * 40))
    (tmp_path / "tree").mkdir()
    for at in (5, 40, 60, 100):
        broken = bytearray(data)
        broken[at] ^= 0xFF
        if at == 5:  # the version in a local header, which nobody reads
            continue
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


@pytest.mark.parametrize(
    ("name", "encoding"), [("表データ.csv", "cp932"), ("größe.csv", "cp437"), ("日本.csv", "utf-8")]
)
def test_names_without_an_encoding_are_guessed(tmp_path: Path, name: str, encoding: str) -> None:
    raw = name.encode(encoding)
    data = bytearray(zipped(lambda archive: archive.writestr("x" * len(raw), "content")))
    data = bytearray(bytes(data).replace(b"x" * len(raw), raw))
    (member,) = listed(bytes(data))
    assert member.path == name


def test_a_method_that_is_seldom_seen_goes_another_way(tmp_path: Path) -> None:
    data = zipped(lambda archive: archive.writestr("a", "x" * 100), zipfile.ZIP_LZMA)
    with pytest.raises(UnusualArchive):
        listed(data)
    (tmp_path / "tree").mkdir()
    whole(data, tmp_path / "tree")
    assert files_in(tmp_path / "tree") == {"a": b"x" * 100}


def test_neighbours_are_asked_for_together() -> None:
    def make(archive: zipfile.ZipFile) -> None:
        for number in range(50):
            archive.writestr(f"{number}", os.urandom(200_000))

    data = zipped(make, zipfile.ZIP_STORED)
    members = listed(data)
    found = list(chunks(members))
    assert [member for chunk in found for member in chunk] == list(members)
    assert 10 <= len(found) <= 25
    assert all(before.end == after.first for before, after in pairwise(found))
    # Without one in the middle its bytes are in no range.
    fewer = chunks(members.where(lambda member: member.path != "10"))
    assert not any(chunk.first <= members[10].first < chunk.end for chunk in fewer)
