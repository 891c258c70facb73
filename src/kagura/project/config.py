"""``kagura.toml``: what a project runs, on what, and with which inputs; read strictly."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kagura.errors import UsageError
from kagura.system.files import write_atomically

__all__ = ["NAME", "Project", "edit_project", "find_project", "read_project", "write_project"]

NAME = "kagura.toml"
LAYOUTS = ("flat", "nested")


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """What a project file says; ``folder`` is where it lies.

    ``notebook`` is a path in that folder; ``base`` is as for ``--base``; ``inputs`` are handles,
    or ``NAME=FOLDER``; ``layout`` is ``flat`` or ``nested``.  None where the file is silent.
    """

    folder: Path
    notebook: str | None = None
    base: str | None = None
    inputs: tuple[str, ...] = ()
    layout: str | None = None


KEYS = ("notebook", "base", "inputs", "layout")


def find_project(start: Path) -> Path | None:
    """The nearest folder with a project file, from this one upwards."""
    start = start.resolve()
    return next((folder for folder in (start, *start.parents) if (folder / NAME).is_file()), None)


def read_project(folder: Path) -> Project:
    """A project by its folder.  Raises UsageError, with the line, for whatever is wrong in it."""
    import tomllib

    path = folder / NAME
    try:
        text = path.read_text("utf-8-sig")
        data = tomllib.loads(text)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not TOML: {error}") from error
    for key in data:
        if key != "project":
            raise _unknown(path, text, key, ("project",))
    table = data.get("project", {})
    if not isinstance(table, dict):
        raise _wrong(path, text, "project", "a table: [project]")
    for key in table:
        if key not in KEYS:
            raise _unknown(path, text, key, KEYS)
    notebook = _text(path, text, table, "notebook")
    if notebook is not None and not _is_inside(notebook):
        raise _wrong(path, text, "notebook", "a path in the project's folder")
    layout = _text(path, text, table, "layout")
    if layout is not None and layout not in LAYOUTS:
        raise _wrong(path, text, "layout", '"flat" or "nested"')
    inputs = table.get("inputs", [])
    if not isinstance(inputs, list) or not all(isinstance(item, str) for item in inputs):
        raise _wrong(path, text, "inputs", 'a list of texts: ["competitions/titanic"]')
    return Project(
        folder=folder,
        notebook=notebook,
        base=_text(path, text, table, "base"),
        inputs=tuple(inputs),
        layout=layout,
    )


def write_project(project: Project, *, comment: str) -> None:
    """Write a new project file, with a comment as its first lines."""
    import tomlkit

    document = tomlkit.document()
    for line in comment.splitlines():
        document.add(tomlkit.comment(line))
    table = tomlkit.table()
    for key in ("notebook", "base", "layout"):
        if getattr(project, key) is not None:
            table.add(key, getattr(project, key))
    table.add("inputs", tomlkit.array())
    document.add("project", table)
    _set_inputs(document, project.inputs)
    write_atomically(project.folder / NAME, tomlkit.dumps(document))


def edit_project(folder: Path, change: Callable[[Project], Project]) -> Project:
    """Change the base or the inputs in a project file; its comments and its order stay."""
    import tomlkit

    before = read_project(folder)
    after = change(before)
    if after == before:
        return before
    document = tomlkit.parse((folder / NAME).read_text("utf-8-sig"))
    if "project" not in document:
        document.add("project", tomlkit.table())
    if after.base is not None and after.base != before.base:
        document["project"]["base"] = after.base
    _set_inputs(document, after.inputs)
    write_atomically(folder / NAME, tomlkit.dumps(document))
    return after


def _set_inputs(document: Any, after: tuple[str, ...]) -> None:
    import tomlkit

    table = document["project"]
    if "inputs" not in table:
        table.add("inputs", tomlkit.array())
    listed = table["inputs"]
    before = [str(item) for item in listed]
    for item in before:
        if item not in after:
            listed.remove(item)
    for item in after:
        if item not in before:
            listed.append(item)
    # One a line, so that a difference shows one.
    listed.multiline(bool(after))


def _text(path: Path, text: str, table: Mapping[str, Any], key: str) -> str | None:
    value = table.get(key)
    if value is None or (isinstance(value, str) and value.strip()):
        return value
    raise _wrong(path, text, key, f'a text: {key} = "…"')


def _is_inside(path: str) -> bool:
    return not Path(path).is_absolute() and ".." not in Path(path).parts


def _wrong(path: Path, text: str, key: str, wanted: str) -> UsageError:
    return UsageError(f"{path}, line {_line_of(text, key)}: {key} must be {wanted}")


def _unknown(path: Path, text: str, key: str, known: tuple[str, ...]) -> UsageError:
    import difflib

    near = difflib.get_close_matches(key, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"known here: {', '.join(known)}"
    return UsageError(f"{path}, line {_line_of(text, key)}: unknown key {key}", hint=hint)


def _line_of(text: str, key: str) -> int:
    found = re.search(rf"^\s*\[?\s*[\"']?{re.escape(key)}[\"']?\s*[\].=]", text, re.MULTILINE)
    return text.count("\n", 0, found.end()) + 1 if found else 1
