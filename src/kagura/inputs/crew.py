"""Who fetches chunks: this process's threads, or worker processes where files are many."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue

from kagura.errors import ServiceError
from kagura.inputs.chunks import Chunk
from kagura.inputs.remote import Changed, Ended, Remote
from kagura.inputs.worker import fetch_chunk, order
from kagura.system.command import Process, start, stop

__all__ = ["fetch_all"]

# So many files are worth the fifth of a second that a worker process takes to start.
MANY = 400


def fetch_all(
    chunks: Sequence[Chunk],
    *,
    remote: Remote,
    tree: str,
    connections: int,
    tell: Callable[[int], None],
) -> None:
    """Fetch chunks by several connections; ``tell`` hears of the bytes that came.

    Raises ServiceError, Changed, Ended, OSError; what was done until then is done.
    """
    many = sum(len(chunk.members) for chunk in chunks) >= MANY
    # More processes than processors would only take turns; this one helps while they start.
    others = min(connections, max(2, os.cpu_count() or 2)) if many else 0
    own = 1 if many else min(connections, len(chunks))
    waiting: SimpleQueue[Chunk | None] = SimpleQueue()
    for chunk in chunks:
        waiting.put(chunk)
    for _ in range(own + others):
        waiting.put(None)

    def work(process: Process | None) -> None:
        while (chunk := waiting.get()) is not None:
            if process is None:
                fetch_chunk(remote, chunk, tree, tell=tell)
            else:
                _ask(process, remote, chunk, tree)
                tell(chunk.end - chunk.first)

    with _workers(others) as processes, ThreadPoolExecutor(max(own + others, 1)) as pool:
        futures = [pool.submit(work, process) for process in (*processes, *[None] * own)]
        try:
            done, _ = wait(futures, return_when=FIRST_EXCEPTION)
            for future in done:
                future.result()
        except BaseException:
            # Who has not failed stops after its chunk.
            with suppress(Empty):
                while True:
                    waiting.get_nowait()
            for _ in futures:
                waiting.put(None)
            raise


@contextmanager
def _workers(count: int) -> Iterator[list[Process]]:
    argv = [sys.executable, "-m", "kagura.inputs.worker"]
    processes: list[Process] = []
    try:
        processes.extend(start(argv, environment=os.environ) for _ in range(count))
        yield processes
    finally:
        for process in processes:
            with suppress(OSError):
                stop(process, patience=1.0)


def _ask(process: Process, remote: Remote, chunk: Chunk, tree: str) -> None:
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
    answer = json.loads(line or b'{"message": "a worker of the download was killed", "hint": null}')
    if "errno" in answer:
        raise OSError(answer["errno"], answer["strerror"], answer["file"])
    if "message" in answer:
        raise ServiceError(answer["message"], hint=answer["hint"])
    if "event" in answer:
        raise {"Changed": Changed, "Ended": Ended}[answer["event"]]
