"""Which paths below ``/kaggle/input`` the code mentions, in all of Kaggle's layouts."""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from kagura.model.needs import InputUse
from kagura.notebook.literals import Names, strings, text_of
from kagura.notebook.shell import commands
from kagura.notebook.source import CellSource

__all__ = ["bare_folders", "input_paths", "input_use", "linked_paths"]

# /kaggle/input as code writes it: from the root, from /kaggle/working (a notebook's folder) or
# one of its folders, or from / after a chdir.
ROOT = re.compile(
    r"(?:(?<![\w.~-])/kaggle/input|(?<![\w.])\.\./(?:kaggle/)?input"
    r"|(?<![\w./~-])(?:\./)?kaggle/input)/"
)
# In prose or code a path ends at these; a file's in a string of its own may hold them.
END = re.compile(r"[\s'\"`<>|;,():]")
# From here on a path is not known: a placeholder, a glob, a shell's variable.
UNKNOWN = re.compile(r"[{}*?\[$\n]|%[sdr(0-9.]")

# How many folders name an input below each folder of the nested layout, and of the old one for
# slugs that clash (d, m).
NESTED = {"competitions": 1, "datasets": 2, "models": 5, "notebooks": 2, "d": 2, "m": 5}
FRAMEWORKS = {
    "api", "coral", "flax", "gemma-cpp", "gemmacpp", "gguf", "jax", "keras", "litert", "mediapipe",
    "mlx", "onnx", "other", "pax", "paxml", "pytorch", "scikitlearn", "tensorflow1", "tensorflow2",
    "tensorrt", "tensorrtllm", "tfjs", "tflite", "transformers", "triton",
}  # fmt: skip
SUFFIX = re.compile(r"[^.].*\.\w+\Z", re.DOTALL)
# Folders of data, which no input is named: a slug is longer, and its words are parted by dashes.
FOLDER = re.compile(
    r"(?:train|test|val|valid|validation|sample|images?|masks?|labels?|data|stage)(?:[_\d]\w*)?"
)
LONGEST = 4096  # as long as Linux lets a path be


def input_paths(source: CellSource, names: Names) -> Iterator[str]:
    """Yield each path below ``/kaggle/input`` in a cell's strings and shell lines.

    ``names`` are the variables that hold known strings.
    """
    for line in source.shell:
        for words in commands(line):
            for word in words:
                yield from _paths(word)
    if source.tree is not None:
        for text in strings(source.tree, names):
            yield from _paths(text)
    else:
        for line in source.python.split("\n"):
            if not line.lstrip().startswith("#"):
                yield from _paths(line)


def linked_paths(source: CellSource, names: Names) -> Iterator[str]:
    """Yield the paths below ``/kaggle/input`` where a cell makes links: Kaggle Learn's do."""
    for node in ast.walk(source.tree) if source.tree is not None else ():
        match node:
            case ast.Call(func=ast.Attribute(attr="symlink"), args=[_, target, *_]):
                yield from _paths(text_of(target, names) or "")
            case _:
                pass


def input_use(path: str, *, cell: int) -> InputUse | None:
    """What a path tells of an input; None if it ends before the input's name does."""
    path = posixpath.normpath(path.strip("/"))
    parts = path.split("/")
    if parts[0] in (".", ".."):
        return None
    if parts[0] in NESTED:
        count = 1 + NESTED[parts[0]] + (parts[:2] == ["datasets", "organizations"])
        if len(parts) < count:
            return None
        return InputUse(path=path, name="/".join(parts[:count]), layout="nested", cell=cell)
    if len(parts) == 1 and SUFFIX.match(path):
        return InputUse(path=path, name=None, layout="bare", cell=cell)
    is_model = len(parts) > 3 and parts[1].lower() in FRAMEWORKS and parts[3].isdigit()
    name = "/".join(parts[:4]) if is_model else parts[0]
    return InputUse(path=path, name=name, layout="flat", cell=cell)


def bare_folders(uses: Iterable[InputUse]) -> tuple[InputUse, ...]:
    """The uses, folders of data told from inputs.

    Where files lie right below ``/kaggle/input``, ``../input/train/1.png`` is in a folder beside
    them, and ``train`` is no input.
    """
    found = tuple(uses)
    if not any(use.layout == "bare" for use in found):
        return found
    return tuple(
        replace(use, name=None, layout="bare")
        if use.layout == "flat" and use.name is not None and FOLDER.fullmatch(use.name)
        else use
        for use in found
    )


def _paths(text: str) -> Iterator[str]:
    if "input/" not in text:  # a look that is much quicker than the pattern's
        return
    text = text.strip()
    for root in ROOT.finditer(text):
        rest = text[root.end() : root.end() + LONGEST]
        end = None if root.start() == 0 and _is_file(rest) else END.search(rest)
        rest = (rest[: end.start()] if end else rest).rstrip(".!\\ ")
        unknown = UNKNOWN.search(rest)
        if unknown:  # what stands before it in the same folder's or file's name is only a part
            rest = rest[: unknown.start()].rpartition("/")[0]
        if rest.strip("/"):
            yield rest.strip("/")


def _is_file(text: str) -> bool:
    return bool(SUFFIX.match(text)) and "\n" not in text and "input/" not in text
