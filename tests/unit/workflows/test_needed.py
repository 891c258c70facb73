"""What the objects of the store are called, and which of them a project needs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kagura.store.objects import Store, StoredObject
from kagura.workflows.needed import needed, title_of

DIGEST = f"sha256:{'0123456789ab' * 6}"[:71]


@pytest.mark.parametrize(
    ("record", "title"),
    [
        ({"era": "2023-07-08", "plain": False}, "base 2023-07-08"),
        (
            {"era": "2024-03-01", "plain": True, "wanted_python": "3.12"},
            "base Python 3.12 as of 2024-03-01",
        ),
        ({}, "base 0123456789ab"),
    ],
)
def test_a_base_is_called_by_what_it_is(record: dict[str, Any], title: str) -> None:
    item = StoredObject(kind="bases", digest=DIGEST, folder=Path("/none"), record=record)
    assert title_of(item) == title


def test_what_a_project_needs_stays_though_its_lock_cannot_be_read(
    store: Store, make: Callable[..., StoredObject], use: Callable[..., Path]
) -> None:
    item = make("inputs", "iris")
    folder = use("a", item)
    (folder / "kagura.lock").mkdir()
    assert needed(store)[folder] == {("inputs", item.digest)}
