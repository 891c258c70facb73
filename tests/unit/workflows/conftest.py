"""A small store, and projects that use it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from kagura.store.objects import Kind, Store, StoredObject, digest_of
from kagura.store.projects import note_use

Make = Callable[..., StoredObject]
Use = Callable[..., Path]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def make(store: Store) -> Make:
    """Put an object of some bytes into the store."""

    def build(kind: Kind, name: str, size: int = 1000, **record: object) -> StoredObject:
        digest = digest_of([kind, name])
        with store.build(kind, digest) as place:
            assert isinstance(place, Path)
            (place / "tree" / "lib").mkdir()
            (place / "tree" / "file").write_bytes(os.urandom(size))
            return store.finish(kind, digest, place, record)

    return build


@pytest.fixture
def use(tmp_path: Path, store: Store) -> Use:
    """Make a project that uses some objects."""

    def note(name: str, *uses: StoredObject) -> Path:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        (folder / "kagura.toml").touch()
        note_use(store.home, folder, rests_on=["kagura.toml"], uses=uses)
        return folder

    return note
