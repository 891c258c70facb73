"""Strings that can be told without running the code: literals, f-strings, joined paths, names."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

__all__ = ["Names", "assigned", "strings", "text_of"]

Names = Mapping[str, str]
"""Variables (``DATA``, ``CFG.path``) that hold a known string."""

# Calls that make one path of their arguments.
JOINERS = {"Path", "PurePath", "PosixPath", "PurePosixPath", "join", "str"}
# No path is longer on Linux; code that doubles a string in every line makes far longer ones.
LONGEST = 4096
# Methods that leave the beginning of a string or a path as it is.
KEEPERS = {"format", "as_posix", "resolve", "expanduser", "absolute"}


def strings(tree: ast.AST, names: Names) -> Iterable[str]:
    """Each string of the code, as long as it can be told; its parts do not count again."""
    taken: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.expr) and id(node) not in taken:
            found = text_of(node, names, taken)
            if found is not None:
                yield found


def assigned(tree: ast.AST, names: Names) -> Names:
    """``names`` after the code: with the variables that it assigns one known string to.

    One that is assigned several values, a loop's, or a function's argument is not known.
    """
    known = dict(names)
    seen: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[target], value=value):
                _assign(target, value, known, seen)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                _assign(target, value, known, seen)
            case ast.ClassDef(name=owner):
                for statement in node.body:
                    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
                        _assign(statement.targets[0], statement.value, known, seen, f"{owner}.")
            case ast.AugAssign(target=target) | ast.For(target=target):
                known.pop(_name(target) or "", None)
            case ast.arg(arg=name):
                seen.add(name)
                known.pop(name, None)
            case _:
                pass
    return known


def text_of(node: ast.expr, names: Names, taken: set[int] | None = None) -> str | None:
    """The text of an expression, unknown parts as ``{name}``; None if it is no string.

    ``taken`` collects the ids of the nodes that the text was made of.
    """
    taken = set() if taken is None else taken
    try:
        return _text(node, names, taken)
    except RecursionError:  # code that no hand wrote
        return None


def _text(node: ast.expr, names: Names, taken: set[int]) -> str | None:
    taken.add(id(node))
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.Name() | ast.Attribute():
            return names.get(_name(node) or "")
        case ast.JoinedStr(values=values):
            return "".join(_part(value, names, taken) for value in values)
        case ast.BinOp(op=ast.Add() | ast.Div()):
            return _chain(node, names, taken)
        case ast.BinOp(left=left, op=ast.Mod()):
            return _text(left, names, taken)
        case ast.Call(func=ast.Name(id=name), args=[_, *_] as arguments) if name in JOINERS:
            return _joined(_part(part, names, taken) for part in arguments)
        case ast.Call(func=ast.Attribute(value=value, attr=method), args=arguments):
            return _method(value, method, arguments, names, taken)
        case _:
            return None


def _assign(
    target: ast.expr, value: ast.expr, known: dict[str, str], seen: set[str], owner: str = ""
) -> None:
    name = _name(target)
    if name is None:
        return
    name = owner + name
    text = text_of(value, known)
    is_known = text is not None and len(text) <= LONGEST and "{" not in text
    if text is None or not is_known or (name in seen and known.get(name) != text):
        known.pop(name, None)
    else:
        known[name] = text
    seen.add(name)


def _name(node: ast.expr) -> str | None:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=ast.Name(id=owner), attr=name):
            return f"{owner}.{name}"
        case _:
            return None


def _part(node: ast.expr, names: Names, taken: set[int]) -> str:
    inner = node.value if isinstance(node, ast.FormattedValue) else node
    return _known(_text(inner, names, taken), inner)


def _known(text: str | None, node: ast.expr) -> str:
    return text if text is not None else f"{{{_name(node) or ''}}}"


def _chain(node: ast.BinOp, names: Names, taken: set[int]) -> str | None:
    """A sum of strings, or a path by ``/``: a loop, for a long one is a tree of many levels."""
    operator = type(node.op)
    parts: list[ast.expr] = []
    left: ast.expr = node
    while isinstance(left, ast.BinOp) and isinstance(left.op, operator):
        taken.add(id(left))
        parts.insert(0, left.right)
        left = left.left
    parts.insert(0, left)
    inner: set[int] = set()
    found = [_text(part, names, inner) for part in parts]
    if all(text is None for text in found):
        return None
    taken |= inner
    texts = [_known(text, part) for text, part in zip(found, parts, strict=True)]
    return _joined(texts) if operator is ast.Div else "".join(texts)


def _method(
    value: ast.expr, method: str, arguments: list[ast.expr], names: Names, taken: set[int]
) -> str | None:
    if method == "joinpath":
        return _joined(_part(part, names, taken) for part in (value, *arguments))
    if method in JOINERS and arguments and _name(value) in ("os.path", "path", "osp", "pathlib"):
        return _joined(_part(part, names, taken) for part in arguments)
    return _text(value, names, taken) if method in KEEPERS else None


def _joined(texts: Iterable[str]) -> str:
    whole = ""
    for text in texts:
        whole = text if text.startswith("/") or not whole else f"{whole.rstrip('/')}/{text}"
    return whole
