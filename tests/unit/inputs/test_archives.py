"""Archives are read as zipfile and unzip read them, byte for byte, in as few requests as can be."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kagura.inputs.chunks import chunks
from kagura.inputs.zip_members import UnusualArchive

sys.path.insert(0, str(Path(__file__).parent))
from archives import as_it_comes, by_ranges, files_in, listed, whole, zipped


def by_unzip(data: bytes, tree: Path) -> None:
    """What Info-ZIP makes of it."""
    archive = tree.with_name("archive.zip")
    archive.write_bytes(data)
    subprocess.run(["unzip", "-q", "-o", archive, "-d", tree], check=True)


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


@pytest.mark.parametrize(
    ("name", "encoding"), [("表データ.csv", "cp932"), ("größe.csv", "cp437"), ("日本.csv", "utf-8")]
)
def test_names_without_an_encoding_are_guessed(tmp_path: Path, name: str, encoding: str) -> None:
    raw = name.encode(encoding)
    data = bytearray(zipped(lambda archive: archive.writestr("x" * len(raw), "content")))
    data = bytearray(bytes(data).replace(b"x" * len(raw), raw))
    (member,) = listed(bytes(data))
    assert member.path == name


def test_sizes_and_places_of_more_than_32_bits_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Else it takes 4 GiB until they are written so.
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 10)
    contents = {f"{number}.csv": "1,2\n" * number for number in range(1, 50)}

    def make(archive: zipfile.ZipFile) -> None:
        for name, text in contents.items():
            archive.writestr(name, text)

    data = zipped(make)
    assert b"PK\x06\x06" in data
    by_ranges(data, tmp_path)
    assert files_in(tmp_path) == {name: text.encode() for name, text in contents.items()}


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


def test_the_last_ranges_are_the_shortest_so_that_all_end_together() -> None:
    def make(archive: zipfile.ZipFile) -> None:
        for number in range(400):
            archive.writestr(f"{number}", bytes(100_000))

    lengths = [
        chunk.end - chunk.first for chunk in chunks(listed(zipped(make, zipfile.ZIP_STORED)))
    ]
    assert lengths[0] > 2 * lengths[-2]
    assert lengths[:-1] == sorted(lengths[:-1], reverse=True)
