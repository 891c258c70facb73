"""The work of a download: a chunk's members into their files, here or as a copy of this process.

A copy is told by lines which chunks to fetch, and tells by lines what came.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from threading import Lock
from typing import BinaryIO

from kagura.errors import KaguraError
from kagura.inputs.chunks import BIG, Chunk
from kagura.inputs.inflate import Bytes, Destination, write_member
from kagura.inputs.long_member import fetch_long, folder_of
from kagura.inputs.meter import TICK
from kagura.inputs.remote import Changed, Ended, Piece, Remote
from kagura.inputs.zip_members import Member, Members

__all__ = ["fetch_chunk", "serve"]

# A member from here on is worth a request of its own, where a kill would lose much of it.
LONGER = 512 << 10

# So much is read ahead of what is written, where files are small; a kill loses it.
AHEAD = 256 << 10

Tell = Callable[[int], None]


def fetch_chunk(
    remote: Remote, chunk: Chunk, to: Destination, *, connections: int, tell: Tell
) -> None:
    """Write a chunk's members; from a slow source its longer ones as those that can go on.

    A big one is fetched by so many ``connections``.  Raises ServiceError, Changed, Ended, OSError.
    """
    run: list[Member] = []
    for member in chunk:
        is_big = member.packed >= BIG
        if not is_big and (
            member.packed < LONGER or not (remote.is_slow or folder_of(member, to).exists())
        ):
            run.append(member)
            continue
        _fetch_run(run, remote, to.tree, tell)
        run = []
        fetch_long(member, remote, to, connections=connections if is_big else 1, tell=tell)
    _fetch_run(run, remote, to.tree, tell)


def _fetch_run(members: Sequence[Member], remote: Remote, tree: str, tell: Tell) -> None:
    """Members that lie one behind the other, by one request."""
    if not members:
        return

    def counted() -> Iterator[Piece]:
        for piece in remote.stream(members[0].first, members[-1].end, ahead=AHEAD):
            tell(len(piece))
            yield piece

    stream, at = Bytes(counted()), members[0].first
    for member in members:
        stream.skip(member.first - at)
        write_member(member, stream, tree)
        at = member.end


def serve(
    members: Members, remote: Remote, to: Destination, orders: BinaryIO, answers: BinaryIO
) -> None:
    """Fetch chunks of ``members`` as the lines say, in a copy of the process that has them."""
    lock, came, told = Lock(), 0, time.monotonic()

    def tell(count: int, *, is_done: bool = False) -> None:
        nonlocal came, told
        with lock:
            came += count
            now = time.monotonic()
            if is_done or now - told > TICK:
                _say(answers, came=came, is_done=is_done)
                came, told = 0, now

    with remote.anew() as own:
        for line in orders:
            begin, stop, connections = json.loads(line)
            chunk = Chunk(members, begin, stop)
            try:
                fetch_chunk(own, chunk, to, connections=connections, tell=tell)
                tell(0, is_done=True)
            except (Changed, Ended) as event:
                _say(answers, event=type(event).__name__)
            except KaguraError as error:
                _say(answers, message=error.message, hint=error.hint)
            except OSError as error:
                _say(answers, errno=error.errno, strerror=error.strerror, file=error.filename)


def _say(answers: BinaryIO, **answer: object) -> None:
    answers.write(json.dumps(answer).encode() + b"\n")
