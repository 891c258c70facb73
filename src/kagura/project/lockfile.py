"""``kagura.lock``: readable in a difference; the same content always gives the same file."""

from __future__ import annotations

import dataclasses
import tomllib
from pathlib import Path
from typing import Any

from kagura.errors import UsageError
from kagura.model.lock import Lock, LockedBase, LockedInput, LockedNotebook
from kagura.system.files import write_atomically

__all__ = ["NAME", "read_lock", "write_lock"]

NAME = "kagura.lock"
SCHEMA = 1
COMMENT = "Written by kagura; kagura.toml is the file to edit."


def read_lock(folder: Path) -> Lock:
    """A project's lock; an empty one if there is none.  Raises UsageError for a broken one."""
    path = folder / NAME
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return Lock()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _broken(path, str(error)) from error
    schema = data.get("schema")
    if isinstance(schema, int) and schema > SCHEMA:
        raise UsageError(
            f"{path} was written by a newer kagura (schema {schema}, known here: {SCHEMA})",
            hint="upgrade kagura: uv tool upgrade kagura",
        )
    try:
        return Lock(
            notebook=_record(LockedNotebook, data["notebook"]) if "notebook" in data else None,
            base=_record(LockedBase, data["base"]) if "base" in data else None,
            inputs=tuple(_record(LockedInput, item) for item in data.get("input", [])),
        )
    except (TypeError, ValueError, AttributeError) as error:
        raise _broken(path, str(error)) from error


def write_lock(folder: Path, lock: Lock) -> None:
    """Put a lock in place in one step, if it says something else than the one that is there."""
    import tomlkit

    document = tomlkit.document()
    document.add(tomlkit.comment(COMMENT))
    document.add("schema", tomlkit.item(SCHEMA))
    for name, record in (("notebook", lock.notebook), ("base", lock.base)):
        if record is not None:
            document.add(name, tomlkit.item(dataclasses.asdict(record)))
    if lock.inputs:
        tables = tomlkit.aot()
        for item in sorted(lock.inputs, key=lambda item: item.name):
            tables.append(tomlkit.item(dataclasses.asdict(item)))
        document.add("input", tables)
    text = tomlkit.dumps(document)
    path = folder / NAME
    if not path.is_file() or path.read_bytes() != text.encode():
        write_atomically(path, text)


def _record(kind: Any, table: Any) -> Any:
    # A lock of a later kagura may tell more of a thing; what it tells of old is what counts.
    fields = {field.name: field.type for field in dataclasses.fields(kind)}
    values = {name: table[name] for name in fields if name in table}
    for name, value in values.items():
        if type(value).__name__ != fields[name]:
            raise ValueError(f"{name} = {value!r} is not {fields[name]}")
    return kind(**values)


def _broken(path: Path, why: str) -> UsageError:
    return UsageError(
        f"{path} is broken: {why}",
        hint="restore it, or delete it: the next pull or sync writes it anew",
    )
