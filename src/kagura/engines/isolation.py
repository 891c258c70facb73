"""A sandbox with the host's network and without its loopback: a helper carries its packages."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from pathlib import Path

from kagura.engines.base import Reason
from kagura.engines.start import Starting
from kagura.engines.uplink import Uplink, find_uplinks, uplink_command
from kagura.errors import MachineError
from kagura.model.sandbox import Isolated
from kagura.system.files import write_atomically
from kagura.system.host import boot_id
from kagura.system.tied import Tied

__all__ = ["bring_network", "why_isolation_fails"]

TUN = Path("/dev/net/tun")

# In seconds.  Either takes a few milliseconds; neither can be waited for by a descriptor.
PAUSE = 0.001
PATIENCE = 20.0

INSTALL = "install passt (its program is pasta) or slirp4netns; --no-internet shuts them out too"


def bring_network(network: Isolated, sandbox: Starting) -> Tied | None:
    """Attach a helper that carries the sandbox's packages; None if bwrap ended meanwhile.

    Raises MachineError if the network cannot be brought.
    """
    uplink = next((item for item in find_uplinks() if item.can_open(network)), None)
    if uplink is None:
        raise MachineError("no program that isolates the network is here", hint=INSTALL)
    until = time.monotonic() + PATIENCE
    # Before bwrap has brought its loopback up, another program there would confuse it.
    while not _is_up(sandbox.first):
        if sandbox.has_ended():
            return None
        if time.monotonic() > until:
            raise MachineError("the sandbox's own loopback did not come up")
        time.sleep(PAUSE)
    argv = uplink_command(uplink, network, sandbox.first, root=os.geteuid() == 0)
    tied = Tied(argv, guard=sandbox.guard)
    try:
        while not _has_route(sandbox.first):
            if sandbox.has_ended():
                tied.kill()
                return None
            if tied.has_ended() or time.monotonic() > until:
                words = tied.last_words() or "it ended without a word"
                raise MachineError(
                    f"{uplink.name} could not bring the network: {words}",
                    hint="the next command tries it anew; --no-internet needs no such program",
                )
            time.sleep(PAUSE)
    except BaseException:
        tied.kill()
        raise
    return tied


def why_isolation_fails(
    network: Isolated, attempt: Callable[[], None], *, notes: Path | None
) -> Reason | None:
    """What stands against this network here; None if ``attempt`` worked, now or since the boot."""
    found = find_uplinks()
    if not found:
        return Reason(why="neither pasta nor slirp4netns is here", mend=INSTALL, absent=True)
    uplinks = [item for item in found if item.can_open(network)]
    if not uplinks:
        ports = ", ".join(map(str, network.ports))
        return Reason(
            why=f"slirp4netns cannot open single ports, and your settings for proxies and "
            f"packages name a service of this machine (port {ports})",
            mend="install passt: its program pasta can",
        )
    facts = _facts(uplinks[0], network)
    if notes is not None and _read(notes) == facts:
        return None
    try:
        attempt()
    except (MachineError, TimeoutError) as error:
        return explain(f"{error}")
    if notes is not None:
        notes.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(notes, facts)
    return None


def explain(failure: str) -> Reason:
    """What a failure means, and how to mend it."""
    if not os.access(TUN, os.R_OK | os.W_OK):
        return Reason(
            why=f"{failure} ({TUN} cannot be opened)",
            mend="as root: modprobe tun; for a container: --device /dev/net/tun",
        )
    return Reason(
        why=failure,
        mend="see whether this machine lets it work; --no-internet needs no such program",
    )


def _is_up(child: int) -> bool:
    return "127.0.0.1" in _read(Path(f"/proc/{child}/net/fib_trie"))


def _has_route(child: int) -> bool:
    return bool(_default_routes(Path(f"/proc/{child}/net")))


def _default_routes(folder: Path) -> list[str]:
    """The devices that default routes go through, of the two kinds of addresses."""
    found = []
    for line in _read(folder / "route").splitlines()[1:]:
        words = line.split()
        if words[1] == words[7] == "00000000":
            found.append(words[0])
    for line in _read(folder / "ipv6_route").splitlines():
        words = line.split()
        if words[0] == "0" * 32 and words[1] == "00" and words[9] != "lo":
            found.append(words[9])
    return found


def _facts(uplink: Uplink, network: Isolated) -> str:
    """All that decides whether it works, as one word; another one after the next boot."""
    status = uplink.program.stat()
    routes = _default_routes(Path("/proc/net"))
    program = f"{uplink.program} {status.st_mtime_ns} {status.st_size}"
    tun = (TUN.stat().st_rdev, os.access(TUN, os.W_OK)) if TUN.exists() else None
    text = f"{boot_id()} {program} {network} {routes} {os.geteuid()} {tun}"
    return hashlib.sha256(text.encode()).hexdigest()


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""
