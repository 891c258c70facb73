"""Who fetches chunks: this process's threads, or worker processes where files are many."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from queue import SimpleQueue

from kagura.errors import ServiceError
from kagura.inputs.chunks import Chunk
from kagura.inputs.remote import Changed, Ended, Remote
from kagura.inputs.worker import fetch_chunk, order
from kagura.system.command import Process, start, stop

__all__ = ["fetched"]

# So many files are worth the fifth of a second that a worker process takes to start.
MANY = 400


def fetched(
    chunks: Sequence[Chunk], *, remote: Remote, tree: str, connections: int
) -> Iterator[Chunk]:
    """Fetch chunks by several connections; each is given when it is done, in any order.

    Raises ServiceError, Changed, Ended, OSError; what was done until then is done.
    """
    count = min(connections, len(chunks))
    if sum(len(chunk.members) for chunk in chunks) < MANY:
        with ThreadPoolExecutor(max(count, 1)) as pool:
            futures = {pool.submit(fetch_chunk, remote, chunk, tree): chunk for chunk in chunks}
            yield from _as_done(futures)
        return
    # More of them than processors would only take turns; two keep one connection busy each.
    count = min(count, max(2, os.cpu_count() or 2))
    with _workers(count) as idle, ThreadPoolExecutor(count) as pool:
        futures = {pool.submit(_ask, idle, remote, chunk, tree): chunk for chunk in chunks}
        yield from _as_done(futures)


def _as_done(futures: dict[Future[None], Chunk]) -> Iterator[Chunk]:
    waiting = set(futures)
    try:
        while waiting:
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for future in done:
                future.result()
                yield futures[future]
    finally:
        for future in waiting:
            future.cancel()


@contextmanager
def _workers(count: int) -> Iterator[SimpleQueue[Process]]:
    argv = [sys.executable, "-m", "kagura.inputs.worker"]
    processes: list[Process] = []
    idle: SimpleQueue[Process] = SimpleQueue()
    try:
        for _ in range(count):
            processes.append(start(argv, environment=os.environ))
            idle.put(processes[-1])
        yield idle
    finally:
        for process in processes:
            with suppress(OSError):
                stop(process, patience=1.0)


def _ask(idle: SimpleQueue[Process], remote: Remote, chunk: Chunk, tree: str) -> None:
    process = idle.get()
    try:
        assert process.stdin is not None  # noqa: S101 - it was started with pipes
        assert process.stdout is not None  # noqa: S101
        process.stdin.write(order(remote.source, chunk, tree).encode())
        process.stdin.flush()
        line = process.stdout.readline()
    except (BrokenPipeError, ValueError) as error:
        raise ServiceError(
            "a worker of the download ended by itself",
            hint="try again: it goes on from what is here; this machine may be out of memory",
        ) from error
    idle.put(process)
    answer = json.loads(line or b'{"message": "a worker of the download was killed", "hint": null}')
    if "errno" in answer:
        raise OSError(answer["errno"], answer["strerror"], answer["file"])
    if "message" in answer:
        raise ServiceError(answer["message"], hint=answer["hint"])
    if "event" in answer:
        raise {"Changed": Changed, "Ended": Ended}[answer["event"]]
