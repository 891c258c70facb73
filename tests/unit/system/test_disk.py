"""Bytes on disk: as du counts them, whatever links and holes there are."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from kagura.system.disk import measure, reclaimable, together, tree_size


def counted(folder: Path) -> int:
    """What ``du`` says, by another way: every inode's blocks once."""
    found = {}
    for where, folders, files in os.walk(folder):
        for name in (".", *folders, *files):
            status = os.lstat(os.path.join(where, name))
            found[status.st_dev, status.st_ino] = status.st_blocks * 512
    return sum(found.values())


def test_folders_links_and_files_with_holes_count_what_the_disk_gave(tmp_path: Path) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "file").write_bytes(b"x" * 100_000)
    (tmp_path / "deep" / "er" / "link").symlink_to("../" + "long/" * 100)
    with open(tmp_path / "sparse", "wb") as file:
        file.truncate(50_000_000)
        file.seek(10_000_000)
        file.write(b"x")
    assert tree_size(tmp_path) == counted(tmp_path) < 1_000_000


def test_a_hard_linked_file_counts_once(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 100_000)
    once = tree_size(tmp_path)
    os.link(tmp_path / "a", tmp_path / "b")
    assert tree_size(tmp_path) == once == counted(tmp_path)


def test_what_two_folders_share_counts_once_for_both(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    (tmp_path / "one" / "a").write_bytes(b"x" * 100_000)
    os.link(tmp_path / "one" / "a", tmp_path / "two" / "a")
    one, two = measure(tmp_path / "one"), measure(tmp_path / "two")
    assert together([one, two]).size < one.size + two.size
    assert (
        together([one, two]).size
        == tree_size(tmp_path) - measure(tmp_path, but=[tmp_path / "one", tmp_path / "two"]).size
    )


def test_what_is_not_there_takes_nothing(tmp_path: Path) -> None:
    assert tree_size(tmp_path / "nothing") == 0


def test_a_file_with_a_link_elsewhere_frees_nothing(tmp_path: Path) -> None:
    for name in ("base", "cache"):
        (tmp_path / name).mkdir()
    (tmp_path / "base" / "own").write_bytes(b"x" * 100_000)
    (tmp_path / "base" / "shared").write_bytes(b"x" * 100_000)
    os.link(tmp_path / "base" / "shared", tmp_path / "cache" / "shared")
    alone = reclaimable([tmp_path / "base"])
    assert 0 < alone < tree_size(tmp_path / "base")
    assert (
        reclaimable([tmp_path / "base", tmp_path / "cache"])
        == tree_size(tmp_path) - measure(tmp_path, but=[tmp_path / "base", tmp_path / "cache"]).size
    )


@given(names=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5)), max_size=12))
def test_any_pattern_of_links_counts_as_du_does(names: list[tuple[int, int]]) -> None:
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        for number in range(4):
            (folder / str(number)).mkdir()
        for position, (where, content) in enumerate(names):
            first = folder / f"content-{content}"
            if not first.exists():
                first.write_bytes(b"x" * 5000 * (content + 1))
            os.link(first, folder / str(where) / str(position))
        assert tree_size(folder) == counted(folder)
