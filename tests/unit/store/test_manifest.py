"""The record of an object's files: whatever changes is named."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from kagura.store.manifest import MANIFEST, faults, write_manifest
from kagura.store.objects import Store, StoredObject, digest_of

DIGEST = digest_of("a base")


@pytest.fixture
def item(tmp_path: Path) -> StoredObject:
    store = Store(tmp_path)
    with store.build("bases", DIGEST) as place:
        assert isinstance(place, Path)
        (place / "tree" / "bin").mkdir()
        (place / "tree" / "bin" / "python").write_text("#!")
        (place / "tree" / "bin" / "python3").symlink_to("python")
        (place / "tree" / "empty").touch()
        os.mkfifo(place / "tree" / "pipe")
        return store.finish("bases", DIGEST, place, {})


def found(item: StoredObject) -> list[str]:
    told = Store(item.folder.parents[1]).faults(item)
    assert told is not None
    return list(told)


def rewrite(path: Path) -> None:
    status = path.stat()
    path.write_text("!#")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def turn(path: Path) -> None:
    path.unlink()
    path.symlink_to("elsewhere")


CHANGES: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "same size and time": ("bin/python", rewrite, "bin/python was changed"),
    "another link": ("bin/python3", turn, "bin/python3 was changed"),
    "a file that is a link now": ("empty", turn, "empty was changed"),
    "lost": ("empty", lambda path: path.unlink(), "empty is gone"),
    "new": ("bin/new", lambda path: path.write_text(""), "bin/new came from nowhere"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_named(item: StoredObject, change: str) -> None:
    path, do, told = CHANGES[change]
    assert found(item) == []
    do(item.tree / path)
    assert found(item) == [told]


def test_a_touched_file_with_the_same_bytes_is_whole(item: StoredObject) -> None:
    os.utime(item.tree / "empty", (0, 0))
    assert found(item) == []


def test_a_changed_record_is_told(item: StoredObject) -> None:
    (item.folder / MANIFEST).write_text("")
    assert found(item) == [f"{MANIFEST} was changed"]
    (item.folder / MANIFEST).unlink()
    assert found(item)[0].startswith(f"{MANIFEST} cannot be read")


def test_an_older_object_has_no_record(item: StoredObject) -> None:
    path = item.folder / "object.json"
    path.write_text(path.read_text().replace('"manifest"', '"of later"'))
    assert Store(item.folder.parents[1]).faults(item) is None


def test_a_record_that_is_there_is_kept(tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    (tmp_path / MANIFEST).write_text("an input's own\n")
    write_manifest(tmp_path)
    assert (tmp_path / MANIFEST).read_text() == "an input's own\n"


def test_an_object_put_aside_is_not_found_and_is_built_again(item: StoredObject) -> None:
    store = Store(item.folder.parents[1])
    with store.lease(item):
        store.put_aside(item)
        assert (item.tree / "bin" / "python").exists()
    assert store.find("bases", DIGEST) is None
    assert store.broken("bases") == [item.folder]
    with store.build("bases", DIGEST) as place:
        assert isinstance(place, Path)
        store.finish("bases", DIGEST, place, {})
    assert store.broken("bases") == []


def test_faults_are_found_by_the_manifest_alone(tmp_path: Path) -> None:
    (tmp_path / "tree" / "deep").mkdir(parents=True)
    (tmp_path / "tree" / "deep" / "é\n").write_text("x")
    expected = write_manifest(tmp_path)
    assert list(faults(tmp_path, expected)) == []
