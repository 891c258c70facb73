"""A cell's source, told apart: Python, shell lines, or another language."""

from __future__ import annotations

import ast
import re
import shlex
import warnings
from dataclasses import dataclass

from kagura.notebook.lines import tell_apart

__all__ = ["CellSource", "parsed", "split"]

SHELLS = {"bash", "sh", "zsh", "dash"}
SHELL_MAGICS = {"!", "sx", "system"}
WRITING_MAGICS = {"writefile", "file"}
# Cell magics whose body is another language.  Any other's body is Python: %%time, %%capture, …
FOREIGN_MAGICS = {
    "bigquery", "HTML", "html", "javascript", "js", "julia", "latex", "markdown", "perl", "R",
    "ruby", "script", "sql", "SVG", "svg", "cu", "cuda",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class CellSource:
    """What a cell is made of.

    ``python`` is its code with everything else blanked, line by line, and ``tree`` its syntax
    tree, None where this Python cannot parse it.  ``shell`` are its shell lines and line
    magics, without their ``!`` or ``%``.  ``writes`` is the file that the cell makes instead of
    being run (``%%writefile``): then ``python`` is that file's content.
    """

    python: str = ""
    tree: ast.Module | None = None
    shell: tuple[str, ...] = ()
    writes: str | None = None


def split(source: str) -> CellSource:
    """Tell a cell's Python from its magics and shell lines.  Never fails."""
    text = _dedented(re.sub(r"\A(?:[ \t]*\n)+", "", source.replace("\r\n", "\n")))
    while text.startswith("%%"):
        head, _, body = text.partition("\n")
        found = _of_magic(head, body)
        if found is not None:
            return found
        text = body  # it may begin with a further one: %%capture over %%bash, say
    tree = parsed(text)
    if tree is not None:
        return CellSource(python=text, tree=tree)
    python, shell = tell_apart(text)
    return CellSource(python=python, tree=parsed(python), shell=shell)


def parsed(text: str) -> ast.Module | None:
    """The syntax tree, or None where this Python cannot parse the text."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "invalid escape sequence" is the notebook's business
        try:
            return ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


def _dedented(text: str) -> str:
    # As IPython does: what the first line is indented by is taken from every line.
    indent = text[: len(text) - len(text.lstrip(" \t"))]
    return re.sub(f"^{indent}", "", text, flags=re.MULTILINE) if indent else text


def _of_magic(head: str, body: str) -> CellSource | None:
    """What a cell magic makes of the lines below it; None if they are Python as before."""
    magic, _, argument = head[2:].strip().partition(" ")
    if magic.startswith("!"):
        magic, argument = "!", f"{magic[1:]} {argument}"
    if magic in WRITING_MAGICS:
        path = _path(argument)
        if not path.endswith(".py"):
            return CellSource(writes=path)
        return CellSource(python=body, tree=parsed(body), writes=path)
    program = argument.split()[0].rpartition("/")[2] if argument.split() else ""
    if magic in SHELLS or (magic == "script" and program in SHELLS):
        return CellSource(shell=_shell_lines(body))
    if magic in SHELL_MAGICS:
        return CellSource(shell=_shell_lines(f"{argument}\n{body}"))
    return CellSource() if magic in FOREIGN_MAGICS else None


def _path(argument: str) -> str:
    try:
        words = shlex.split(argument)
    except ValueError:
        words = argument.split()
    return next((word for word in reversed(words) if not word.startswith("-")), "")


def _shell_lines(text: str) -> tuple[str, ...]:
    lines = text.replace("\\\n", " ").split("\n")
    return tuple(line.strip() for line in lines if line.strip())
