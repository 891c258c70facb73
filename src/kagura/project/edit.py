"""Writing a project file: a new one, or a change in a person's, whose comments and order stay."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kagura.project.parse import parse_project
from kagura.project.record import KEYS, LIMITS, NAME, Project
from kagura.system.files import write_atomically

__all__ = ["edit_project", "edited", "write_project", "written"]

ALWAYS_LINES = ("inputs", "requirements", "without")
"""Lists with one entry a line, so that a difference shows one."""


def write_project(project: Project, *, comment: str) -> None:
    """Write a new project file, with a comment as its first lines."""
    write_atomically(project.folder / NAME, written(project, comment=comment))


def edit_project(folder: Path, change: Callable[[Project], Project]) -> Project:
    """Change what a project file says; its comments and its order stay."""
    text = (folder / NAME).read_bytes().decode("utf-8-sig")
    before = parse_project(text, path=folder / NAME)
    after = change(before)
    if after != before:
        write_atomically(folder / NAME, edited(text, before, after))
    return after


def written(project: Project, *, comment: str) -> str:
    """The text of a new project file."""
    head = "".join(f"# {line}".rstrip() + "\n" for line in comment.splitlines())
    start = f"{head}\n[project]\n" if head else "[project]\n"
    return edited(start, Project(folder=project.folder), project)


def edited(text: str, before: Project, after: Project) -> str:
    """The text of a project file, changed where the two projects differ."""
    import tomlkit

    document = tomlkit.parse(text)
    if "project" not in document:
        document.add("project", tomlkit.table())
    table: Any = document["project"]
    for key in KEYS:
        old, new = getattr(before, key), getattr(after, key)
        if key == "limits" or old == new:
            continue
        _put(table, key, new, silent=getattr(Project(folder=after.folder), key))
    # A table of its own comes last: a key behind it would be in it.
    if before.limits != after.limits:
        if "limits" not in table:
            table.add("limits", tomlkit.table())
        for key in LIMITS:
            if getattr(before.limits, key) != getattr(after.limits, key):
                _put(table["limits"], key, getattr(after.limits, key), silent=None)
    return tomlkit.dumps(document)


def _put(table: Any, key: str, value: Any, *, silent: Any) -> None:
    import tomlkit

    if value is None or (value == silent and key not in table):
        if key in table:
            table.remove(key)
    elif isinstance(value, tuple):
        if key not in table:
            _insert(table, key, tomlkit.array())
        _set_list(table[key], value, lines=key in ALWAYS_LINES)
    else:
        plain = value.isoformat() if isinstance(value, datetime.date) else value
        if key in table:
            table[key] = plain
        else:
            _insert(table, key, plain)


def _insert(table: Any, key: str, value: Any) -> None:
    """Add a key to a table, before the table that is in it: behind it, it would be of that one."""
    limits = table.get("limits")
    if limits is None:
        table.add(key, value)
        return
    table.remove("limits")
    table.add(key, value)
    table.add("limits", limits)


def _set_list(listed: Any, after: tuple[Any, ...], *, lines: bool) -> None:
    before = [item.unwrap() if hasattr(item, "unwrap") else item for item in listed]
    for item in before:
        if item not in after:
            listed.remove(item)
    for item in after:
        if item not in before:
            listed.append(item)
    if lines:
        listed.multiline(bool(after))
