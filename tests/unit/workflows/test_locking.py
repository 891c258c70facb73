"""Whether a lock still says what the project file does, and which base a project has."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from kagura.errors import UsageError
from kagura.model.lock import Lock, LockedBase
from kagura.project.config import Project
from kagura.workflows.locking import FROM_FILE, _reason, base_of, why_stale

TODAY = date(2026, 11, 23)
FOLDER = Path("/nowhere")
PROJECT = Project(folder=FOLDER, base="2025-07", requirements=("b>=1", "a"))
BASE = LockedBase(era="2025-07-01", python="3.11", reason="from kagura.toml", digest="sha256:0")
LOCK = Lock(base=BASE, requirements=("a", "b>=1"))
PLAIN = replace(BASE, era="2026-01-01", python="3.12", plain=True)


def test_a_lock_that_says_what_the_file_does_is_not_stale() -> None:
    assert why_stale(PROJECT, LOCK, today=TODAY) is None


@pytest.mark.parametrize(
    ("project", "lock", "why"),
    [
        (PROJECT, Lock(), "there is no lock yet"),
        (PROJECT, replace(LOCK, base=replace(BASE, digest="")), "its base is not locked yet"),
        (replace(PROJECT, base="2025-05"), LOCK, "the project's base is era 2025-05"),
        (replace(PROJECT, requirements=("a",)), LOCK, "the requirements differ: -b>=1"),
        (replace(PROJECT, requirements=("a", "b>=2")), LOCK, "differ: +b>=2 -b>=1"),
        (replace(PROJECT, without=("Xlrd",)), LOCK, "what is taken out of the base differs"),
        (replace(PROJECT, date=TODAY), LOCK, "the project's date is 2026-11-23, the lock's None"),
        (replace(PROJECT, base="python=3.11"), LOCK, "the project's base is Python 3.11"),
    ],
)
def test_a_stale_lock_is_told_with_the_reason(project: Project, lock: Lock, why: str) -> None:
    assert why in str(why_stale(project, lock, today=TODAY))


def test_a_plain_base_keeps_its_day_until_the_file_names_another() -> None:
    project = Project(folder=FOLDER, base="python=3.12")
    assert base_of(project, Lock(base=PLAIN), today=TODAY).era.date == date(2026, 1, 1)
    assert base_of(project, Lock(), today=TODAY).era.date == TODAY
    dated = replace(project, date=date(2025, 2, 3))
    assert base_of(dated, Lock(base=PLAIN), today=TODAY).era.date == date(2025, 2, 3)
    other = replace(project, base="python=3.13")
    assert base_of(other, Lock(base=PLAIN), today=TODAY).era.date == TODAY


def test_a_project_without_a_base_has_the_one_of_its_lock_else_the_newest() -> None:
    silent = Project(folder=FOLDER)
    assert base_of(silent, LOCK, today=TODAY).era.date == date(2025, 7, 1)
    assert base_of(silent, Lock(base=PLAIN), today=TODAY).era.plain
    assert base_of(silent, Lock(), today=TODAY).source == "default"
    with pytest.raises(UsageError):
        base_of(replace(silent, base="nothing"), LOCK, today=TODAY)


def test_locking_keeps_the_reason_for_which_a_base_was_chosen() -> None:
    project = Project(folder=FOLDER, base="2025-07-01")
    pulled = replace(BASE, reason="from the notebook's Python")
    choice = base_of(project, Lock(base=pulled), today=TODAY)
    assert choice.reason == FROM_FILE
    assert _reason(pulled, choice) == "from the notebook's Python"
    assert _reason(replace(pulled, era="2025-05-01"), choice) == FROM_FILE
    assert _reason(None, choice) == FROM_FILE
