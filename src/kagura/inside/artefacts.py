"""Putting files into the working folder, whatever the notebook has made of that folder."""

from __future__ import annotations

import contextlib
import json
import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

__all__ = ["Chunk", "document_bytes", "put_bytes", "put_chunk", "put_in_place", "remove"]


class Chunk:
    """A part of an open file."""

    def __init__(self, descriptor: int, start: int, size: int) -> None:
        self.descriptor, self.start, self.size = descriptor, start, size


def put_in_place(path: str, write: Callable[[str], None]) -> None:
    """Have a file written aside, then rename it to ``path``; a folder in the way is removed.

    Raises OSError (a full disk); then nothing half-written is left.
    """
    folder, name = os.path.split(path)
    temporary = os.path.join(folder, f".{name}.kagura-part")
    _make_usable(folder)
    remove(temporary)
    try:
        write(temporary)
        if os.path.isdir(path) and not os.path.islink(path):
            remove(path)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def put_bytes(path: str, data: Iterator[bytes]) -> None:
    """Put a file with this content in place."""

    def write(target: str) -> None:
        with open(target, "wb") as file:
            file.writelines(data)

    put_in_place(path, write)


def put_chunk(path: str, chunk: Chunk) -> None:
    """Put a file with the content of a part of another in place."""

    def write(target: str) -> None:
        with open(target, "wb", buffering=0) as file:
            done = 0
            while done < chunk.size:
                start, left = chunk.start + done, chunk.size - done
                done += os.sendfile(file.fileno(), chunk.descriptor, start, left)

    put_in_place(path, write)


def document_bytes(document: dict[str, Any]) -> Iterator[bytes]:
    """A notebook as JSON, one cell a line: json's own indentation would take many times longer."""
    encode = json.JSONEncoder(ensure_ascii=False).encode
    before = b'{"cells": [\n'
    for cell in document["cells"]:
        yield before
        yield encode(cell).encode("utf-8", "backslashreplace")
        before = b",\n"
    rest = {key: value for key, value in document.items() if key != "cells"}
    yield (b"" if document["cells"] else before) + b"\n], "
    yield encode(rest)[1:].encode("utf-8", "backslashreplace") + b"\n"


def remove(path: str) -> None:
    """Remove a file, link or folder, if it is there.  Raises OSError."""
    try:
        mode = os.lstat(path).st_mode
    except OSError:
        return
    if not stat.S_ISDIR(mode):
        os.unlink(path)
        return
    os.chmod(path, 0o700)
    with os.scandir(path) as entries:
        inner = [entry.path for entry in entries]
    for entry in inner:
        remove(entry)
    os.rmdir(path)


def _make_usable(folder: str) -> None:
    if os.path.lexists(folder) and not os.path.isdir(folder):
        os.unlink(folder)
    os.makedirs(folder, exist_ok=True)
    if not os.access(folder, os.W_OK | os.X_OK):
        os.chmod(folder, 0o700)
