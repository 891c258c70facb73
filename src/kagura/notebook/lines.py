"""IPython's own lines in a cell: which they are, and the Python that stands in for each."""

from __future__ import annotations

import ast
import re

__all__ = ["tell_apart"]

# What opens or closes something that goes on over the line's end; strings and comments hide it.
TOKEN = re.compile(
    r"""#.*|'''|\"{3}|'(?:\\.|[^'\\])*(?:'|\\?\Z)|"(?:\\.|[^"\\])*(?:"|\\?\Z)|[()\[\]{}]"""
)
TARGETS = re.compile(r"[\w\s.,*]+(?:\[[^\]=]*\][\w\s.]*)*")
MAGIC = re.compile(r"%{1,2}(\w+)\s*(.*)", re.DOTALL)
# With automagic these words need no % at the start of a line: Kaggle's users rely on it.
AUTOMAGIC = re.compile(r"(?:pip3?|conda|mamba|uv\s+pip)\s+(?:install|uninstall|download)\b")
HELP = re.compile(r"\?{1,2}[\w.*]*|%{0,2}[\w.*]+(?:\([^()]*\))?\?{1,2}")
# Line magics that run the Python after them, and their options.
RUNNERS = {"time", "timeit", "prun", "memit", "lprun"}
RUNNER_OPTIONS = re.compile(r"(?:-[nrpT]\s*\d+\s+|-[fls]\s+\S+\s+|-[a-zA-Z]+\s+)*")
# An extension is a module that is imported; these are IPython's own.
LOADERS = {"load_ext", "reload_ext"}
OWN_EXTENSIONS = {"autoreload", "storemagic"}


def tell_apart(text: str) -> tuple[str, tuple[str, ...]]:
    """A cell's Python, IPython's lines replaced by Python of as many lines; and those lines.

    ``!pip install x`` becomes ``pass``, ``files = !ls`` becomes ``files = None`` and
    ``%load_ext x`` becomes ``import x``.  A line inside a string or in brackets is none of them.
    """
    lines = text.split("\n")
    python: list[str] = []
    shell: list[str] = []
    quote, depth = "", 0
    number = 0
    while number < len(lines):
        line = lines[number]
        stand_in, command = (None, "") if quote or depth else _read(line.strip())
        number += 1
        if stand_in is None:
            python.append(line)
            quote, depth = _open(line, quote, depth)
            continue
        first = number
        while command.endswith("\\") and number < len(lines):
            command = f"{command[:-1].rstrip()} {lines[number].strip()}"
            number += 1
        indent = line[: len(line) - len(line.lstrip())]
        python += [indent + stand_in, *[""] * (number - first)]
        quote, depth = _open(stand_in, quote, depth)
        if command:
            shell.append(command)
    return "\n".join(python), tuple(shell)


def _read(line: str) -> tuple[str | None, str]:
    """The Python that stands in for a line (None: it is Python already), and its command."""
    if line.startswith("!") and not line.startswith("!="):
        return "pass", line.lstrip("! ")
    if HELP.fullmatch(line) and line.strip("?%"):
        return "pass", ""
    magic = MAGIC.match(line)
    if magic:
        return _stand_in(*magic.groups()), line.lstrip("%")
    if AUTOMAGIC.match(line):
        return "pass", line
    target, equals, value = line.partition("=")
    value = value.lstrip()
    assigned = value.startswith("!") or MAGIC.match(value)
    if equals and assigned and TARGETS.fullmatch(target):
        return f"{target.strip()} = None", value.lstrip("!% ")
    return None, ""


def _stand_in(magic: str, argument: str) -> str:
    if magic in RUNNERS:
        statement = argument[RUNNER_OPTIONS.match(argument).end() :]  # type: ignore[union-attr]
        return statement if _is_statement(statement) or any(_open(statement, "", 0)) else "pass"
    module = argument.strip()
    if magic in LOADERS and module not in OWN_EXTENSIONS and re.fullmatch(r"[\w.]+", module):
        return f"import {module}"
    return "pass"


def _is_statement(text: str) -> bool:
    try:
        return bool(ast.parse(text).body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False


def _open(line: str, quote: str, depth: int) -> tuple[str, int]:
    """The triple quote that is open after a line, and how many brackets are."""
    position = 0
    while True:
        if quote:
            end = line.find(quote, position)
            if end < 0:
                return quote, depth
            position, quote = end + len(quote), ""
        found = TOKEN.search(line, position)
        if not found:
            return quote, depth
        token, position = found.group(), found.end()
        if token in ("'''", '"""'):
            quote = token
        elif token in ("(", "[", "{"):
            depth += 1
        elif token in (")", "]", "}"):
            depth = max(depth - 1, 0)
