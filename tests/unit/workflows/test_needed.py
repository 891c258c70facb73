"""What the objects of the store are called."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kagura.store.objects import StoredObject
from kagura.workflows.needed import title_of

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
