"""From the text of a ``kagura.toml`` to a project, strictly: what is wrong is told by its line."""

from __future__ import annotations

import datetime
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from kagura.errors import UsageError
from kagura.project.record import ENGINES, KEYS, LAYOUTS, LIMITS, Limits, Project
from kagura.project.requirements import fault_of

__all__ = ["parse_project"]

TIME = re.compile(r"\d+(\.\d+)?[smh]?")
SIZE = re.compile(r"\d+(\.\d+)?[kKMGT]?i?B?")
PACKAGE_NAME = re.compile(r"[A-Za-z0-9]([\w.\-]*[A-Za-z0-9])?")

# The table of each key: for one that is in the wrong table.
HOMES = dict.fromkeys(KEYS, "project") | dict.fromkeys(LIMITS, "project.limits")


def parse_project(text: str, *, path: Path) -> Project:
    """The project of a file's text; ``path`` is where it was.  Raises UsageError."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path} is not TOML: {error}") from error
    top = _Table(path, text, data)
    top.know(("project",))
    table = top.table("project")
    table.know(KEYS)
    limits = table.table("limits")
    limits.know(LIMITS)
    return Project(
        folder=path.parent,
        base=table.text("base"),
        date=table.day("date"),
        notebook=table.inside("notebook"),
        requirements=table.requirements("requirements"),
        without=table.names("without") or (),
        paths=table.folders("paths") or (),
        layout=table.one_of("layout", LAYOUTS),
        internet=table.flag("internet", default=True),
        engine=table.one_of("engine", ENGINES) or "auto",
        ports=table.ports("ports"),
        inputs=table.texts("inputs", 'a list of texts: ["competitions/titanic"]') or (),
        limits=Limits(
            timeout=limits.matching("timeout", TIME, 'a time: "90s", "15m" or "12h"'),
            memory=limits.matching("memory", SIZE, 'a size: "8G"'),
            cpus=limits.number("cpus"),
        ),
    )


@dataclass(frozen=True, slots=True)
class _Table:
    """A table of the file; ``text`` starts where it does, after ``above`` lines."""

    path: Path
    whole: str
    values: Mapping[str, Any]
    start: int = 0

    def know(self, known: tuple[str, ...]) -> None:
        """Refuse the first key that is not among these."""
        for key in self.values:
            if key not in known:
                import difflib

                near = difflib.get_close_matches(key, known, n=1)
                elsewhere = difflib.get_close_matches(key, HOMES, n=1)
                if near:
                    hint = f"did you mean {near[0]}?"
                elif elsewhere:
                    hint = f"did you mean {elsewhere[0]}, in [{HOMES[elsewhere[0]]}]?"
                else:
                    hint = f"known here: {', '.join(known)}"
                raise UsageError(f"{self._place(key)}: unknown key {key}", hint=hint)

    def table(self, key: str) -> _Table:
        value = self.values.get(key, {})
        if not isinstance(value, dict):
            raise self._wrong(key, f"a table: [{key}]")
        return _Table(self.path, self.whole, value, self._offset(key) or self.start)

    def text(self, key: str) -> str | None:
        value = self.values.get(key)
        if value is None or (isinstance(value, str) and value.strip()):
            return value
        raise self._wrong(key, f'a text: {key} = "…"')

    def one_of(self, key: str, known: tuple[str, ...]) -> str | None:
        value = self.text(key)
        if value is not None and value not in known:
            raise self._wrong(key, " or ".join(f'"{name}"' for name in known))
        return value

    def matching(self, key: str, form: re.Pattern[str], wanted: str) -> str | None:
        value = self.values.get(key)
        if value is None or (isinstance(value, str) and form.fullmatch(value)):
            return value
        raise self._wrong(key, wanted)

    def inside(self, key: str) -> str | None:
        value = self.text(key)
        if value is not None and not _is_inside(value):
            raise self._wrong(key, "a path in the project's folder")
        return value

    def day(self, key: str) -> datetime.date | None:
        value = self.values.get(key)
        if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
            try:
                return datetime.date.fromisoformat(value)
            except ValueError as error:
                raise self._wrong(key, 'a day: "2025-01-31"') from error
        if value is None or type(value) is datetime.date:
            return value
        raise self._wrong(key, 'a day: "2025-01-31"')

    def flag(self, key: str, *, default: bool) -> bool:
        value = self.values.get(key, default)
        if not isinstance(value, bool):
            raise self._wrong(key, "true or false")
        return value

    def number(self, key: str) -> float | None:
        value = self.values.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e6:
            raise self._wrong(key, "a number above 0")
        return float(value)

    def ports(self, key: str) -> tuple[int, ...]:
        def good(item: object) -> bool:
            return type(item) is int and 0 < item < 65536

        return self._list(key, good, "a list of ports: [8888]") or ()

    def texts(self, key: str, wanted: str) -> tuple[str, ...] | None:
        return self._list(key, lambda item: isinstance(item, str) and bool(item.strip()), wanted)

    def names(self, key: str) -> tuple[str, ...] | None:
        wanted = 'a list of packages\' names: ["tensorflow"]'
        return self._list(
            key, lambda item: isinstance(item, str) and bool(PACKAGE_NAME.fullmatch(item)), wanted
        )

    def folders(self, key: str) -> tuple[str, ...] | None:
        wanted = 'a list of folders in the project: ["src"]'
        return self._list(key, lambda item: isinstance(item, str) and _is_inside(item), wanted)

    def requirements(self, key: str) -> tuple[str, ...] | None:
        found = self.texts(key, 'a list of packages: ["optuna>=4"]')
        for requirement in found or ():
            fault = fault_of(requirement)
            if fault:
                raise UsageError(
                    f"{self._place(key)}: {requirement!r} in {key}: {fault}",
                    hint='write it as "optuna", "optuna>=4" or "optuna[extra]>=4,<5"',
                )
        return found

    def _list(
        self, key: str, good: Callable[[object], bool], wanted: str
    ) -> tuple[Any, ...] | None:
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, list) or not all(good(item) for item in value):
            raise self._wrong(key, wanted)
        return tuple(value)

    def _wrong(self, key: str, wanted: str) -> UsageError:
        return UsageError(f"{self._place(key)}: {key} must be {wanted}")

    def _place(self, key: str) -> str:
        offset = self._offset(key)
        line = self.whole.count("\n", 0, offset) + 1 if offset is not None else 1
        return f"{self.path}, line {line}"

    def _offset(self, key: str) -> int | None:
        """Where a key of this table is written: ``key =``, ``[a.key]``, ``a.key =``, ``{key =``."""
        form = rf"(?:^|[{{,.\[])[ \t]*(?P<key>[\"']?{re.escape(key)}[\"']?)[ \t]*[\].=]"
        found = re.compile(form, re.MULTILINE).search(self.whole, self.start)
        return found.start("key") if found else None


def _is_inside(path: str) -> bool:
    pure = PurePosixPath(path)
    return bool(path.strip()) and not pure.is_absolute() and ".." not in pure.parts
