"""GPUs in a sandbox: the host's device files, and the libraries of its driver."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kagura.errors import MachineError, UsageError
from kagura.model.sandbox import Bind, Device, Folder, Mount
from kagura.system.gpus import Gpus, find_gpus, wake_gpus

__all__ = ["GpuAccess", "choose_gpus", "gpu_access"]

FOLDER = "/opt/kagura/gpu"

# What CUDA and NCCL read of the machine: which card sits where.
SYSTEM_FOLDERS = ("/sys/bus/pci", "/sys/devices", "/sys/module")

# The user's own choice among several cards.
CHOICE = "CUDA_VISIBLE_DEVICES"


@dataclass(frozen=True, slots=True, kw_only=True)
class GpuAccess:
    """What a spec needs for GPUs: mounts, variables, and a folder for ``PATH``."""

    mounts: tuple[Mount, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    programs: str | None = None


def choose_gpus(wish: str) -> Gpus | None:
    """The GPUs that a run gets: ``auto`` those that can be used, ``all``, or ``none``.

    Raises UsageError for another wish, MachineError if all are wanted and there are none.
    """
    if wish not in ("auto", "all", "none"):
        raise UsageError(f"--gpus {wish}: it is auto, all or none")
    if wish == "none":
        return None
    wake_gpus()
    gpus = find_gpus()
    why = "this machine has none that its driver shows in /dev" if gpus is None else gpus.lacks
    if why is None:
        return gpus
    if wish == "all":
        raise MachineError(
            f"--gpus all: {why}",
            hint="nvidia-smi tells whether the driver works; --gpus auto goes on without one",
        )
    return None


def gpu_access(gpus: Gpus | None, *, usr: Path = Path("/usr")) -> GpuAccess:
    """The mounts for GPUs, and where what they bring is found.

    Most of a driver is in ``/usr``, which a sandbox sees anyway.  What is not there, or is mounted
    over it (in a container that has GPUs itself), is mounted by itself.
    """
    if gpus is None:
        return GpuAccess()
    mounts: list[Mount] = [Device(target=path) for path in gpus.devices]
    mounts += [Bind(source=path, target=path) for path in gpus.folders]
    mounts += [Bind(source=path, target=path) for path in SYSTEM_FOLDERS if os.path.isdir(path)]
    apart = {
        kind: [
            Bind(source=path, target=f"{FOLDER}/{kind}/{name}")
            for name, path in files
            if not _is_seen(path, usr)
        ]
        for kind, files in (("lib", gpus.libraries), ("bin", gpus.programs))
    }
    for kind, binds in apart.items():
        if binds:
            mounts += [Folder(target=f"{FOLDER}/{kind}"), *binds]
    folders = [path for path in gpus.folders if path.endswith("/lib")]
    if apart["lib"]:
        folders.append(f"{FOLDER}/lib")
    environment = {"LD_LIBRARY_PATH": ":".join(folders)} if folders else {}
    if CHOICE in os.environ:
        environment[CHOICE] = os.environ[CHOICE]
    return GpuAccess(
        mounts=tuple(mounts),
        environment=environment,
        programs=f"{FOLDER}/bin" if apart["bin"] else None,
    )


def _is_seen(path: str, usr: Path) -> bool:
    """Whether the overlay of ``/usr`` shows it: it shows no mounts, and ``/usr/local`` is empty."""
    real = Path(path).resolve()
    if not real.is_relative_to(usr) or real.is_relative_to(usr / "local"):
        return False
    try:
        return real.stat().st_dev == usr.stat().st_dev
    except OSError:
        return False
