"""Which paths below ``/kaggle/input`` the code mentions, in all of Kaggle's layouts."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from kagura.model.needs import InputUse
from kagura.notebook.source import CellSource

__all__ = ["input_paths", "input_use"]

ROOT = re.compile(
    r"(?:/kaggle/input|(?:\.\./)+input|(?<![\w/.])\.?/?kaggle/input)(?:/([^\s'\"`*?{}()<>|;,]*))?"
)
SUFFIX = re.compile(
    r"\.(csv|tsv|txt|json|zip|gz|bz2|7z|parquet|feather|pkl|h5|hdf5|npy|npz|xlsx?|sqlite|db|jpe?g"
    r"|png|xml|tif|wav|mp3|model|bin|pth?|dat|md|html)\Z",
    re.IGNORECASE,
)
FRAMEWORKS = {
    "transformers", "pytorch", "keras", "tensorflow1", "tensorflow2", "tflite", "tfjs", "jax",
    "flax", "onnx", "gguf", "scikitlearn", "gemma-cpp", "api", "other", "paxml", "triton",
    "mediapipe", "tensorrt", "coral", "mlx", "litert", "pax",
}  # fmt: skip
# How many folders name an input below each of the nested layout's folders.
NESTED = {"competitions": 1, "datasets": 2, "models": 5, "notebooks": 2, "d": 2, "m": 5}


def input_paths(source: CellSource) -> Iterator[str]:
    """Yield each path below ``/kaggle/input`` in a cell's strings and shell lines."""
    texts = list(source.shell)
    if source.tree is not None:
        texts += _strings(source.tree)
    else:
        texts.append(source.python)
    for text in texts:
        for match in ROOT.finditer(text):
            path = (match.group(1) or "").strip("/")
            if path:
                yield path


def input_use(path: str, *, cell: int) -> InputUse | None:
    """What a path tells of the input; None if it is only a folder of the nested layout."""
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if not parts or ".." in parts:
        return None
    path = "/".join(parts)
    if parts[0] in NESTED:
        count = NESTED[parts[0]] + 1
        if parts[:2] == ["datasets", "organizations"]:
            count = 4
        if len(parts) < count:
            return None
        return InputUse(path=path, name="/".join(parts[:count]), layout="nested", cell=cell)
    if len(parts) == 1 and SUFFIX.search(parts[0]):
        return InputUse(path=path, name=None, layout="bare", cell=cell)
    if len(parts) >= 4 and parts[1].lower() in FRAMEWORKS and parts[3].isdigit():
        return InputUse(path=path, name="/".join(parts[:4]), layout="flat", cell=cell)
    return InputUse(path=path, name=parts[0], layout="flat", cell=cell)


def _strings(tree: ast.Module) -> list[str]:
    found: list[str] = []
    known: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target, value = node.targets[0], _literal(node.value, known)
            if isinstance(target, ast.Name) and value is not None:
                known[target.id] = value
    # A part of a longer path must not count as a path of its own: whole ones come first.
    inner: set[int] = set()
    for node in ast.walk(tree):
        if id(node) in inner or not isinstance(node, ast.expr):
            continue
        value = _literal(node, known)
        if value is not None:
            found.append(value)
            inner |= {id(child) for child in ast.walk(node)}
    return found


def _literal(node: ast.expr, known: dict[str, str]) -> str | None:
    """A string that can be told without running the code; of an f-string, its known beginning."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.Name(id=name):
            return known.get(name)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            start, end = _literal(left, known), _literal(right, known)
            return None if start is None else start + (end if end is not None else "{")
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            start, end = _literal(left, known), _literal(right, known)
            return None if start is None or end is None else f"{start.rstrip('/')}/{end}"
        case ast.JoinedStr(values=values):
            text = ""
            for value in values:
                inner = value.value if isinstance(value, ast.FormattedValue) else value
                part = _literal(inner, known)
                if part is None:
                    return text + "{"
                text += part
            return text
        case ast.Call(func=ast.Name(id="Path"), args=[argument]):
            return _literal(argument, known)
        case ast.Call(func=ast.Attribute(attr="join"), args=[first, *others]):
            parts = [_literal(part, known) for part in (first, *others)]
            if parts[0] is None or isinstance(first, ast.List | ast.Tuple):
                return None
            taken = [parts[0]]
            for part in parts[1:]:
                if part is None:
                    break
                taken.append(part)
            return "/".join(part.rstrip("/") for part in taken)
        case _:
            return None
