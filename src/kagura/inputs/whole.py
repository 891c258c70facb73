"""What is fetched from its first byte to its last: its server answers no ranges, or it is unusual.

It is unpacked as it comes; only what cannot be (packed by a method that is seldom seen) lies on
the disk as an archive first.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from kagura.errors import ServiceError
from kagura.inputs.gzip_frame import TRAILER, header_length, is_gzip, sums
from kagura.inputs.inflate import MAGIC, Bytes
from kagura.inputs.inflating import Inflating
from kagura.inputs.meter import Meter
from kagura.inputs.pace import Pace
from kagura.inputs.received import Address, Received
from kagura.inputs.remote import SLOW_PIECE, Changed
from kagura.inputs.safety import bad_archive
from kagura.inputs.streamed import BAD, HEAD, sink_of
from kagura.inputs.target import Target
from kagura.inputs.terms import PLAIN_TERMS, Terms
from kagura.inputs.unpack import unpack
from kagura.inputs.zip_directory import END_MAGIC
from kagura.inputs.zip_members import Members, UnusualArchive
from kagura.inputs.zip_stream import write_zip_stream
from kagura.progress import Progress, Silent
from kagura.system.files import remove_tree, write_atomically
from kagura.system.host import boot_id
from kagura.system.http import Http

__all__ = ["fetch_file", "fetch_whole"]

MOST_TRIES = 5
ENDLESS = 1 << 62


def fetch_whole(
    address: Address,
    target: Target,
    *,
    http: Http,
    progress: Progress,
    terms: Terms = PLAIN_TERMS,
) -> Members | None:
    """Fetch an object and unpack it; its files, if it is a zip archive that lists them.

    Raises ServiceError, OSError.
    """
    for _ in range(MOST_TRIES):
        remove_tree(target.tree)
        for folder in (target.tree, target.beside):
            folder.mkdir(parents=True, exist_ok=True)
        received = Received(address, http=http, title=target.title, pace=terms.pace)
        try:
            found = _unpacked(received, target, progress)
        except Changed:
            progress.warn(f"{target.title} was changed on the way: it begins anew")
            continue
        except BAD as error:
            remove_tree(target.tree)
            raise bad_archive(target.title, str(error)) from error
        except ServiceError:
            remove_tree(target.tree)
            raise
        except UnusualArchive:
            remove_tree(target.tree)
            archive = target.beside / "archive"
            try:
                fetch_file(address, archive, http=http, title=target.title, progress=progress)
                unpack(
                    archive,
                    target.tree,
                    title=target.title,
                    limits=target.limits,
                    is_wanted=target.is_wanted,
                )
            finally:
                archive.unlink(missing_ok=True)
            found = None
        remove_tree(target.beside)
        return found
    raise _restless(target.title)


def fetch_file(
    address: Address,
    target: Path,
    *,
    http: Http,
    progress: Progress | None = None,
    title: str = "",
    pace: Pace | None = None,
) -> None:
    """Fetch one object to a file, as it is.

    What came stays beside it when that breaks off: the next call goes on behind it.  Raises
    ServiceError, OSError.
    """
    title = title or target.name
    target.parent.mkdir(parents=True, exist_ok=True)
    part, state = target.with_name(f".{target.name}.part"), target.with_name(f".{target.name}.mark")
    for _ in range(MOST_TRIES):
        received = Received(address, http=http, title=title, pace=pace, piece=SLOW_PIECE)
        mark = _mark_of(part, state)
        if mark:
            received.go_on(part, mark=mark)
        try:
            with open(part, "ab" if mark else "wb") as file:
                for piece in _told(received, progress or Silent(), title):
                    if mark is None:
                        # Before the first byte: what lies there is never of another object.
                        mark = received.mark or ""
                        write_atomically(state, f"{boot_id()}\n{mark}")
                    file.write(piece)
        except Changed:
            state.unlink(missing_ok=True)
            continue
        os.replace(part, target)
        state.unlink(missing_ok=True)
        return
    raise _restless(title)


def _mark_of(part: Path, state: Path) -> str | None:
    """The mark of the object that a file has the beginning of; None if nothing can tell."""
    try:
        boot, _, mark = state.read_text(encoding="utf-8").partition("\n")
    except (OSError, UnicodeDecodeError):
        return None
    # What was written before the machine died may never have come to the disk.
    return mark if mark and boot == boot_id() and part.is_file() else None


def _unpacked(received: Received, target: Target, progress: Progress) -> Members | None:
    stream = Bytes(_told(received, progress, target.title))
    head = stream.take(HEAD)
    stream.give_back(head)
    size = received.size or 0
    if target.as_is:
        sink_of(head, target, size=size).write(_pieces(stream), None)
        return None
    if head[:4] in (MAGIC, END_MAGIC):
        return write_zip_stream(
            stream,
            target.tree,
            title=target.title,
            limits=target.limits,
            most=target.limits.most(size),
            is_wanted=target.is_wanted,
        )
    sink = sink_of(head, replace(target, name=received.name), size=size)
    sink.write(_gunzipped(stream, target.title) if is_gzip(head) else _pieces(stream), None)
    return None


def _told(received: Received, progress: Progress, title: str) -> Iterator[bytes]:
    meter: Meter | None = None
    here = received.done
    for piece in received:
        if meter is None:
            meter = Meter(progress, title, size=received.size or 0, here=here)
        meter.add(len(piece))
        yield piece


def _pieces(stream: Bytes) -> Iterator[bytes]:
    return (bytes(piece) for piece in stream.upto(ENDLESS))


def _gunzipped(stream: Bytes, title: str) -> Iterator[bytes]:
    """The content of one or several gzip streams, one behind the other."""
    head = stream.take(HEAD)
    while is_gzip(head):
        stream.give_back(head[header_length(head) :])
        inflating = Inflating("deflate")
        for piece in stream.upto(ENDLESS):
            yield from inflating.push(piece)
            if inflating.is_over:
                stream.give_back(inflating.rest)
                break
        if sums(stream.take(TRAILER)) != (inflating.crc, inflating.plain & 0xFFFFFFFF):
            raise bad_archive(title, "its check sum is another one than its content's")
        head = stream.take(HEAD)


def _restless(title: str) -> ServiceError:
    return ServiceError(
        f"{title} could not be fetched: it was changed, or came damaged, {MOST_TRIES} times",
        hint="try again later",
    )
