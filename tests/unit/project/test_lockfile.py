"""kagura.lock: the same content gives the same file; a broken or newer one is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kagura.errors import UsageError
from kagura.model.lock import Lock, LockedBase, LockedInput, LockedNotebook
from kagura.project.lockfile import read_lock, write_lock

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
INPUTS = st.builds(
    LockedInput,
    name=TEXTS,
    handle=TEXTS,
    digest=TEXTS,
    files=st.integers(0, 2**62),
    size=st.integers(0, 2**62),
)
LOCKS = st.builds(
    Lock,
    notebook=st.none() | st.builds(LockedNotebook, handle=TEXTS, digest=TEXTS),
    base=st.none() | st.builds(LockedBase, era=TEXTS, python=TEXTS, reason=TEXTS),
    inputs=st.lists(INPUTS, max_size=4, unique_by=lambda item: item.name).map(
        lambda found: tuple(sorted(found, key=lambda item: item.name))
    ),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(lock=LOCKS)
def test_a_written_lock_is_read_back(tmp_path: Path, lock: Lock) -> None:
    write_lock(tmp_path, lock)
    assert read_lock(tmp_path) == lock


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
        "# Written by kagura; kagura.toml is the file to edit.\nschema = 1\n\n"
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
        ("schema = 2\n", "written by a newer kagura"),
    ],
)
def test_a_lock_that_cannot_be_read_is_told(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "kagura.lock").write_text(text)
    with pytest.raises(UsageError) as told:
        read_lock(tmp_path)
    assert said in told.value.message
    assert told.value.hint
