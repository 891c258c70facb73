"""The ledger: measured from files, shared things counted once, and what copies would cost."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from kagura.model.lock import Lock, LockedInput
from kagura.progress import Silent
from kagura.project.lockfile import write_lock
from kagura.store.objects import Store, StoredObject
from kagura.system.disk import tree_size
from kagura.workflows.du import du

MB = 1_000_000

Make = Callable[..., StoredObject]
Use = Callable[..., Path]


def near(size: int) -> object:
    return pytest.approx(size, abs=100_000)


def test_the_parts_add_up_to_the_whole_store(store: Store, make: Make, use: Use) -> None:
    base = make("bases", "a", MB, era="2023-07-08")
    make("layers", "b", MB)
    (store.home / "cache" / "uv").mkdir(parents=True)
    os.link(base.tree / "file", store.home / "cache" / "uv" / "same")
    (store.home / "cache" / "uv" / "more").write_bytes(b"x" * MB)
    with open(store.home / "stray", "wb") as file:
        file.truncate(10 * MB)
    ledger = du(store=store, progress=Silent())
    assert ledger.size == tree_size(store.home) == sum(part.size for part in ledger.parts)
    sizes = {part.name: part.size for part in ledger.parts}
    assert sizes["bases"] == near(MB)
    assert sizes["cache"] == near(MB)
    assert sizes["other"] == near(0)


def test_what_projects_share_counts_once_and_unshared_it_counts_for_each(
    store: Store, make: Make, use: Use
) -> None:
    base = make("bases", "a", 4 * MB, era="2023-07-08")
    thin = make("layers", "b", MB, added=[{"name": "optuna", "version": "4"}])
    one = use("one", base)
    two = use("two", base, thin)
    ledger = du(store=store, progress=Silent())
    assert ledger.used == near(5 * MB)
    assert ledger.unshared == near(9 * MB)
    assert ledger.unused == 0
    assert {one.folder: one.size for one in ledger.projects} == {
        str(one): near(4 * MB),
        str(two): near(5 * MB),
    }
    assert [one.own for one in ledger.projects] == [0, near(MB)]
    titles = {item.title: item.projects for item in ledger.objects}
    assert titles == {"base 2023-07-08": (str(one), str(two)), "layer optuna": (str(two),)}


def test_what_no_project_uses_is_told(store: Store, make: Make, use: Use) -> None:
    base = make("bases", "a", MB, era="2023-07-08")
    other = make("bases", "b", MB, era="2024-10-01")
    use("one", base)
    lease = store.lease(other)
    ledger = du(store=store, progress=Silent())
    assert ledger.unused == near(MB)
    assert [item.leased for item in ledger.objects if item.projects == ()] == [True]
    lease.release()


def test_the_lock_says_which_inputs_a_project_needs(store: Store, make: Make, use: Use) -> None:
    old, new = (make("inputs", name, MB, handle=f"datasets/x/{name}") for name in ("old", "new"))
    folder = use("one", old)
    locked = LockedInput(name="n", handle="datasets/x/new", digest=new.digest, files=1, size=MB)
    write_lock(folder, Lock(inputs=(locked,)))
    (found,) = du(store=store, progress=Silent()).projects
    assert found.objects == (new.digest,)


def test_a_lock_that_cannot_be_read_takes_nothing_away(store: Store, make: Make, use: Use) -> None:
    data = make("inputs", "old", MB, handle="datasets/x/old")
    folder = use("one", data)
    (folder / "kagura.lock").write_text("<<<<<<< HEAD")
    (found,) = du(store=store, progress=Silent()).projects
    assert found.objects == (data.digest,)


def test_a_store_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    ledger = du(store=Store(tmp_path / "none"), progress=Silent())
    assert (ledger.size, ledger.objects, ledger.projects) == (0, (), ())
