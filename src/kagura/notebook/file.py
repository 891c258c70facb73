"""A notebook's file, from path to JSON; what may be wrong with it, told with what to do."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kagura.errors import UsageError

__all__ = ["is_r_text", "parsed_json", "text_of_bytes", "text_of_file"]

AGAIN = "download it again"
# What a file that should be JSON begins with instead, and what to do about it.
BEGINNINGS = (
    (re.compile(r"<{7}|={7}|>{7}"), "it has git's conflict marks: resolve them"),
    (re.compile(r"<"), "this is a web page: download the notebook itself, not its page"),
    (re.compile(r"version https://git-lfs"), "this only points to the file: run `git lfs pull`"),
    (re.compile(r"(import|from|#|\"\"\"|def)\b"), "if it is Python code, rename it to .py"),
)
R_TEXT = re.compile(r"^(?:library\(\w|[\w.]+\s*<-\s|```\{r\b)", re.MULTILINE)
NEAR = 20


def text_of_file(path: Path, *, check: Callable[[Path], None]) -> str:
    """The file's text.  Raises UsageError if it is not there, no file, empty, or no text.

    ``check`` may refuse the path, once it is known to be a file's and before it is read.
    """
    try:
        if path.is_dir():
            raise UsageError(f"{path}: this is a folder, not a notebook", hint=_in_folder(path))
        if not path.exists():
            raise UsageError(f"{path}: there is no such file", hint=_near(path))
        check(path)
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"{path}: cannot be read: {error.strerror}", hint="check the file's permissions"
        ) from error
    return text_of_bytes(data, path=path)


def text_of_bytes(data: bytes, *, path: Path) -> str:
    """The text of a file's bytes.  Raises UsageError if there are none, or if they are no text."""
    if not data.strip():
        raise UsageError(f"{path}: the file is empty", hint=AGAIN)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{path}: this is no text in UTF-8 (byte {error.start} is {data[error.start]:#04x})",
            hint=f"{AGAIN}, or save it as UTF-8",
        ) from error


def parsed_json(path: Path, text: str) -> Any:
    """The JSON of a text; NaN and Infinity, which are none, become null.

    Raises UsageError with the line, the column and what is near.
    """
    try:
        return json.loads(text, parse_constant=lambda _: None)
    except json.JSONDecodeError as error:
        near = text[max(error.pos - NEAR, 0) : error.pos + NEAR]
        raise UsageError(
            f"{path}: not valid JSON: {error.msg} at line {error.lineno}, column {error.colno}, "
            f"near {near!r}",
            hint=_json_hint(text, error.pos),
        ) from error
    except RecursionError as error:
        raise UsageError(f"{path}: nested too deeply to be a notebook", hint=AGAIN) from error
    except ValueError as error:  # a number of more digits than Python reads
        raise UsageError(f"{path}: not valid JSON: {error}", hint=AGAIN) from error


def is_r_text(text: str) -> bool:
    """Whether a file that should be JSON is R's code, or R Markdown."""
    return not text.lstrip().startswith(("{", "[")) and bool(R_TEXT.search(text))


def _json_hint(text: str, position: int) -> str:
    if position >= len(text.rstrip()):
        return f"the file ends too early: {AGAIN}"
    for beginning, hint in BEGINNINGS:
        if beginning.match(text.lstrip()) or beginning.match(text, position):
            return hint
    return f"the file is damaged: {AGAIN}"


def _in_folder(path: Path) -> str:
    names = sorted(found.name for found in path.iterdir() if found.suffix == ".ipynb")
    if not names:
        return "there is no notebook in it"
    more = f", and {len(names) - 5} more" if len(names) > 5 else ""
    return f"give a notebook in it: {', '.join(names[:5])}{more}"


def _near(path: Path) -> str:
    # Only for people who have mistyped: not on the way of a run.
    from difflib import get_close_matches

    folder = path.parent
    if not folder.is_dir():
        return f"there is no folder {folder} either"
    found = sorted(item for item in folder.iterdir() if item.suffix in (".ipynb", ".py"))
    # By the stem alone: two short names are alike for their suffix already.
    near = get_close_matches(path.stem.lower(), [item.stem.lower() for item in found], n=3)
    names = [item.name for item in found if item.stem.lower() in near][:3]
    return f"did you mean {' or '.join(names)}?" if names else f"check the path, from {Path.cwd()}"
