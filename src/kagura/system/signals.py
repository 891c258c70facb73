"""Signals that are meant for a program that we have started."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["handed_on"]

HANDED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


@contextmanager
def handed_on(receive: Callable[[int], None]) -> Iterator[None]:
    """While this lasts, what would end us (Ctrl-C, ``kill``) is given to ``receive`` instead."""
    before = {
        number: signal.signal(number, lambda number, _frame: receive(number))
        for number in HANDED_ON
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
