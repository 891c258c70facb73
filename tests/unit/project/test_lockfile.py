"""kagura.lock: the same content gives the same file; a broken or newer one is told."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kagura.errors import MachineError, UsageError
from kagura.model.lock import Lock, LockedBase, LockedInput, LockedNotebook, LockedPackage
from kagura.project.lockfile import read_lock, write_lock, written

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
INPUTS = st.builds(
    LockedInput,
    name=TEXTS,
    handle=TEXTS,
    digest=TEXTS,
    files=st.integers(0, 2**62),
    size=st.integers(0, 2**62),
)
LISTS = st.lists(TEXTS, max_size=3).map(tuple)
PACKAGES = st.builds(
    LockedPackage,
    name=TEXTS,
    version=TEXTS,
    change=st.sampled_from(["added", "changed", "removed"]),
    was=st.none() | TEXTS,
    direct=st.booleans(),
    needed_by=LISTS,
    hashes=LISTS,
)
BASES = st.builds(
    LockedBase,
    era=TEXTS,
    python=TEXTS,
    reason=TEXTS,
    plain=st.booleans(),
    digest=TEXTS,
    packages=LISTS,
)


def by_name(records: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(records, max_size=4, unique_by=lambda record: record.name).map(
        lambda found: tuple(sorted(found, key=lambda record: record.name))
    )


LOCKS = st.builds(
    Lock,
    tool=TEXTS,
    date=st.none() | TEXTS,
    requirements=LISTS,
    without=LISTS,
    notebook=st.none() | st.builds(LockedNotebook, handle=TEXTS, digest=TEXTS),
    base=st.none() | BASES,
    packages=by_name(PACKAGES),
    inputs=by_name(INPUTS),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(lock=LOCKS)
def test_a_written_lock_is_read_back(tmp_path: Path, lock: Lock) -> None:
    write_lock(tmp_path, lock)
    assert read_lock(tmp_path) == lock


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(lock=LOCKS)
def test_the_order_of_packages_makes_no_other_file(tmp_path: Path, lock: Lock) -> None:
    turned = dataclasses.replace(lock, packages=lock.packages[::-1], inputs=lock.inputs[::-1])
    assert written(turned) == written(lock)


def test_a_lock_of_the_first_schema_is_read_and_becomes_one_of_the_second(tmp_path: Path) -> None:
    (tmp_path / "kagura.lock").write_text(
        "# Written by kagura; kagura.toml is the file to edit.\nschema = 1\n\n"
        '[notebook]\nhandle = "a/b"\ndigest = "sha256:0"\n\n'
        '[base]\nera = "2023-07-05"\npython = "3.10"\nreason = "from papermill"\n\n'
        '[[input]]\nname = "x"\nhandle = "x/y"\ndigest = "sha256:1"\nfiles = 1\nsize = 2\n'
    )
    lock = read_lock(tmp_path)
    assert lock.base == LockedBase(era="2023-07-05", python="3.10", reason="from papermill")
    assert lock.base.digest == ""
    assert [item.handle for item in lock.inputs] == ["x/y"]
    write_lock(tmp_path, lock)
    assert "schema = 2\n" in (tmp_path / "kagura.lock").read_text()
    assert read_lock(tmp_path) == lock


def test_a_lock_reads_well() -> None:
    lock = Lock(
        tool="kagura 1",
        requirements=("optuna>=4", "polars"),
        base=LockedBase(
            era="2026-06-29",
            python="3.12",
            reason="from kagura.toml",
            digest="sha256:0",
            packages=("numpy==2.0.2", "polars==1.35.2"),
        ),
        packages=(
            LockedPackage(name="polars", version="1.36.1", change="changed", was="1.35.2"),
            LockedPackage(name="alembic", version="1", change="added", needed_by=("optuna",)),
        ),
    )
    assert written(lock) == (
        "# Written by kagura; kagura.toml is the file to edit.\n"
        'schema = 2\ntool = "kagura 1"\n'
        'requirements = [\n    "optuna>=4",\n    "polars",\n]\n\n'
        '[base]\nera = "2026-06-29"\npython = "3.12"\nreason = "from kagura.toml"\n'
        'digest = "sha256:0"\npackages = [\n    "numpy==2.0.2",\n    "polars==1.35.2",\n]\n\n'
        '[[package]]\nname = "alembic"\nversion = "1"\nchange = "added"\n'
        'needed_by = ["optuna"]\n\n'
        '[[package]]\nname = "polars"\nversion = "1.36.1"\nchange = "changed"\nwas = "1.35.2"\n'
    )


def test_without_a_file_the_lock_is_empty(tmp_path: Path) -> None:
    assert read_lock(tmp_path) == Lock()


def test_the_order_of_inputs_makes_no_other_file(tmp_path: Path) -> None:
    first, second = (
        LockedInput(name=name, handle=name, digest="sha256:0", files=1, size=2) for name in "ab"
    )
    write_lock(tmp_path, Lock(inputs=(first, second)))
    text = (tmp_path / "kagura.lock").read_text()
    write_lock(tmp_path, Lock(inputs=(second, first)))
    assert (tmp_path / "kagura.lock").read_text() == text
    assert text == (
        "# Written by kagura; kagura.toml is the file to edit.\nschema = 2\n\n"
        '[[input]]\nname = "a"\nhandle = "a"\ndigest = "sha256:0"\nfiles = 1\nsize = 2\n\n'
        '[[input]]\nname = "b"\nhandle = "b"\ndigest = "sha256:0"\nfiles = 1\nsize = 2\n'
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("schema = ", "is broken"),
        ("schema = 1\nnotebook = 3\n", "is broken"),
        ("schema = 1\n[notebook]\nhandle = 'x'\n", "is broken"),
        ("schema = 1\n[notebook]\nhandle = 'x'\ndigest = 4\n", "digest = 4 is not str"),
        ("schema = 1\ninput = 'x'\n", "is broken"),
        ("schema = 2\n[[package]]\nname = 'x'\nchange = 'x'\n", "change = 'x' is not"),
        ("schema = 2\nrequirements = [1]\n", "requirements = 1 is not str"),
        ("schema = 3\n", "written by a newer kagura"),
    ],
)
def test_a_lock_that_cannot_be_read_is_told(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "kagura.lock").write_text(text)
    with pytest.raises(UsageError) as told:
        read_lock(tmp_path)
    assert said in told.value.message
    assert told.value.hint


def test_a_lock_that_is_closed_to_us_is_not_called_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(path: Path, *_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_text", closed)
    with pytest.raises(MachineError, match="no permission: reading"):
        read_lock(tmp_path)
