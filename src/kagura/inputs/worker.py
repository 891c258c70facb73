"""A worker of a download: ``python -m kagura.inputs.worker``, told by lines what to fetch.

Many small files keep Python busy, which threads of one process cannot share.  Each line on stdin
is a JSON object with a source, a tree and chunks' members; each is answered by one line.  The
worker ends with its stdin, and at once when its parent dies.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from kagura.errors import KaguraError
from kagura.inputs.chunks import Chunk
from kagura.inputs.inflate import Bytes, Destination, write_member
from kagura.inputs.long_member import fetch_long, folder_of
from kagura.inputs.remote import Changed, Ended, Piece, Remote, Source
from kagura.inputs.zip_members import Member
from kagura.system.http import Http
from kagura.system.memory import keep_freed_memory

__all__ = ["fetch_chunk", "main", "order"]

PR_SET_PDEATHSIG = 1

# A member from here on is worth a request of its own, where a kill would lose much of it.
LONGER = 512 << 10


def fetch_chunk(
    remote: Remote,
    chunk: Chunk,
    to: Destination,
    *,
    tell: Callable[[int], None] = lambda _: None,
) -> None:
    """Write a chunk's members; from a slow source its longer ones as those that can go on.

    Raises ServiceError, Changed, Ended, OSError.
    """
    run: list[Member] = []
    for member in chunk:
        if member.packed < LONGER or not (remote.is_slow or folder_of(member, to).exists()):
            run.append(member)
            continue
        _fetch_run(run, remote, to.tree, tell)
        run = []
        fetch_long(member, remote, to, pool=None, tell=tell)
    _fetch_run(run, remote, to.tree, tell)


def _fetch_run(
    members: Sequence[Member], remote: Remote, tree: str, tell: Callable[[int], None]
) -> None:
    """Members that lie one behind the other, by one request."""
    if not members:
        return

    def counted() -> Iterator[Piece]:
        for piece in remote.stream(members[0].first, members[-1].end):
            tell(len(piece))
            yield piece

    stream, at = Bytes(counted()), members[0].first
    for member in members:
        stream.skip(member.first - at)
        write_member(member, stream, tree)
        at = member.end


def order(source: Source, chunk: Chunk, to: Destination) -> str:
    """The line that tells a worker to fetch a chunk."""
    said = {
        "source": [source.url, source.size, source.mark],
        "to": [to.tree, os.fspath(to.beside), to.is_trusted],
        "members": list(chunk),
    }
    return json.dumps(said) + "\n"


def main() -> None:
    """Do what the lines say."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to hear
    keep_freed_memory()
    remote: Remote | None = None
    with Http() as http:
        for line in sys.stdin:
            said: dict[str, Any] = json.loads(line)
            source = Source(*said["source"])
            if remote is None or remote.source != source:
                remote = Remote(source, http=http)
            chunk = Chunk.of(Member(*values) for values in said["members"])
            try:
                tree, beside, is_trusted = said["to"]
                to = Destination(tree=tree, beside=Path(beside), is_trusted=is_trusted)
                fetch_chunk(remote, chunk, to)
                answer: dict[str, Any] = {}
            except (Changed, Ended) as event:
                answer = {"event": type(event).__name__}
            except KaguraError as error:
                answer = {"message": error.message, "hint": error.hint}
            except OSError as error:
                answer = {"errno": error.errno, "strerror": error.strerror, "file": error.filename}
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
