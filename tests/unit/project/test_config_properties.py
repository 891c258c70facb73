"""kagura.toml, whatever it says: read back as written, edited without losing a comment."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kagura.errors import UsageError
from kagura.project.config import Limits, Project
from kagura.project.edit import edited, written
from kagura.project.parse import parse_project
from kagura.project.record import KEYS, LIMITS

PATH = Path("/somewhere/kagura.toml")
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12).filter(str.strip)
FOLDERS = st.from_regex(r"\A[a-z]{1,8}(/[a-z]{1,8})?\Z")
NAMES = st.from_regex(r"\A[A-Za-z]([A-Za-z0-9._-]{0,8}[A-Za-z0-9])?\Z")
REQUIREMENTS = st.builds(
    "".join, st.tuples(NAMES, st.sampled_from(["", ">=1.2", "==3.*", "!=1,<2"]))
)


def lists(items: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(items, max_size=4, unique=True).map(tuple)


PROJECTS = st.builds(
    Project,
    folder=st.just(PATH.parent),
    notebook=st.none() | FOLDERS,
    base=st.none() | TEXTS,
    date=st.none() | st.dates(),
    requirements=st.none() | lists(REQUIREMENTS),
    without=lists(NAMES),
    paths=lists(FOLDERS),
    layout=st.sampled_from([None, "flat", "nested"]),
    internet=st.booleans(),
    engine=st.sampled_from(["auto", "bubblewrap"]),
    ports=st.lists(st.integers(1, 65535), max_size=3, unique=True).map(tuple),
    inputs=lists(TEXTS),
    limits=st.builds(
        Limits,
        timeout=st.sampled_from([None, "90", "1.5h"]),
        memory=st.sampled_from([None, "8G", "512MiB"]),
        cpus=st.none() | st.floats(0.1, 512),
    ),
)


def without_order(project: Project) -> tuple[object, ...]:
    """What counts of a project after an edit: lists keep a person's order."""
    values = (getattr(project, key) for key in KEYS)
    return tuple(sorted(map(str, value)) if isinstance(value, tuple) else value for value in values)


@settings(deadline=None)
@given(project=PROJECTS, comment=st.text(st.characters(categories=["L", "Zs"]), max_size=20))
def test_a_written_project_is_read_back(project: Project, comment: str) -> None:
    text = written(project, comment=comment)
    assert parse_project(text, path=PATH) == project
    assert written(project, comment=comment) == text


@settings(deadline=None)
@given(before=PROJECTS, after=PROJECTS)
def test_an_edit_says_what_is_wanted_and_keeps_comments(before: Project, after: Project) -> None:
    text = written(before, comment="mine")
    lines = [
        f"{line}  # about {n}" if re.match(r"\w+ = |\[", line) else line
        for n, line in enumerate(text.split("\n"))
    ]
    text = "\n".join(["# first", *lines, "# last", ""])
    assume(parse_project(text, path=PATH) == before)
    edit = edited(text, before, after)
    assert without_order(parse_project(edit, path=PATH)) == without_order(after)
    for kept in ("# first", "# mine", "# last"):
        assert kept in edit.split("\n")
    gone = {key for key in KEYS if getattr(before, key) != getattr(after, key)}
    for line in lines:
        key = line.partition(" = ")[0]
        if key in KEYS and key not in gone:
            assert line in edit.split("\n")


@settings(deadline=None)
@given(project=PROJECTS)
def test_an_edit_that_changes_nothing_changes_no_byte(project: Project) -> None:
    text = written(project, comment="mine")
    assert edited(text, project, project) == text


@given(
    key=st.sampled_from([*KEYS, *LIMITS]),
    letter=st.sampled_from("xqz"),
    blank=st.integers(0, 4),
)
def test_an_unknown_key_is_named_with_its_line_and_the_nearest_known(
    key: str, letter: str, blank: int
) -> None:
    wrong = f"{key}{letter}"
    table = "[project.limits]" if key in LIMITS else "[project]"
    text = f'# {wrong} = 1\n[project]\nbase = "2026"\n' + "\n" * blank
    text += f"{table}\n" if key in LIMITS else ""
    text += f"{wrong} = 1\n"
    line = text.split("\n").index(f"{wrong} = 1") + 1
    with pytest.raises(UsageError) as told:
        parse_project(text, path=PATH)
    assert told.value.message == f"{PATH}, line {line}: unknown key {wrong}"
    assert told.value.hint == f"did you mean {key}?"
