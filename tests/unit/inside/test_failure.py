from __future__ import annotations

import signal

import pytest

from kagura.inside import failure
from kagura.inside.failure import MemoryKills, death, error


class Kills(MemoryKills):
    def __init__(self, happened: bool) -> None:
        self._answer = happened

    def happened(self) -> bool:
        return self._answer


@pytest.mark.parametrize(
    ("status", "happened", "kind", "said"),
    [
        (1, False, "kernel died", "exit status 1"),
        (0, False, "kernel died", "exit status 0"),
        (-signal.SIGSEGV, False, "kernel died", "killed by SIGSEGV"),
        (-signal.SIGKILL, False, "kernel died", "killed by SIGKILL"),
        (-signal.SIGKILL, True, "out of memory", "ran out of memory"),
        (-signal.SIGSEGV, True, "kernel died", "killed by SIGSEGV"),
        (-99, False, "kernel died", "killed by signal 99"),
    ],
)
def test_a_death_is_told_by_how_it_happened(
    status: int, happened: bool, kind: str, said: str
) -> None:
    failed = death(cell=3, status=status, kills=Kills(happened), complaints="last")
    assert failed.status == "died"
    assert (failed.details["kind"], failed.details["cell"]) == (kind, 3)
    assert said in failed.details["message"]
    assert failed.details["traceback"] == "last"


def test_the_machines_counters_are_read() -> None:
    assert failure.MemoryKills().happened() is False


def test_a_traceback_has_no_colours() -> None:
    failed = error(cell=0, name="E", message="\x1b[1mm\x1b[0m", traceback="\x1b[0;31mE\x1b[0m: m")
    assert failed.details["traceback"] == "E: m"
    assert failed.details["message"] == "m"
