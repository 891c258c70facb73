"""kagura tree and why: what the lock holds, and because of whom."""

from __future__ import annotations

from pathlib import Path

import pytest

from kagura.errors import UsageError
from kagura.model.lock import Lock, LockedBase, LockedPackage
from kagura.project.lockfile import write_lock
from kagura.workflows.tree import Node, tree, why


def added(name: str, *needed_by: str) -> LockedPackage:
    return LockedPackage(name=name, version="1", change="added", needed_by=needed_by)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "kagura.toml").write_text('[project]\nbase = "2025-07"\n')
    base = LockedBase(
        era="2025-07-01",
        python="3.11",
        reason="r",
        digest="sha256:0",
        packages=("numpy==1.26.4", "pandas==2.2.2", "xlrd==2"),
    )
    packages = (
        added("shap"),
        added("numba", "shap"),
        added("llvmlite", "numba", "loop"),
        added("loop", "llvmlite"),
        LockedPackage(name="pandas", version="2.3", change="changed", was="2.2.2"),
        LockedPackage(name="xlrd", change="removed", was="2"),
    )
    lock = Lock(requirements=("numpy", "shap>=0"), base=base, packages=packages)
    write_lock(tmp_path, lock)
    return tmp_path


def drawn(nodes: tuple[Node, ...], depth: int = 0) -> list[str]:
    return [
        line
        for node in nodes
        for line in (
            f"{'.' * depth}{node.name} {node.origin}{' again' if node.again else ''}",
            *drawn(node.needs, depth + 1),
        )
    ]


def test_each_requirement_is_shown_with_what_it_brought_and_then_the_rest(folder: Path) -> None:
    assert drawn(tree(folder)) == [
        "numpy base",
        "shap added",
        ".numba added",
        "..llvmlite added",
        "...loop added",
        "....llvmlite added again",
        "pandas changed",
        "xlrd removed",
    ]


def test_why_tells_every_way_from_a_requirement(folder: Path) -> None:
    assert why("LLVMlite", here=folder).chains == (("shap>=0", "numba", "llvmlite"),)
    assert why("shap", here=folder).chains == (("shap>=0",),)
    assert why("numpy", here=folder).origin == "base"
    pandas = why("pandas", here=folder)
    assert (pandas.origin, pandas.was, pandas.chains) == ("changed", "2.2.2", ())


def test_what_is_not_there_is_told(folder: Path) -> None:
    with pytest.raises(UsageError, match="torch is not in the project's environment"):
        why("torch", here=folder)
    (folder / "kagura.lock").unlink()
    with pytest.raises(UsageError, match="is not locked yet"):
        tree(folder)
