"""A project with everything that an export can tell of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from kagura.model.lock import Lock, LockedBase, LockedPackage
from kagura.project.export.outline import Outline, Place
from kagura.project.record import Limits

Draw = Callable[..., Outline]

BASE = LockedBase(
    era="2023-07-08",
    python="3.10",
    reason="from kagura.toml",
    digest="sha256:1",
    packages=("numpy==1.23.5", "pandas==1.5.3", "six==1.16.0"),
)

LOCK = Lock(
    base=BASE,
    packages=(
        LockedPackage(
            name="optuna", version="4.4.0", change="added", hashes=("sha256:b", "sha256:a")
        ),
        LockedPackage(
            name="pandas", version="2.0.0", change="changed", was="1.5.3", hashes=("sha256:c",)
        ),
        LockedPackage(name="six", change="removed", was="1.16.0"),
    ),
)


@pytest.fixture
def draw() -> Draw:
    """An outline, with some of it otherwise."""

    def outline(**other: Any) -> Outline:
        full = Outline(
            name="my titanic",
            title="Kaggle's packages of 2023-07-08, Python 3.10",
            prefix="/opt/conda",
            base=BASE,
            lock=LOCK,
            places=(
                Place(source="working", target="/kaggle/working", writable=True),
                Place(source="src", target="/opt/project/src"),
                Place(source="~/store/inputs/1/tree", target="/kaggle/input/titanic"),
                Place(source="/data/a$b, c", target="/kaggle/input/mine"),
            ),
            importable=("/opt/project/src",),
            ports=(8888, 6006),
            limits=Limits(memory="8G", cpus=2),
        )
        return replace(full, **other)

    return outline
