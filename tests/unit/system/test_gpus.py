"""GPUs are found on hosts as they are laid out, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from kagura.system.gpus import find_gpus

VERSION = (
    "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5 22:23:56 UTC 2024\n"
)
UBUNTU = "usr/lib/x86_64-linux-gnu"


@pytest.fixture(autouse=True)
def intel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "x86_64")


def host(root: Path, *paths: str) -> Path:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(VERSION if path.endswith("version") else "")
    return root


def linker(*lines: tuple[str, str, str]) -> str:
    listed = "".join(f"\t{name} ({kind}) => {path}\n" for name, kind, path in lines)
    return f"{len(lines)} libs found in cache `/etc/ld.so.cache'\n{listed}"


def test_a_machine_without_a_card_has_none(tmp_path: Path) -> None:
    assert (
        find_gpus(host(tmp_path, "dev/null", "dev/nvidia-smi-is-no-card"), linker_list="") is None
    )
    assert find_gpus(tmp_path / "nothing", linker_list="") is None


def test_a_workstation_with_two_cards(tmp_path: Path) -> None:
    root = host(
        tmp_path,
        *(f"dev/nvidia{name}" for name in ("0", "1", "ctl", "-uvm", "-uvm-tools", "-modeset")),
        "dev/nvidia-caps/nvidia-cap1",
        "dev/nvidia-caps/nvidia-cap2",
        "dev/sda",
        f"{UBUNTU}/libcuda.so.1",
        f"{UBUNTU}/libnvidia-ml.so.1",
        f"{UBUNTU}/libGL.so.1",
        "usr/lib/i386-linux-gnu/libcuda.so.1",
        "usr/bin/nvidia-smi",
        "proc/driver/nvidia/version",
    )
    gpus = find_gpus(
        root,
        linker_list=linker(
            ("libcuda.so.1", "libc6", "/usr/lib/i386-linux-gnu/libcuda.so.1"),
            ("libcuda.so.1", "libc6,x86-64", f"/{UBUNTU}/libcuda.so.1"),
            ("libnvidia-ml.so.1", "libc6,x86-64", f"/{UBUNTU}/libnvidia-ml.so.1"),
            ("libnvidia-encode.so.1", "libc6,x86-64", f"/{UBUNTU}/gone.so.1"),
            ("libGL.so.1", "libc6,x86-64", f"/{UBUNTU}/libGL.so.1"),
        ),
    )
    assert gpus is not None
    assert (gpus.count, gpus.version, gpus.lacks, gpus.folders) == (2, "550.54.15", None, ())
    assert gpus.devices == (
        "/dev/nvidia0",
        "/dev/nvidia1",
        "/dev/nvidiactl",
        "/dev/nvidia-modeset",
        "/dev/nvidia-uvm",
        "/dev/nvidia-uvm-tools",
        "/dev/nvidia-caps/nvidia-cap1",
        "/dev/nvidia-caps/nvidia-cap2",
    )
    assert dict(gpus.libraries) == {
        "libcuda.so.1": f"/{UBUNTU}/libcuda.so.1",
        "libnvidia-ml.so.1": f"/{UBUNTU}/libnvidia-ml.so.1",
    }
    assert gpus.programs == (("nvidia-smi", "/usr/bin/nvidia-smi"),)


def test_a_driver_that_the_linker_does_not_list(tmp_path: Path) -> None:
    root = host(
        tmp_path,
        "dev/nvidia0",
        "usr/local/nvidia/lib64/libcuda.so.535.129.03",
        "usr/local/nvidia/lib64/libcuda.so.1",
        "usr/local/nvidia/bin/nvidia-smi",
    )
    gpus = find_gpus(root, linker_list="")
    assert gpus is not None
    assert gpus.lacks is None
    assert ("libcuda.so.1", "/usr/local/nvidia/lib64/libcuda.so.1") in gpus.libraries
    assert gpus.programs == (("nvidia-smi", "/usr/local/nvidia/bin/nvidia-smi"),)


def test_windows_subsystem_for_linux(tmp_path: Path) -> None:
    root = host(
        tmp_path,
        "dev/dxg",
        "usr/lib/wsl/lib/libcuda.so.1",
        "usr/lib/wsl/lib/libdxcore.so",
        "usr/lib/wsl/lib/nvidia-smi",
        "usr/lib/wsl/drivers/nv_dispi.inf/libcuda.so.1.1",
    )
    gpus = find_gpus(root, linker_list="")
    assert gpus is not None
    assert (gpus.count, gpus.devices) == (1, ("/dev/dxg",))
    assert gpus.folders == ("/usr/lib/wsl/lib", "/usr/lib/wsl/drivers")
    assert gpus.programs == (("nvidia-smi", "/usr/lib/wsl/lib/nvidia-smi"),)


def test_a_card_without_its_libraries_is_told(tmp_path: Path) -> None:
    gpus = find_gpus(host(tmp_path, "dev/nvidia0", "dev/nvidiactl"), linker_list="")
    assert gpus is not None
    assert "libcuda.so" in (gpus.lacks or "")


def test_an_arm_machine_takes_its_own_libraries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platform.machine", lambda: "aarch64")
    root = host(tmp_path, "dev/nvidia0", "usr/lib/aarch64-linux-gnu/libcuda.so.1")
    gpus = find_gpus(
        root,
        linker_list=linker(
            ("libcuda.so.1", "libc6,AArch64", "/usr/lib/aarch64-linux-gnu/libcuda.so.1")
        ),
    )
    assert gpus is not None
    assert gpus.libraries == (("libcuda.so.1", "/usr/lib/aarch64-linux-gnu/libcuda.so.1"),)
