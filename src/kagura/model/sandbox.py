"""Everything that an engine is told: the spec of a sandbox.  What is not here, no engine does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

__all__ = [
    "Bind",
    "Device",
    "Folder",
    "Isolated",
    "Link",
    "Mount",
    "Network",
    "Overlay",
    "SandboxSpec",
    "Special",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bind:
    """A host file or folder seen inside; read-only unless ``writable``."""

    source: str
    target: str
    writable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """Folders stacked by overlayfs at ``target``; ``lowers`` bottom first.

    ``upper`` and ``work`` are two folders on one file system, ``work`` empty: what is written
    goes to ``upper``.  Without them the overlay is read-only.
    """

    target: str
    lowers: tuple[str, ...]
    upper: str | None = None
    work: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A symbolic link inside."""

    target: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """An empty folder inside, in memory."""

    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Special:
    """A private ``proc``, ``dev`` (with its own ``/dev/shm``) or ``tmpfs``."""

    target: str
    kind: Literal["proc", "dev", "tmpfs"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A device file of the host, at its own place: a GPU's."""

    target: str


Mount = Bind | Overlay | Link | Folder | Special | Device


@dataclass(frozen=True, slots=True, kw_only=True)
class Isolated:
    """The host's network, but not the host's loopback.

    ``ports`` are TCP ports of the host's loopback that are reached all the same, at the same
    ports of the loopback inside.  ``nameserver`` is an address at which the host's own resolver
    answers inside; without it, the host's nameservers are reached at their own addresses.
    """

    ports: tuple[int, ...] = ()
    nameserver: str | None = None


Network = Literal["none", "host"] | Isolated


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxSpec:
    """A sandbox: mounts in order (later ones lie over earlier ones), one main process.

    ``environment`` is the whole environment: nothing is inherited.  ``network`` is none at all,
    the host's, or the host's without its loopback.
    """

    argv: tuple[str, ...]
    mounts: tuple[Mount, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    directory: str = "/"
    hostname: str = "kagura"
    network: Network = "none"
