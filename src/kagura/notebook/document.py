"""Any notebook's JSON as a valid nbformat 4.4 document that is ready to be run.

4.4 is what Kaggle itself writes.  It knows no cell ids, which many notebooks lack where they
must have them or have where they may not.  Outputs are left out: a run starts clean.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["cells_of", "code_cell", "document", "joined"]

JSON = dict[str, Any]

KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def document(cells: list[JSON], metadata: Mapping[str, Any]) -> JSON:
    """A document of valid cells, with a Python 3 kernel whatever the metadata ask for."""
    mended = _kept(metadata, NOTEBOOK) | {"kernelspec": dict(KERNEL)}
    if "language_info" in mended:
        mended["language_info"] = {"name": "python"} | _kept(mended["language_info"], LANGUAGE)
    return {"cells": cells, "metadata": mended, "nbformat": 4, "nbformat_minor": 4}


def cells_of(found: list[Any]) -> list[JSON]:
    """Valid cells of what should be some: what is none is left out, an unknown kind is raw."""
    return [_cell(cell) for cell in found if isinstance(cell, dict)]


def code_cell(source: str, *, metadata: Mapping[str, Any] | None = None) -> JSON:
    """A code cell that has not been run."""
    return {
        "cell_type": "code",
        "execution_count": None,
        "metadata": dict(metadata or {}),
        "outputs": [],
        "source": source,
    }


def joined(source: object) -> str:
    """A cell's source, in the file a string or a list of lines, with line ends as Python's."""
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    if not isinstance(source, str):
        return ""
    text = source.replace("\r\n", "\n").replace("\r", "\n")
    # Half a surrogate pair (JSON may escape one) is no character: it could not be sent on.
    return (
        text
        if text.isascii()
        else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    )


def _cell(found: JSON) -> JSON:
    kind = found.get("cell_type")
    metadata = found.get("metadata")
    metadata = _kept(metadata, CELL) if isinstance(metadata, dict) else {}
    if "tags" in metadata:
        metadata["tags"] = _tags(metadata["tags"])
    source = joined(found.get("source", found.get("input")))
    if kind == "code":
        return code_cell(source, metadata=metadata)
    cell = {
        "cell_type": kind if kind == "markdown" else "raw",
        "metadata": metadata,
        "source": source,
    }
    attachments = found.get("attachments")
    if isinstance(attachments, dict) and all(_is_bundle(item) for item in attachments.values()):
        cell["attachments"] = attachments
    return cell


def _tags(found: list[Any]) -> list[str]:
    tags = (tag for tag in found if isinstance(tag, str) and tag and "," not in tag)
    return list(dict.fromkeys(tags))


def _is_bundle(found: object) -> bool:
    return isinstance(found, dict) and all(
        isinstance(data, str)
        or (isinstance(data, list) and all(isinstance(line, str) for line in data))
        for data in found.values()
    )


def _kept(metadata: Mapping[str, Any], rules: Mapping[str, Rule]) -> JSON:
    return {
        name: value for name, value in metadata.items() if name not in rules or rules[name](value)
    }


Rule = Callable[[Any], bool]


def _is(*kinds: type) -> Rule:
    return lambda value: isinstance(value, kinds)


def _is_execution(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(time, str) for time in value.values())


# What the format prescribes (nbformat's v4.4 schema); everything else is its owner's business.
NOTEBOOK: Mapping[str, Rule] = {
    "authors": _is(list),
    "language_info": _is(dict),
    "orig_nbformat": lambda value: type(value) is int and value >= 1,
    "title": _is(str),
}
LANGUAGE: Mapping[str, Rule] = {
    "codemirror_mode": _is(str, dict),
    "file_extension": _is(str),
    "mimetype": _is(str),
    "name": _is(str),
    "pygments_lexer": _is(str),
}
CELL: Mapping[str, Rule] = {
    "collapsed": _is(bool),
    "execution": _is_execution,
    "format": _is(str),
    "jupyter": _is(dict),
    "name": lambda value: isinstance(value, str) and bool(value.strip("\n")),
    "scrolled": lambda value: isinstance(value, bool) or value == "auto",
    "tags": _is(list),
}
