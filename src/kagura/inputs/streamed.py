"""What is no zip archive, from a server that answers ranges: a tar archive, a gz, a plain file.

It is written as it comes, and goes on from its middle after a cut or a kill.
"""

from __future__ import annotations

import hashlib
import shutil
import tarfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Protocol

from kagura.inputs.gzip_frame import TRAILER, header_length, is_gzip, sums
from kagura.inputs.inflate import MAGIC
from kagura.inputs.inflating import FAULTS, RAW, Inflating, zlib
from kagura.inputs.inflow import Inflow, Saved, saved_mark
from kagura.inputs.kept import Kept, Tell, forget_kept
from kagura.inputs.remote import Changed, Remote, as_told
from kagura.inputs.safety import bad_archive
from kagura.inputs.single import SingleFile
from kagura.inputs.tarball import TarFile, looks_like_tar
from kagura.inputs.target import Target, Unstreamable

if TYPE_CHECKING:
    from hashlib import _Hash

__all__ = ["BAD", "HEAD", "fetch_stream", "sink_of"]

HEAD = 64 << 10

BAD: tuple[type[Exception], ...] = (*FAULTS, tarfile.TarError)


class Sink(Protocol):
    """Writes what comes, from its beginning or from a mark."""

    def holds(self, saved: Saved, *, is_trusted: bool) -> bool:
        """Whether what came before a mark is here; if not trusted, its sums are taken again."""

    def before(self, saved: Saved) -> Iterator[bytes] | None:
        """What came before a mark, if it can be read again."""

    def write(self, plain: Iterator[bytes], saved: Saved | None) -> None:
        """All of it, or what follows a mark."""


def fetch_stream(
    remote: Remote, target: Target, *, connections: int, tell: Tell, is_trusted: bool = True
) -> None:
    """Write all of a source, whatever it is.

    ``is_trusted``: since what is here of it was written, no machine has died.  Raises
    ServiceError, Changed, Ended, OSError, and leaves what the next try goes on from; Unstreamable.
    """
    size = remote.source.size
    head = remote.read(0, min(HEAD, size))
    if head[:4] == MAGIC and not target.as_is:
        raise bad_archive(target.title, "it ends too early, or is damaged at its end")
    first = header_length(head) if is_gzip(head) and not target.as_is else 0
    saved = saved_mark(target.beside)
    if saved and not sink_of(head, target, size=size).holds(saved, is_trusted=is_trusted):
        shutil.rmtree(target.beside)
        saved = None
    elif not is_trusted:
        forget_kept(target.beside)
    begin = saved.mark.at if saved else 0
    tell(begin)
    kept = Kept(target.beside, remote, end=size, size=size)
    with ThreadPoolExecutor(connections) as pool:
        inflow = Inflow(
            kept,
            "deflate" if first else "stored",
            target.beside,
            first=begin,
            size=size,
            tell=tell,
            pool=pool,
            mark=saved.mark if saved else None,
        )
        if saved is None:
            inflow.packed.skip(first)
        end = size - TRAILER if first else size
        plain = _one_stream(inflow.pieces(at=begin if saved else first, end=end), inflow.inflating)
        sink = sink_of(head, target, size=size, written=inflow.written)
        md5 = None if first or remote.source.md5 is None else _hash_so_far(sink, saved)
        try:
            sink.write(plain if md5 is None else _hashed(plain, md5), saved)
        except BAD as error:
            raise bad_archive(target.title, str(error)) from error
        if md5 and as_told(md5) != remote.source.md5:
            shutil.rmtree(target.beside)  # whatever of it is wrong: nothing is gone on from
            raise Changed
        found = (inflow.inflating.crc, inflow.inflating.plain & 0xFFFFFFFF)
        if first and sums(inflow.packed.take(TRAILER)) != found:
            raise bad_archive(target.title, "its check sum is another one than its content's")
    shutil.rmtree(target.beside)


def _unnoted(plain: int, note: Mapping[str, Any]) -> None:
    """There is no going on from a mark."""


def sink_of(
    head: bytes,
    target: Target,
    *,
    size: int,
    written: Callable[[int, Mapping[str, Any]], None] = _unnoted,
) -> Sink:
    """What writes a source of ``size`` bytes that begins so; ``written`` hears how far it is."""
    name, most = target.name, target.limits.most(size)
    if target.as_is:
        return SingleFile(target.tree, name, title=target.title, most=most, written=written)
    if is_gzip(head):
        inflater = zlib.decompressobj(RAW)
        try:
            head = inflater.decompress(head[header_length(head) :], HEAD)
        except FAULTS as error:
            raise bad_archive(target.title, str(error)) from error
        name = name.removesuffix(".gz")
    if looks_like_tar(head, name):
        return TarFile(
            target.tree,
            target.beside,
            title=target.title,
            limits=target.limits,
            most=most,
            is_wanted=target.is_wanted,
            written=written,
        )
    if name.endswith((".zip", ".tar", ".tgz", ".tar.gz")):
        raise bad_archive(target.title, "it is no archive, or is damaged at its beginning")
    return SingleFile(target.tree, name, title=target.title, most=most, written=written)


def _hash_so_far(sink: Sink, saved: Saved | None) -> _Hash | None:
    """The MD5 of what came before a mark; None where that cannot be told any more."""
    md5 = hashlib.md5(usedforsecurity=False)
    pieces = sink.before(saved) if saved else iter(())
    if pieces is None:
        return None
    for piece in pieces:
        md5.update(piece)
    return md5


def _hashed(pieces: Iterator[bytes], md5: _Hash) -> Iterator[bytes]:
    for piece in pieces:
        md5.update(piece)
        yield piece


def _one_stream(pieces: Iterator[bytes], inflating: Inflating) -> Iterator[bytes]:
    for piece in pieces:
        yield piece
        if inflating.rest:
            raise Unstreamable
    if inflating.rest:
        raise Unstreamable
