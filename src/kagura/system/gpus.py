"""The NVIDIA GPUs of this machine: device files, the driver's libraries and programs.

A driver is made of a kernel's module and libraries of just the same version, so a container never
brings its own: NVIDIA's container tools pass the host's, and this finds the same ones.
"""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from kagura.errors import MachineError
from kagura.system.command import clean_environment, run

__all__ = ["Gpus", "find_gpus", "wake_gpus"]

# Compute, video coding and queries: what a notebook can use without a screen.
LIBRARIES = (
    "libcuda.so",
    "libcudadebugger.so",
    "libnvcuvid.so",
    "libnvidia-allocator.so",
    "libnvidia-cfg.so",
    "libnvidia-encode.so",
    "libnvidia-gpucomp.so",
    "libnvidia-ml.so",
    "libnvidia-nvvm.so",
    "libnvidia-opencl.so",
    "libnvidia-opticalflow.so",
    "libnvidia-pkcs11",
    "libnvidia-ptxjitcompiler.so",
    "libdxcore.so",
    "libd3d12",
)
PROGRAMS = ("nvidia-smi", "nvidia-debugdump", "nvidia-cuda-mps-control", "nvidia-cuda-mps-server")

# Where drivers lie that the linker's list does not name: Debian's, Kubernetes nodes', WSL's.
LIBRARY_FOLDERS = (
    "usr/lib/wsl/lib",
    "usr/local/nvidia/lib64",
    "usr/local/nvidia/lib",
    "usr/lib/{triplet}/nvidia/current",
    "usr/lib/{triplet}",
    "usr/lib64",
    "usr/lib",
)
PROGRAM_FOLDERS = ("usr/bin", "usr/lib/wsl/lib", "usr/local/nvidia/bin", "usr/local/bin", "opt/bin")
WORDS = {"x86_64": "x86-64", "aarch64": "AArch64"}
LINE = re.compile(r"\s*(?P<name>\S+) \((?P<kind>[^)]*)\) => (?P<path>/\S+)")

CARD = re.compile(r"nvidia\d+\Z")
SHARED = ("nvidiactl", "nvidia-modeset", "nvidia-uvm", "nvidia-uvm-tools")
WSL = "dxg"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gpus:
    """What there is; paths are the host's.

    ``devices`` are files below ``/dev``; ``libraries`` and ``programs`` are files by the name that
    they are asked for; ``folders`` are the driver's own, wanted at their own places.
    """

    count: int
    version: str | None
    devices: tuple[str, ...]
    libraries: tuple[tuple[str, str], ...]
    programs: tuple[tuple[str, str], ...]
    folders: tuple[str, ...]

    @property
    def lacks(self) -> str | None:
        """What is missing without which no program finds them; None: all is here."""
        if not any(name.startswith("libcuda.so") for name, _ in self.libraries):
            return "the driver's library libcuda.so was not found"
        return None


def find_gpus(root: Path = Path("/"), *, linker_list: str | None = None) -> Gpus | None:
    """The GPUs below ``root``; None if there are none.

    ``linker_list`` is what ``ldconfig -p`` prints; None: ask it.
    """
    device_folder = root / "dev"
    names = sorted(os.listdir(device_folder)) if device_folder.is_dir() else []
    cards = [name for name in names if CARD.match(name)]
    is_wsl = WSL in names
    if not cards and not is_wsl:
        return None
    capabilities = device_folder / "nvidia-caps"
    inner = sorted(os.listdir(capabilities)) if capabilities.is_dir() else []
    devices = [
        *cards,
        *(name for name in SHARED if name in names),
        *([WSL] if is_wsl else []),
        *(f"nvidia-caps/{name}" for name in inner),
    ]
    listed = _linker_list() if linker_list is None else linker_list
    return Gpus(
        count=len(cards) or 1,
        version=_version(root),
        devices=tuple(f"/dev/{name}" for name in devices),
        libraries=tuple(sorted(_libraries(root, listed).items())),
        programs=tuple(sorted(_programs(root).items())),
        folders=tuple(
            f"/{folder}"
            for folder in ("usr/lib/wsl/lib", "usr/lib/wsl/drivers")
            if is_wsl and (root / folder).is_dir()
        ),
    )


def wake_gpus(root: Path = Path("/")) -> None:
    """Have the driver make its file for unified memory, which it does at the first use only.

    A sandbox cannot make it: that takes root, and the driver's own helper has it.
    """
    helper = root / "usr/bin/nvidia-modprobe"
    is_asleep = (root / "dev/nvidiactl").exists() and not (root / "dev/nvidia-uvm").exists()
    if is_asleep and helper.is_file():
        with suppress(MachineError):  # then CUDA says what is missing
            run([os.fspath(helper), "-u", "-c=0"], environment=clean_environment(), seconds=20)


def _libraries(root: Path, listed: str) -> dict[str, str]:
    found: dict[str, str] = {}
    word = WORDS.get(platform.machine(), "")
    for line in listed.splitlines():
        match = LINE.match(line)
        if match is None or not match["name"].startswith(LIBRARIES) or word not in match["kind"]:
            continue
        if (root / match["path"][1:]).exists():
            found.setdefault(match["name"], match["path"])
    for name, path in _in_folders(root):
        found.setdefault(name, path)
    return found


def _in_folders(root: Path) -> Iterator[tuple[str, str]]:
    triplet = f"{platform.machine()}-linux-gnu"
    for pattern in LIBRARY_FOLDERS:
        folder = pattern.format(triplet=triplet)
        try:
            names = sorted(os.listdir(root / folder))
        except OSError:
            continue
        for name in names:
            if name.startswith(LIBRARIES) and ".so" in name:
                yield name, f"/{folder}/{name}"


def _programs(root: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for folder in PROGRAM_FOLDERS:
        for name in PROGRAMS:
            if (root / folder / name).is_file():
                found.setdefault(name, f"/{folder}/{name}")
    return found


def _version(root: Path) -> str | None:
    try:
        text = (root / "proc/driver/nvidia/version").read_text()
    except OSError:
        return None
    found = re.search(r"\b(\d{3}\.\d+(\.\d+)?)\b", text)
    return found[1] if found else None


def _linker_list() -> str:
    for program in ("/sbin/ldconfig", "/usr/sbin/ldconfig"):
        if os.access(program, os.X_OK):
            try:
                return run([program, "-p"], environment=clean_environment(), seconds=20).stdout
            except MachineError:
                return ""
    return ""
