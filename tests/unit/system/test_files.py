"""The disk: atomic writes, digests without following links, locks, removal of hostile trees."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kagura.system.files import (
    Lock,
    digest_of_bytes,
    digest_of_file,
    explain,
    regular_files,
    remove_tree,
    write_atomically,
)


def test_a_link_in_the_way_of_a_write_is_replaced_and_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / "report.json").symlink_to(victim)
    write_atomically(tmp_path / "report.json", "{}")
    assert victim.read_text() == "precious"
    assert not (tmp_path / "report.json").is_symlink()
    assert (tmp_path / "report.json").read_text() == "{}"


def test_a_write_leaves_no_other_file(tmp_path: Path) -> None:
    write_atomically(tmp_path / "a", b"1")
    write_atomically(tmp_path / "a", b"2")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_failed_write_leaves_the_old_content(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="folder"):
        write_atomically(tmp_path / "folder", "x")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_a_digest_names_its_algorithm(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    assert digest_of_file(tmp_path / "a") == digest_of_bytes(b"abc")
    assert digest_of_bytes(b"abc").startswith("sha256:ba7816bf")


def test_a_link_has_no_digest(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("/etc/passwd")
    with pytest.raises(OSError, match="a"):
        digest_of_file(tmp_path / "a")


def test_only_regular_files_are_listed(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "folder")
    os.mkfifo(tmp_path / "pipe")
    assert list(regular_files(tmp_path)) == ["folder/file"]


def test_a_tree_without_permissions_is_removed(tmp_path: Path) -> None:
    deep = tmp_path / "tree" / "work" / "inner"
    deep.mkdir(parents=True)
    (deep / "file").write_text("x")
    deep.chmod(0)
    deep.parent.chmod(0)
    remove_tree(tmp_path / "tree")
    assert not (tmp_path / "tree").exists()


def test_removal_does_not_follow_links(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "file").write_text("x")
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "link").symlink_to(tmp_path / "kept")
    remove_tree(tmp_path / "tree")
    assert (tmp_path / "kept" / "file").exists()


def test_an_exclusive_lock_excludes(tmp_path: Path) -> None:
    first, second = Lock(tmp_path / "lock"), Lock(tmp_path / "lock")
    assert first.acquire(wait=False)
    assert not second.acquire(wait=False)
    first.release()
    assert second.acquire(wait=False)
    second.release()


def test_shared_locks_share_and_keep_an_exclusive_one_out(tmp_path: Path) -> None:
    one, two = (Lock(tmp_path / "lock", shared=True) for _ in range(2))
    assert one.acquire(wait=False)
    assert two.acquire(wait=False)
    assert not Lock(tmp_path / "lock").acquire(wait=False)
    one.release()
    two.release()


def test_a_full_disk_is_told_as_such() -> None:
    error = explain(OSError(28, "No space left on device"), "building a base")
    assert error.message == "the disk is full: building a base"
    assert "kagura clean" in (error.hint or "")


def test_a_lock_that_is_held_is_given_back_at_the_end_of_a_block(tmp_path: Path) -> None:
    lock = Lock(tmp_path / "lock")
    lock.acquire()
    with lock:
        assert not Lock(tmp_path / "lock").acquire(wait=False)
    other = Lock(tmp_path / "lock")
    assert other.acquire(wait=False)
    other.release()
