"""A big member of a zip archive: it goes on from its middle, after a cut and after a kill."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from kagura.errors import ServiceError
from kagura.inputs.inflate import (
    FINISHED,
    HEADER,
    Destination,
    broken_member,
    crc_of_file,
    create,
    form_of,
    pass_header,
    pour,
)
from kagura.inputs.inflating import FAULTS, Mark
from kagura.inputs.inflow import Inflow, Saved, saved_mark
from kagura.inputs.kept import Kept, forget_kept
from kagura.inputs.remote import Remote
from kagura.inputs.single import reopen
from kagura.inputs.zip_members import Member

__all__ = ["fetch_long", "folder_of"]

Tell = Callable[[int], None]


def fetch_long(
    member: Member,
    remote: Remote,
    to: Destination,
    *,
    connections: int,
    tell: Tell,
) -> None:
    """Write a member, from where it was broken off, by so many connections.

    Raises ServiceError, Changed, Ended, OSError, and leaves what the next try goes on from.
    """
    beside = folder_of(member, to)
    if not to.is_trusted:
        # What was fetched may have died with the machine.  The file itself is checked.
        forget_kept(beside)
    told = 0

    def count(more: int) -> None:
        nonlocal told
        told += more
        tell(more)

    target = os.path.join(to.tree, member.path)
    saved = saved_mark(beside)
    if saved and not _holds(target, saved.mark, is_trusted=to.is_trusted):
        saved = None
    with ThreadPoolExecutor(connections) as several:
        pool = several if connections > 1 else None
        try:
            _fetch(member, remote, target, beside, saved=saved, pool=pool, tell=count)
        except _BrokenError:
            if saved is None:
                raise
            # What it went on from was wrong: once more, from its beginning.
            shutil.rmtree(beside)
            tell(-told)
            _fetch(member, remote, target, beside, saved=None, pool=pool, tell=tell)
    shutil.rmtree(beside)


def folder_of(member: Member, to: Destination) -> Path:
    """Where the things lie that a member goes on from."""
    return to.beside / str(member.first)


class _BrokenError(ServiceError):
    """The content is not what the archive's list says."""


def _holds(target: str, mark: Mark, *, is_trusted: bool) -> bool:
    """Whether the file has what came out before the mark."""
    with suppress(OSError):
        return os.lstat(target).st_size >= mark.plain and (
            is_trusted or crc_of_file(target, upto=mark.plain) == mark.crc
        )
    return False


def _fetch(
    member: Member,
    remote: Remote,
    target: str,
    beside: Path,
    *,
    saved: Saved | None,
    pool: Executor | None,
    tell: Tell,
) -> None:
    mark = saved.mark if saved else None
    first = mark.at if mark else member.first
    tell(first - member.first)
    kept = Kept(beside, remote, end=member.end, size=member.packed)
    inflow = Inflow(
        kept,
        form_of(member.method),
        beside,
        first=first,
        size=member.size,
        tell=tell,
        pool=pool,
        mark=mark,
    )
    if saved is None:
        first += HEADER + pass_header(member, inflow.packed)
    end = saved.end if saved else first + member.packed
    written, inflating = (mark.plain if mark else 0), inflow.inflating
    descriptor = reopen(target, mark.plain) if mark else create(target)
    try:
        try:
            for data in inflow.pieces(at=first, end=end):
                if inflating.plain > member.size:
                    raise _broken(member, f"is longer than the {member.size} bytes it claims")
                pour(data, descriptor)
                written += len(data)
                inflow.written(written, {})
        except FAULTS as error:
            raise _broken(member, f"cannot be inflated: {error}") from error
        if (inflating.plain, inflating.crc) != (member.size, member.crc):
            raise _broken(member, "came with other content than its check sum says")
        os.fchmod(descriptor, FINISHED)
    finally:
        os.close(descriptor)
    inflow.packed.skip(member.end - end)


def _broken(member: Member, why: str) -> _BrokenError:
    error = broken_member(member, why)
    return _BrokenError(error.message, hint=error.hint)
