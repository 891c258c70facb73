"""The programs that bring the host's network to a sandbox, and not the host's loopback."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, assert_never

from kagura.model.sandbox import Isolated

__all__ = ["Uplink", "find_uplinks", "uplink_command"]

# What slirp4netns calls its device, and how much it carries at a time: its default is slow.
SLIRP_DEVICE = "tap0"
SLIRP_MTU = 65520

# Where the host's resolver answers inside: slirp4netns has it here, and pasta is told to.
NAMESERVER = "10.0.2.3"

# Distributions have some of their programs where not every user's PATH leads.
FOLDERS = ("/usr/bin", "/usr/local/bin", "/usr/sbin", "/sbin")


@dataclass(frozen=True, slots=True, kw_only=True)
class Uplink:
    """One of the two programs, as it is installed here."""

    name: Literal["pasta", "slirp4netns"]
    program: Path

    def can_open(self, network: Isolated) -> bool:
        """Whether it can open single ports of the host's loopback; slirp4netns: all or none."""
        return self.name == "pasta" or not network.ports


def find_uplinks() -> tuple[Uplink, ...]:
    """What there is of pasta and slirp4netns, the better one first."""
    path = os.pathsep.join([os.environ.get("PATH", ""), *FOLDERS])
    names: tuple[Literal["pasta", "slirp4netns"], ...] = ("pasta", "slirp4netns")
    found = ((name, shutil.which(name, path=path)) for name in names)
    return tuple(Uplink(name=name, program=Path(program)) for name, program in found if program)


def uplink_command(uplink: Uplink, network: Isolated, process: int, *, root: bool) -> list[str]:
    """The command that brings ``network`` to the network namespace of ``process``; pure.

    All options are older than Debian 12, and mean the same since.
    """
    program = os.fspath(uplink.program)
    match uplink.name:
        case "pasta":
            opened = ",".join(map(str, network.ports)) or "none"
            return [
                *(program, "--foreground", "--quiet", "--config-net"),
                # The gateway's address would else lead to the host's loopback.
                "--no-map-gw",
                # Nothing from the host to the inside; and out of it what is wanted, no more.
                *("--tcp-ports", "none", "--udp-ports", "none"),
                *("--tcp-ns", opened, "--udp-ns", "none"),
                *(("--dns-forward", network.nameserver) if network.nameserver else ()),
                # Root's sandbox is root's: as nobody, which it would become, it has no way in.
                *(("--runas", "0") if root else ()),
                str(process),
            ]
        case "slirp4netns":
            options = ("--configure", "--disable-host-loopback", f"--mtu={SLIRP_MTU}")
            return [program, *options, str(process), SLIRP_DEVICE]
        case _:
            assert_never(uplink.name)
