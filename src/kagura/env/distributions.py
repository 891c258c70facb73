"""From the name of an import to the distribution that brings it: by facts, never by a guess.

PyPI has a project under nearly every name, often an unrelated one (its ``learntools`` is not
Kaggle's).  So a name counts only if it is in ``data/modules.tsv``, or is one of the distributions
that Kaggle or Colab had in some era.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from datetime import date
from functools import cache

from kagura.env.catalog import colab_freeze, eras, rows
from kagura.env.names import normalized
from kagura.model.era import Era

__all__ = ["distribution", "is_standard"]

GONE_FROM_STANDARD = frozenset(
    [
        "asynchat",
        "asyncore",
        "binhex",
        "cgi",
        "cgitb",
        "distutils",
        "formatter",
        "imghdr",
        "imp",
        "macpath",
        "parser",
        "smtpd",
        "sndhdr",
        "symbol",
        "telnetlib",
        "xdrlib",
        "dummy_threading",
    ]
)


def distribution(module: str, era: Era) -> str | None:
    """The distribution (normalized) that brings a module, dotted or not, in an era.

    ``None`` where no published distribution is known to, and for the standard library.
    """
    parts = module.split(".")
    for length in range(len(parts), 0, -1):
        lines = _table().get(".".join(parts[:length]))
        if lines:
            return next((name for since, name in reversed(lines) if since <= era.date), None)
    top = parts[0]
    if is_standard(top):
        return None
    return normalized(top) if normalized(top) in _catalog() else None


def is_standard(module: str) -> bool:
    """Whether a module is of Python's standard library, today's or an older one."""
    top = module.partition(".")[0]
    return top in sys.stdlib_module_names or top in GONE_FROM_STANDARD


@cache
def _table() -> Mapping[str, list[tuple[date, str | None]]]:
    table: dict[str, list[tuple[date, str | None]]] = {}
    for module, name, *since in rows("modules.tsv"):
        first = date.fromisoformat(since[0]) if since else date.min
        table.setdefault(module, []).append((first, None if name == "-" else name))
    return table


@cache
def _catalog() -> frozenset[str]:
    """Every distribution that Kaggle asked for or Colab had, in any era."""
    asked = frozenset().union(*(era.requirements for era in eras()))
    names = {normalized(re.split(r"[\[<>=!~ ]", line, maxsplit=1)[0]) for line in asked}
    for day in {era.colab for era in eras() if era.colab}:
        names.update(colab_freeze(day))
    return frozenset(names)
