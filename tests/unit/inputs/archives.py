"""Archives for tests, and the ways in which a download unpacks one."""

from __future__ import annotations

import io
import os
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from kagura.errors import ServiceError
from kagura.inputs.chunks import chunks
from kagura.inputs.inflate import Bytes, Destination, is_here, write_member
from kagura.inputs.inflating import FAULTS
from kagura.inputs.safety import LIMITS, Limits
from kagura.inputs.unpack import unpack
from kagura.inputs.zip_members import Members, members_of
from kagura.inputs.zip_stream import write_zip_stream

Make = Callable[[zipfile.ZipFile], None]
Way = Callable[..., None]


def zipped(make: Make, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An archive, packed by the standard library."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        make(archive)
    return buffer.getvalue()


def listed(data: bytes, limits: Limits = LIMITS, *, ignores_case: bool = False) -> Members:
    """What a download by ranges reads first."""
    return members_of(
        lambda first, end: data[first:end],
        size=len(data),
        title="some/data",
        limits=limits,
        ignores_case=ignores_case,
    )


def by_ranges(data: bytes, tree: Path, *, limits: Limits = LIMITS) -> None:
    """What a download by ranges does, without a network."""
    members = listed(data, limits)
    for chunk in chunks(members):
        part = data[chunk.first : chunk.end]
        stream = Bytes(part[at : at + 1000] for at in range(0, len(part), 1000))
        at = chunk.first
        for member in chunk:
            stream.skip(member.first - at)
            write_member(member, stream, os.fspath(tree))
            at = member.end
    for is_trusted in (True, False):
        to = Destination(tree=os.fspath(tree), beside=tree, is_trusted=is_trusted)
        assert all(is_here(member, to) for member in members)


def as_it_comes(data: bytes, tree: Path, *, limits: Limits = LIMITS) -> None:
    """What a download from a server without ranges does."""
    pieces = Bytes(data[at : at + 1000] for at in range(0, len(data), 1000))
    most = limits.most(len(data))
    try:
        write_zip_stream(
            pieces,
            tree,
            title="some/data",
            limits=limits,
            most=most,
            is_wanted=lambda _: True,
        )
    except Exception as error:
        shutil.rmtree(tree)
        tree.mkdir()
        if isinstance(error, FAULTS):
            raise ServiceError(str(error)) from error
        raise


def whole(data: bytes, tree: Path, *, limits: Limits = LIMITS) -> None:
    """What a download of an archive that is packed by a seldom method does."""
    archive = tree.with_name("archive")
    archive.write_bytes(data)
    unpack(archive, tree, title="some/data", limits=limits)


WAYS = pytest.mark.parametrize("way", [by_ranges, as_it_comes, whole])


def files_in(tree: Path) -> dict[str, bytes]:
    """What every file holds, by its path."""
    found = (path for path in tree.rglob("*") if path.is_file())
    return {path.relative_to(tree).as_posix(): path.read_bytes() for path in found}
