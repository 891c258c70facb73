"""Who fetches: this process's threads, and worker processes where files are many."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from functools import partial
from threading import Event, Lock
from typing import Generic, TypeVar

from kagura.errors import ServiceError
from kagura.inputs.chunks import Chunk
from kagura.inputs.inflate import Destination
from kagura.inputs.long_member import fetch_long
from kagura.inputs.meter import Meter
from kagura.inputs.remote import Changed, Ended, Remote
from kagura.inputs.terms import CONNECTIONS
from kagura.inputs.worker import fetch_chunk, order
from kagura.inputs.zip_members import Member
from kagura.system.command import Process, start, stop

__all__ = ["fetch_chunks", "fetch_longs", "workers"]

Job = TypeVar("Job")

# So many files are worth the fifth of a second that a worker process takes to start.
MANY = 400


@contextmanager
def workers(count: int) -> Iterator[list[Process]]:
    """Processes that are worth their start for about ``count`` files; they end with the block."""
    # With this one, as many as there are processors: more would only take turns.
    needed = min(CONNECTIONS, os.cpu_count() or 1) - 1 if count >= MANY else 0
    argv = [sys.executable, "-m", "kagura.inputs.worker"]
    processes: list[Process] = []
    try:
        processes.extend(start(argv, environment=os.environ) for _ in range(needed))
        yield processes
    finally:
        for process in processes:
            with suppress(OSError):
                stop(process, patience=1.0)


def fetch_chunks(
    chunks: Iterable[Chunk],
    *,
    remote: Remote,
    to: Destination,
    processes: Sequence[Process],
    meter: Meter,
) -> None:
    """Fetch chunks by worker processes, where there are some, and by threads.

    Raises ServiceError, Changed, Ended, OSError; what was done until then is done.
    """
    queue, is_measured = _Queue(chunks), Event()

    def tell(count: int) -> None:
        meter.add(count)
        if remote.is_measured:
            is_measured.set()

    def work() -> None:
        try:
            for chunk in queue:
                fetch_chunk(remote, chunk, to, tell=tell)
                meter.add(0, files=chunk.stop - chunk.begin)
        finally:
            is_measured.set()

    def work_by(process: Process) -> None:
        for chunk in queue:
            _ask(process, order(remote.source, chunk, to))
            meter.add(chunk.end - chunk.first, files=chunk.stop - chunk.begin)

    def work_if_slow() -> None:
        is_measured.wait()
        if remote.is_slow:
            work()

    # One thread beside the processes, which is at work while they start.  More of them would take
    # their processors from them, unless it is the connections that everybody waits for.
    spare = CONNECTIONS - 1 - len(processes)
    works: list[Callable[[], None]] = [work]
    works += [partial(work_by, process) for process in processes]
    works += [work_if_slow if processes else work] * spare
    _together(works, queue, remote, processes)


def fetch_longs(
    longs: Sequence[Member],
    *,
    remote: Remote,
    to: Destination,
    meter: Meter,
) -> None:
    """Fetch big members side by side; one alone, by all connections.  Raises as above."""
    if not longs:
        return
    lanes = min(len(longs), CONNECTIONS)
    each = CONNECTIONS // lanes
    queue = _Queue(longs)

    def work() -> None:
        with ThreadPoolExecutor(each) as pool:
            for member in queue:
                fetch_long(member, remote, to, pool=pool if each > 1 else None, tell=meter.add)
                meter.add(0, files=1)

    _together([work] * lanes, queue, remote)


class _Queue(Generic[Job]):
    """Jobs that several threads take one by one, until somebody closes it."""

    def __init__(self, jobs: Iterable[Job]) -> None:
        self._jobs, self._lock = iter(jobs), Lock()

    def __iter__(self) -> Iterator[Job]:
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


def _together(
    works: Sequence[Callable[[], None]],
    queue: _Queue[Job],
    remote: Remote,
    processes: Sequence[Process] = (),
) -> None:
    """Do all of it at once; when one fails, or the user interrupts, the others end soon."""
    with ThreadPoolExecutor(len(works)) as pool:
        futures = [pool.submit(work) for work in works]
        try:
            done, _ = wait(futures, return_when=FIRST_EXCEPTION)
            for future in done:
                future.result()
        except BaseException:
            queue.close()
            remote.stop()
            for process in processes:
                process.kill()
            raise


def _ask(process: Process, line: str) -> None:
    try:
        assert process.stdin is not None  # noqa: S101 - it was started with pipes
        assert process.stdout is not None  # noqa: S101
        process.stdin.write(line.encode())
        process.stdin.flush()
        answered = process.stdout.readline()
    except (BrokenPipeError, ValueError) as error:
        raise ServiceError(
            "a worker of the download ended by itself",
            hint="try again: it goes on from what is here; this machine may be out of memory",
        ) from error
    answer = json.loads(
        answered or b'{"message": "a worker of the download was killed", "hint": null}'
    )
    if "errno" in answer:
        raise OSError(answer["errno"], answer["strerror"], answer["file"])
    if "message" in answer:
        raise ServiceError(answer["message"], hint=answer["hint"])
    if "event" in answer:
        raise {"Changed": Changed, "Ended": Ended}[answer["event"]]
