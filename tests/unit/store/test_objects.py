"""The store: nothing half-written is ever found, what is damaged is built again, leases hold."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import pytest

from kagura.store.objects import Store, StoredObject, digest_of
from kagura.store.scratch import left_behind, scratch_folder, sweep

DIGEST = digest_of({"name": "a base"})


def built(store: Store, digest: str = DIGEST) -> StoredObject:
    with store.build("bases", digest) as place:
        assert isinstance(place, Path)
        (place / "tree" / "bin").mkdir()
        (place / "tree" / "bin" / "python").write_text("#!")
        return store.finish("bases", digest, place, {"name": "a base"})


def test_a_built_object_is_found_with_its_record(tmp_path: Path) -> None:
    store = Store(tmp_path)
    item = built(store)
    found = store.find("bases", DIGEST)
    assert found == item
    assert found is not None
    assert found.record == {"name": "a base"}
    assert (found.tree / "bin" / "python").read_text() == "#!"


def test_a_build_that_fails_leaves_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path)

    def fail_half_way() -> None:
        with store.build("bases", DIGEST) as place:
            assert isinstance(place, Path)
            (place / "tree" / "half").write_text("x")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_half_way()
    assert store.find("bases", DIGEST) is None
    assert list((tmp_path / "tmp").iterdir()) == []


def test_who_comes_second_gets_the_first_ones_object(tmp_path: Path) -> None:
    store = Store(tmp_path)
    item = built(store)
    with store.build("bases", DIGEST) as place:
        assert place == item


def test_an_object_that_lost_a_file_is_not_found_and_is_built_again(tmp_path: Path) -> None:
    store = Store(tmp_path)
    item = built(store)
    (item.tree / "bin" / "python").unlink()
    assert store.find("bases", DIGEST) is None
    assert store.broken("bases") == [item.folder]
    again = built(store)
    assert (again.tree / "bin" / "python").exists()
    assert store.broken("bases") == []


def test_an_object_with_an_unreadable_record_is_not_found(tmp_path: Path) -> None:
    store = Store(tmp_path)
    item = built(store)
    (item.folder / "object.json").write_text('{"made_from"')
    assert store.find("bases", DIGEST) is None


def test_a_changed_file_is_seen_by_the_thorough_check(tmp_path: Path) -> None:
    store = Store(tmp_path)
    item = built(store)
    assert store.is_whole(item)
    (item.tree / "bin" / "python").write_text("#!!")
    assert not store.is_whole(item)


def test_an_object_with_a_lease_is_not_removed(tmp_path: Path) -> None:
    store = Store(tmp_path)
    item = built(store)
    lease = store.lease(item)
    assert store.in_use("bases", DIGEST)
    assert not store.remove("bases", DIGEST)
    lease.release()
    assert store.remove("bases", DIGEST)
    assert store.find("bases", DIGEST) is None


def test_all_lists_whole_objects_only(tmp_path: Path) -> None:
    store = Store(tmp_path)
    item = built(store)
    (tmp_path / "bases" / "0123").mkdir()
    assert store.all("bases") == [item]


def test_the_digest_does_not_depend_on_the_order_of_keys() -> None:
    assert digest_of({"a": 1, "b": [2]}) == digest_of({"b": [2], "a": 1})


def test_a_scratch_folder_is_gone_at_the_end(tmp_path: Path) -> None:
    with scratch_folder(tmp_path, "run") as folder:
        (folder / "file").write_text("x")
        assert left_behind(tmp_path) == []
    assert not folder.exists()


def test_the_scratch_of_a_dead_process_is_swept_and_a_living_ones_is_not(tmp_path: Path) -> None:
    dead = tmp_path / "tmp" / "run-dead"
    dead.mkdir(parents=True)
    with scratch_folder(tmp_path, "run") as living:
        assert sweep(tmp_path) == 1
        assert living.exists()
    assert not dead.exists()


def test_the_lock_of_a_folder_that_is_just_being_made_is_not_swept(tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    lock = tmp_path / "tmp" / "run-young.lock"
    lock.touch()
    assert sweep(tmp_path) == 0
    assert lock.exists()


def test_the_lonely_lock_of_a_killed_process_goes_in_time(tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    lock = tmp_path / "tmp" / "run-old.lock"
    lock.touch()
    os.utime(lock, (0, 0))
    sweep(tmp_path)
    assert not lock.exists()


def test_what_is_built_in_a_kept_folder_stays_there_when_it_is_broken_off(tmp_path: Path) -> None:
    store, kept = Store(tmp_path), tmp_path / "partial" / "x"
    with pytest.raises(KeyError), store.build("inputs", DIGEST, kept=kept):
        raise KeyError
    assert not kept.exists()  # nothing had come
    with suppress(KeyError), store.build("inputs", DIGEST, kept=kept) as place:
        assert isinstance(place, Path)
        (place / "tree" / "one").write_text("1")
        raise KeyError
    with store.build("inputs", DIGEST, kept=kept) as place:
        assert isinstance(place, Path)
        assert (place / "tree" / "one").read_text() == "1"
        store.finish("inputs", DIGEST, place, {})
    assert store.find("inputs", DIGEST)
    assert not kept.exists()
