"""A kill -9 in any millisecond of a start leaves nothing: no sandbox, no helper, no guard."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from living import until

from kagura.engines.bubblewrap import Bubblewrap
from kagura.engines.isolation import bring_network
from kagura.engines.start import Starting
from kagura.model.sandbox import Bind, Isolated, SandboxSpec
from kagura.system.tied import Tied

# The programs that may bring a network, and none.
UPLINKS = ("", "pasta", "slirp4netns")

KILLS = 30

# In seconds; a start takes about 5 ms, with a network 15.
LONGEST = 0.03

# It starts a sandbox that would run for a day, and says when it begins and which group it has.
START = """
import os, sys
from kagura.engines import isolation, start
from kagura.engines.bubblewrap import Bubblewrap
from kagura.engines.uplink import find_uplinks
from kagura.model.sandbox import Bind, Isolated, SandboxSpec

mark, uplink = sys.argv[1:]
found = tuple(item for item in find_uplinks() if item.name == uplink)
isolation.find_uplinks = lambda: found

class Guard(start.Guard):
    def __init__(self, **given):
        super().__init__(**given)
        os.write(1, b"%d\\n" % self.group)

start.Guard = Guard
network = Isolated() if uplink else "none"
host = Bind(source="/", target="/")
spec = SandboxSpec(argv=("/bin/sleep", mark), mounts=(host,), network=network)
engine = Bubblewrap()
engine.command(spec)
os.write(1, b"ready\\n")
os.read(0, 1)
sandbox = engine.start(spec)
os.write(1, b"started\\n")
sandbox.wait()
"""


def remaining(mark: str, groups: list[int]) -> list[str]:
    """What lives of a group, or has the mark among its words."""
    found = []
    for process in psutil.process_iter():
        try:
            words = process.cmdline()
            if process.status() == psutil.STATUS_ZOMBIE or process.pid == os.getpid():
                continue
            if mark in words or os.getpgid(process.pid) in groups:
                found.append(" ".join(words))
        except (psutil.NoSuchProcess, ProcessLookupError):
            continue
    return found


def begin(mark: str, uplink: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", START, mark, uplink]
    starter = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert starter.stdout is not None
    assert starter.stdout.readline() == b"ready\n"
    assert starter.stdin is not None
    starter.stdin.write(b"\n")
    starter.stdin.flush()
    return starter


def end(starter: subprocess.Popen[bytes]) -> list[bytes]:
    """Kill it; what it has said."""
    starter.kill()
    said, _ = starter.communicate()
    return said.split()


@pytest.mark.parametrize("uplink", UPLINKS)
def test_a_kill_in_any_millisecond_of_a_start_leaves_nothing(uplink: str) -> None:
    dice = random.Random(uplink)
    mark = f"{86400 + os.getpid()}"
    groups = []
    for _ in range(KILLS):
        starter = begin(mark, uplink)
        time.sleep(dice.uniform(0, LONGEST))
        groups += [int(word) for word in end(starter) if word.isdigit()]
    assert groups, "no kill came after the guard was there"
    assert until(lambda: not remaining(mark, groups), 20), remaining(mark, groups)


@pytest.mark.parametrize("uplink", UPLINKS)
def test_a_kill_of_what_started_it_leaves_nothing_of_a_running_sandbox(uplink: str) -> None:
    mark = f"86400{UPLINKS.index(uplink)}"
    starter = begin(mark, uplink)
    assert starter.stdout is not None
    group = int(starter.stdout.readline())
    assert starter.stdout.readline() == b"started\n"
    there = "\n".join(remaining(mark, [group]))
    end(starter)
    for name in ("bwrap", uplink, "/bin/sh", f"/bin/sleep {mark}"):
        assert name in there
    assert until(lambda: not remaining(mark, [group]), 20), remaining(mark, [group])


def test_an_interrupted_start_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    groups, helpers = list[int](), list[Tied | None]()

    def bring(network: Isolated, sandbox: Starting) -> Tied | None:
        groups.append(sandbox.guard.group)
        helpers.append(bring_network(network, sandbox))
        raise KeyboardInterrupt

    monkeypatch.setattr("kagura.engines.bubblewrap.bring_network", bring)
    host = Bind(source="/", target="/")
    spec = SandboxSpec(argv=("/bin/sleep", "864009"), mounts=(host,), network=Isolated())
    with pytest.raises(KeyboardInterrupt):
        Bubblewrap().start(spec)
    assert until(lambda: not remaining("864009", groups), 20), remaining("864009", groups)
    (helper,) = helpers
    assert helper is not None
    helper.kill()
