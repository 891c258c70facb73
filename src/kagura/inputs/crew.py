"""Who fetches: four connections, each read by a copy of this process, or else by a thread.

Python runs one thread at a time.  Where files are small that is most of the work, and where they
are big, threads wait for each other: copies took 6 to 9% less time.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import ExitStack, suppress
from functools import partial
from threading import Lock

from kagura.errors import ServiceError
from kagura.inputs.chunks import BIG, Chunk, chunks
from kagura.inputs.inflate import Destination
from kagura.inputs.meter import Meter
from kagura.inputs.remote import Changed, Ended, Remote
from kagura.inputs.terms import CONNECTIONS
from kagura.inputs.worker import fetch_chunk, serve
from kagura.inputs.zip_members import Members
from kagura.system.forked import Forked, can_fork, fork

__all__ = ["fetch_members"]

# So many members, or bytes, are worth the milliseconds that copies take.
MANY, MUCH = 100, 8 << 20


def fetch_members(members: Members, *, remote: Remote, to: Destination, meter: Meter) -> None:
    """Fetch an archive's members: first the small ones, in chunks, then the big ones.

    Raises ServiceError, Changed, Ended, OSError; what was done until then is done.
    """
    small = list(chunks(members, takers=CONNECTIONS))
    big = [Chunk(members, at, at + 1) for at, one in enumerate(members) if one.packed >= BIG]
    lanes = min(max(len(small), len(big)), CONNECTIONS)
    is_much = len(members) >= MANY or members.span >= MUCH
    with ExitStack() as stack:
        copies: list[Forked] = []
        # A limit of the rate is this process's alone.
        if is_much and remote.pace is None and can_fork():
            with suppress(OSError):  # there may be no more processes: then by threads
                for _ in range(lanes - 1):
                    copies.append(fork(partial(serve, members, remote, to)))
                    stack.callback(copies[-1].close)
        _fetch(small, remote, to, copies, meter)
        _fetch(big, remote, to, copies, meter)


def _fetch(
    jobs: Sequence[Chunk],
    remote: Remote,
    to: Destination,
    copies: Sequence[Forked],
    meter: Meter,
) -> None:
    """Fetch chunks side by side; when one fails, or the user interrupts, the others end soon."""
    if not jobs:
        return
    lanes = min(len(jobs), CONNECTIONS)
    each = CONNECTIONS // lanes
    queue = _Queue(jobs)

    def by_itself() -> None:
        for chunk in queue:
            fetch_chunk(remote, chunk, to, connections=each, tell=meter.add)
            meter.add(0, files=len(chunk))

    def by_copy(copy: Forked) -> None:
        for chunk in queue:
            for came in _asked(copy, chunk, connections=each):
                meter.add(came)
            meter.add(0, files=len(chunk))

    works: list[Callable[[], None]] = [partial(by_copy, copy) for copy in copies[: lanes - 1]]
    works += [by_itself] * (lanes - len(works))
    with ThreadPoolExecutor(lanes) as pool:
        futures = [pool.submit(work) for work in works]
        try:
            done, _ = wait(futures, return_when=FIRST_EXCEPTION)
            for future in done:
                future.result()
        except BaseException:
            queue.close()
            remote.stop()
            for copy in copies:
                copy.kill()
            raise


class _Queue:
    """Jobs that several threads take one by one, until somebody closes it."""

    def __init__(self, jobs: Sequence[Chunk]) -> None:
        self._jobs, self._lock = iter(jobs), Lock()

    def __iter__(self) -> Iterator[Chunk]:
        while True:
            with self._lock:
                try:
                    job = next(self._jobs)
                except StopIteration:
                    return
            yield job

    def close(self) -> None:
        """There are no more jobs."""
        with self._lock:
            self._jobs = iter(())


def _asked(copy: Forked, chunk: Chunk, *, connections: int) -> Iterator[int]:
    """Let a copy fetch a chunk: the bytes that came since it last told, until all are here."""
    with suppress(BrokenPipeError):  # then there is no answer, either
        copy.orders.write(json.dumps([chunk.begin, chunk.stop, connections]).encode() + b"\n")
    while line := copy.answers.readline():
        answer = json.loads(line)
        if "errno" in answer:
            raise OSError(answer["errno"], answer["strerror"], answer["file"])
        if "message" in answer:
            raise ServiceError(answer["message"], hint=answer["hint"])
        if "event" in answer:
            raise {"Changed": Changed, "Ended": Ended}[answer["event"]]
        yield answer["came"]
        if answer["is_done"]:
            return
    raise ServiceError(
        "a process of the download was killed",
        hint="try again: it goes on from what is here; this machine may be out of memory",
    )
