"""A copy of the process: at work at once, with nothing of its first one's, and gone with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from kagura.system.forked import can_fork

# The tests' own process has other threads.
HEAD = """
import fcntl, os, signal, sys, threading, time
from kagura.system.forked import can_fork, fork

def echo(orders, answers):
    for line in orders:
        answers.write(line.upper())

def asked(copy, line):
    copy.orders.write(line)
    return copy.answers.readline()

assert can_fork()
"""


def run(script: str, *, status: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-c", HEAD + script], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == status, done.stderr
    return done


LIVES_ON = """
copy = fork(echo)
asked(copy, b"x\\n")
print(flush=True)
signal.signal(signal.SIGINT, lambda *_: print(asked(copy, b"y\\n"), flush=True))
while True:
    time.sleep(1)
"""


@pytest.fixture
def started(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], psutil.Process]]:
    """A process in a group of its own, and its copy, which answers."""
    process = subprocess.Popen(
        [sys.executable, "-c", HEAD + LIVES_ON],
        stdout=subprocess.PIPE,
        cwd=tmp_path,
        start_new_session=True,
    )
    assert process.stdout is not None
    process.stdout.readline()
    (copy,) = psutil.Process(process.pid).children()
    with process:
        yield process, copy
        process.kill()


def test_it_answers_again_and_again_and_ends() -> None:
    run("""
for _ in range(20):
    copy = fork(echo)
    assert [asked(copy, line) for line in (b"a\\n", b"b\\n")] == [b"A\\n", b"B\\n"]
    copy.close()
    try:
        os.kill(copy.number, 0)
    except ProcessLookupError:
        continue
    raise SystemExit("it is still there")
""")


def test_several_end_one_by_one() -> None:
    # Each has the pipes of those before it, if it does not close them: then these never end.
    run("""
copies = [fork(echo) for _ in range(3)]
copies[0].orders.close()
assert copies[0].answers.read() == b""
assert asked(copies[1], b"a\\n") == b"A\\n"
for copy in copies:
    copy.close()
""")


def test_it_ends_where_nobody_waits_for_children() -> None:
    run("""
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
copy = fork(echo)
assert asked(copy, b"a\\n") == b"A\\n"
copy.close()
""")


def test_it_holds_no_lock_of_the_first() -> None:
    run("""
held = open("/proc/self/exe", "rb")
fcntl.flock(held, fcntl.LOCK_EX)
copy = fork(echo)
assert asked(copy, b"a\\n") == b"A\\n"
held.close()
fcntl.flock(open("/proc/self/exe", "rb"), fcntl.LOCK_EX | fcntl.LOCK_NB)
copy.close()
""")


def test_it_never_goes_back_to_who_called() -> None:
    done = run(
        """
import atexit
atexit.register(print, "the end", flush=True)
print("not yet written", end=" ")

def fails(orders, answers):
    raise KeyboardInterrupt("of no use")

try:
    copy = fork(fails)
    assert copy.answers.readline() == b""
    try:
        copy.orders.write(b"a")
    except BrokenPipeError:
        pass
    copy.close()
finally:
    print("once", flush=True)
"""
    )
    assert done.stdout == "not yet written once\nthe end\n"
    assert "of no use" in done.stderr


def test_it_is_not_made_where_another_thread_may_hold_something() -> None:
    with_thread = threading.Event()
    thread = threading.Thread(target=with_thread.wait)
    thread.start()
    assert not can_fork()
    with_thread.set()
    thread.join()


def test_no_process_left_is_an_oserror_and_nothing_stays_open() -> None:
    run("""
import resource
before = sorted(os.listdir("/proc/self/fd"))
def refused():
    raise BlockingIOError(11, "no more processes")
os.fork = refused
try:
    fork(echo)
except BlockingIOError:
    pass
assert sorted(os.listdir("/proc/self/fd")) == before
assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == set()
""")


def test_it_hears_no_interrupt(
    started: tuple[subprocess.Popen[bytes], psutil.Process],
) -> None:
    process, _ = started
    assert process.stdout is not None
    os.killpg(process.pid, signal.SIGINT)
    assert process.stdout.readline() == b"b'Y\\n'\n"


def test_it_dies_with_the_first(
    started: tuple[subprocess.Popen[bytes], psutil.Process],
) -> None:
    process, copy = started
    # The pipe would end it, too: held open, it does not.
    orders = os.open(f"/proc/{copy.pid}/fd/{_orders_of(copy)}", os.O_WRONLY)
    process.kill()
    end = time.monotonic() + 5
    while copy.is_running() and copy.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < end
        time.sleep(0.01)
    os.close(orders)


def _orders_of(copy: psutil.Process) -> int:
    """The descriptor that it reads: of its two pipes the one that is open for reading."""
    for name in os.listdir(f"/proc/{copy.pid}/fdinfo"):
        flags = Path(f"/proc/{copy.pid}/fdinfo/{name}").read_text().split("flags:")[1].split()[0]
        is_pipe = os.readlink(f"/proc/{copy.pid}/fd/{name}").startswith("pipe:")
        if int(name) > 2 and is_pipe and int(flags, 8) & os.O_ACCMODE == os.O_RDONLY:
            return int(name)
    raise AssertionError("it reads nothing")
