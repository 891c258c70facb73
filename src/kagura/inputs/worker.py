"""A worker of a download: ``python -m kagura.inputs.worker``, told by lines what to fetch.

Many small files keep Python busy, which threads of one process cannot share.  Each line on stdin
is a JSON object with a source, a tree and chunks' members; each is answered by one line.  The
worker ends with its stdin, and at once when its parent dies.
"""

from __future__ import annotations

import ctypes
import json
import signal
import sys
from collections.abc import Callable, Iterator
from typing import Any

from kagura.errors import KaguraError
from kagura.inputs.chunks import Chunk
from kagura.inputs.inflate import Bytes, write_member
from kagura.inputs.remote import Changed, Ended, Remote, Source
from kagura.inputs.zip_members import Member
from kagura.system.http import Http
from kagura.system.memory import keep_freed_memory

__all__ = ["fetch_chunk", "main", "order"]

PR_SET_PDEATHSIG = 1


def fetch_chunk(
    remote: Remote, chunk: Chunk, tree: str, *, tell: Callable[[int], None] = lambda _: None
) -> None:
    """Write a chunk's members.  Raises ServiceError, Changed, Ended, OSError."""

    def counted() -> Iterator[bytes]:
        for piece in remote.stream(chunk.first, chunk.end):
            tell(len(piece))
            yield piece

    stream, at = Bytes(counted()), chunk.first
    for member in chunk:
        stream.skip(member.first - at)
        write_member(member, stream, tree)
        at = member.end


def order(source: Source, chunk: Chunk, tree: str) -> str:
    """The line that tells a worker to fetch a chunk."""
    said = {
        "source": [source.url, source.size, source.mark],
        "tree": tree,
        "members": list(chunk),
    }
    return json.dumps(said) + "\n"


def main() -> None:
    """Do what the lines say."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to hear
    keep_freed_memory()
    with Http() as http:
        for line in sys.stdin:
            said: dict[str, Any] = json.loads(line)
            remote = Remote(Source(*said["source"]), http=http)
            chunk = Chunk.of(Member(*values) for values in said["members"])
            try:
                fetch_chunk(remote, chunk, said["tree"])
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
