"""How many threads fetch at once."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import pytest

from kagura.inputs.crew import _lanes


@pytest.mark.parametrize(
    ("is_waited_for", "processors", "expected"),
    [(True, 2, 4), (False, 2, 2), (False, 0, 1), (False, 8, 4)],
)
def test_more_than_processors_are_at_work_only_where_connections_are_waited_for(
    is_waited_for: bool, processors: int, expected: int
) -> None:
    remote: Any = SimpleNamespace(is_waited_for=is_waited_for)
    at_work, lock = 0, threading.Lock()
    are_enough, may_end = threading.Event(), threading.Event()

    def work() -> None:
        nonlocal at_work
        with lock:
            at_work += 1
            if at_work == expected:
                are_enough.set()
        may_end.wait(10)

    lanes = _lanes(work, remote, count=4, processors=processors)
    threads = [threading.Thread(target=lane) for lane in lanes]
    for thread in threads:
        thread.start()
    assert are_enough.wait(10)
    may_end.set()
    for thread in threads:
        thread.join(10)
    assert at_work == expected
    assert not any(thread.is_alive() for thread in threads)
