"""A cell's source, told apart: Python, shell lines, or another language."""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass

__all__ = ["CellSource", "split"]

# Cell magics whose body is Python.
PYTHON_MAGICS = {"time", "timeit", "capture", "prun", "python", "python3", "pypy", "debug"}
SHELL_MAGICS = {"bash", "sh", "script", "system", "sx", "!"}
WRITES = re.compile(r"^(?:writefile|file)\s+(?:-a\s+|--append\s+)?(\S+)")
ASSIGNED = re.compile(r"^(\s*)([\w.,\s\[\]]+?)\s*=\s*([!%])\s*(.+)$")
SHELL = re.compile(r"^(\s*)!{1,2}(.*)$")
MAGIC = re.compile(r"^(\s*)%([A-Za-z_]\w*)\s?(.*)$")
# With automagic, these words at the start of a line need no %: Kaggle's users rely on it.
AUTOMAGIC = re.compile(r"^(\s*)(pip3?|conda)\s+(install|uninstall)\b(.*)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class CellSource:
    """``python`` is the code with everything else blanked, line by line; ``tree`` its AST, None
    if this Python cannot parse it.  ``shell`` are shell lines.  ``writes`` is the file that a
    ``%%writefile`` makes.
    """

    python: str
    tree: ast.Module | None
    shell: tuple[str, ...]
    writes: str | None = None


def split(source: str) -> CellSource:
    """Tell a cell's Python from its magics and shell lines."""
    lines = source.replace("\r\n", "\n").split("\n")
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    head = lines[first].strip() if lines else ""
    if head.startswith("%%"):
        magic = head[2:].split()[0] if head[2:].split() else ""
        written = WRITES.match(head[2:])
        if written:
            return CellSource(python="", tree=None, shell=(), writes=written.group(1))
        if magic in SHELL_MAGICS:
            return CellSource(python="", tree=None, shell=tuple(_joined(lines[first + 1 :])))
        if magic not in PYTHON_MAGICS:
            return CellSource(python="", tree=None, shell=())
        lines = lines[first + 1 :]
    python, shell = _sorted_lines(lines)
    text = "\n".join(python)
    return CellSource(python=text, tree=_parsed(text), shell=tuple(shell))


def _sorted_lines(lines: list[str]) -> tuple[list[str], list[str]]:
    python: list[str] = []
    shell: list[str] = []
    number = 0
    while number < len(lines):
        line = lines[number]
        found = SHELL.match(line) or AUTOMAGIC.match(line)
        magic = MAGIC.match(line)
        assigned = ASSIGNED.match(line)
        if found or magic or assigned:
            taken = [line]
            while taken[-1].endswith("\\") and number + 1 < len(lines):
                number += 1
                taken.append(lines[number])
            whole = " ".join(part.rstrip("\\").strip() for part in taken)
            indent = line[: len(line) - len(line.lstrip())]
            if assigned:
                python.append(f"{indent}{assigned.group(2)} = None")
                shell.append(whole.partition(assigned.group(3))[2].strip())
            elif magic and magic.group(2) in ("time", "timeit", "prun") and magic.group(3):
                python.append(indent + re.sub(r"^(-\w+\s+\S+\s+)*", "", magic.group(3)))
            else:
                python.append(f"{indent}pass")
                shell.append(whole.lstrip("!% "))
            python += [""] * (len(taken) - 1)
        elif line.strip().startswith("?") or re.match(r"^\s*[\w.]+\?{1,2}\s*$", line):
            python.append("")
        else:
            python.append(line)
        number += 1
    return python, shell


def _joined(lines: list[str]) -> list[str]:
    return [line for line in "\n".join(lines).replace("\\\n", " ").split("\n") if line.strip()]


def _parsed(text: str) -> ast.Module | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "invalid escape sequence" is the notebook's business
        try:
            return ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
