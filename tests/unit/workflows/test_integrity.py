"""doctor --verify: damaged objects are named, put aside, and mended by the next build."""

from __future__ import annotations

from collections.abc import Callable

from kagura.progress import Silent
from kagura.store.objects import Store, StoredObject
from kagura.workflows.integrity import check_store

Make = Callable[..., StoredObject]


def test_a_whole_store_is_told_object_by_object(store: Store, make: Make) -> None:
    make("bases", "a", era="2023-07-08")
    make("layers", "b", added=[{"name": "optuna", "version": "4"}])
    found = check_store(store=store, progress=Silent())
    assert [(item.topic, item.state) for item in found] == [("base", "ok"), ("layer", "ok")]
    assert found[0].text.startswith("2023-07-08 (")
    assert found[1].text.startswith("optuna (")


def test_a_damaged_base_is_named_and_not_used_again(store: Store, make: Make) -> None:
    item = make("bases", "a", era="2023-07-08")
    (item.tree / "file").write_bytes(b"x")
    (finding,) = check_store(store=store, progress=Silent())
    assert finding.state == "broken"
    assert "file was changed" in finding.text
    assert "kagura clean" in finding.mend
    assert store.find("bases", item.digest) is None
    (again,) = check_store(store=store, progress=Silent())
    assert "is not whole" in again.text


def test_many_faults_are_counted(store: Store, make: Make) -> None:
    item = make("layers", "a")
    for number in range(9):
        (item.tree / "lib" / str(number)).touch()
    (finding,) = check_store(store=store, progress=Silent())
    assert finding.text.endswith("; and 6 more")


def test_of_an_older_base_only_sizes_and_times_are_told(store: Store, make: Make) -> None:
    item = make("bases", "a", era="2023-07-08")
    path = item.folder / "object.json"
    path.write_text(path.read_text().replace('"manifest"', '"of later"'))
    (finding,) = check_store(store=store, progress=Silent())
    assert finding.state == "ok"
    assert "older than the record of digests" in finding.text
    (item.tree / "file").write_bytes(b"x")
    (finding,) = check_store(store=store, progress=Silent())
    assert finding.state == "broken"
