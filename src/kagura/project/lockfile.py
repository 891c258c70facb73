"""``kagura.lock``: readable in a difference; the same content always gives the same file."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from kagura.errors import UsageError
from kagura.model.lock import Lock, LockedBase, LockedInput, LockedNotebook, LockedPackage
from kagura.system.files import explain, write_atomically

__all__ = ["NAME", "read_lock", "write_lock", "written"]

NAME = "kagura.lock"
# 1: base (without digest and packages), notebook, inputs.  2: the packages of the project too.
SCHEMA = 2
COMMENT = "Written by kagura; kagura.toml is the file to edit."

TOP = ("tool", "date", "requirements", "without")
TABLES: tuple[tuple[str, Any], ...] = (("notebook", LockedNotebook), ("base", LockedBase))
LISTS: tuple[tuple[str, str, Any], ...] = (
    ("package", "packages", LockedPackage),
    ("input", "inputs", LockedInput),
)


def read_lock(folder: Path) -> Lock:
    """A project's lock; an empty one if there is none.

    Raises UsageError for a broken one, MachineError for one that cannot be read.
    """
    path = folder / NAME
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return Lock()
    except OSError as error:
        raise explain(error, f"reading {path}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _broken(path, str(error)) from error
    schema = data.get("schema")
    if isinstance(schema, int) and schema > SCHEMA:
        raise UsageError(
            f"{path} was written by a newer kagura (schema {schema}, known here: {SCHEMA})",
            hint="upgrade kagura: uv tool upgrade kagura",
        )
    try:
        # Schema 1 said less; what it did not say is silent here too.
        plain = _values(Lock, {name: data[name] for name in TOP if name in data})
        tables = {name: _record(kind, data[name]) for name, kind in TABLES if name in data}
        lists: dict[str, Any] = {
            name: tuple(_record(kind, item) for item in data.get(key, []))
            for key, name, kind in LISTS
        }
        return Lock(**plain, **tables, **lists)
    except (TypeError, ValueError, AttributeError) as error:
        raise _broken(path, str(error)) from error


def write_lock(folder: Path, lock: Lock) -> None:
    """Put a lock in place in one step, if it says something else than the one that is there."""
    text = written(lock)
    path = folder / NAME
    if not path.is_file() or path.read_bytes() != text.encode():
        write_atomically(path, text)


def written(lock: Lock) -> str:
    """The text of a lock: what is as its default is left out, lists are in order."""
    import tomlkit

    document = tomlkit.document()
    document.add(tomlkit.comment(COMMENT))
    document.add("schema", tomlkit.item(SCHEMA))
    for name, value in _told(lock).items():
        if name in TOP:
            document.add(name, _item(value))
    for name, _ in TABLES:
        if getattr(lock, name) is not None:
            document.add(name, _table(getattr(lock, name)))
    for key, name, _ in LISTS:
        if getattr(lock, name):
            tables = tomlkit.aot()
            for record in sorted(getattr(lock, name), key=lambda record: record.name):
                tables.append(_table(record))
            document.add(key, tables)
    return tomlkit.dumps(document)


def _told(record: Any) -> dict[str, Any]:
    """The fields of a record that are not as when nothing is said."""
    fields = dataclasses.fields(record)
    values = {field.name: getattr(record, field.name) for field in fields}
    return {
        field.name: values[field.name] for field in fields if values[field.name] != field.default
    }


def _table(record: Any) -> Any:
    import tomlkit

    table = tomlkit.table()
    for name, value in _told(record).items():
        table.add(name, _item(value))
    return table


def _item(value: Any) -> Any:
    import tomlkit

    if not isinstance(value, tuple):
        return tomlkit.item(value)
    array = tomlkit.array()
    array.extend(value)
    # One a line, so that a difference shows one; a short list is one line.
    return array.multiline(len(value) > 1)


def _record(kind: Any, table: Any) -> Any:
    if not isinstance(table, dict):
        raise ValueError(f"{table!r} is not a table")
    return kind(**_values(kind, table))


def _values(kind: Any, table: Mapping[str, Any]) -> dict[str, Any]:
    # A lock of a later kagura may tell more of a thing; what it tells of old is what counts.
    fields = {field.name: str(field.type) for field in dataclasses.fields(kind)}
    values = {name: table[name] for name in fields if name in table}
    return {name: _value(name, value, fields[name]) for name, value in values.items()}


def _value(name: str, value: Any, wanted: str) -> Any:
    if wanted.startswith("tuple") and isinstance(value, list):
        return tuple(_value(name, item, "str") for item in value)
    if wanted not in KINDS or not KINDS[wanted](value):
        raise ValueError(f"{name} = {value!r} is not {wanted}")
    return value


KINDS: Mapping[str, Callable[[Any], bool]] = {
    "str": lambda value: isinstance(value, str),
    "str | None": lambda value: isinstance(value, str),
    "int": lambda value: type(value) is int,
    "bool": lambda value: isinstance(value, bool),
    "Literal['added', 'changed', 'removed']": lambda value: (
        value in ("added", "changed", "removed")
    ),
}


def _broken(path: Path, why: str) -> UsageError:
    return UsageError(
        f"{path} is broken: {why}",
        hint="restore it, or delete it: the next pull or sync writes it anew",
    )
