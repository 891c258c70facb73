"""Which paths below ``/kaggle/input`` the code mentions, in all of Kaggle's layouts."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from kagura.model.needs import InputUse
from kagura.notebook.literals import Names, strings, text_of
from kagura.notebook.shell import commands
from kagura.notebook.source import CellSource

__all__ = ["input_paths", "input_use", "linked_paths"]

# /kaggle/input as code writes it: from the root, from /kaggle/working (a notebook's folder) or
# one of its folders, or from / after a chdir.
ROOT = re.compile(
    r"(?:(?<![\w.~-])/kaggle/input|(?<![\w.])\.\./(?:kaggle/)?input"
    r"|(?<![\w./~-])(?:\./)?kaggle/input)/"
)
# In prose or code a path ends at these; in a string of its own it may hold them.
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
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if not parts or ".." in parts:
        return None
    path = "/".join(parts)
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


def _paths(text: str) -> Iterator[str]:
    for root in ROOT.finditer(text):
        whole = not text[: root.start()].strip()
        rest = text[root.end() :]
        end = None if whole else END.search(rest)
        rest = (rest[: end.start()] if end else rest).rstrip(".!\\ ")
        unknown = UNKNOWN.search(rest)
        if unknown:  # what stands before it in the same folder's or file's name is only a part
            rest = rest[: unknown.start()].rpartition("/")[0]
        if rest.strip("/"):
            yield rest.strip("/")
