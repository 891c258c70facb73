"""What a sandbox gets of GPUs."""

from __future__ import annotations

from pathlib import Path

import pytest

from kagura.engines.bubblewrap import arguments
from kagura.env.gpus import choose_gpus, gpu_access
from kagura.errors import MachineError, UsageError
from kagura.model.sandbox import Bind, Device, SandboxSpec
from kagura.system.gpus import Gpus


def gpus(libraries: dict[str, str], *, folders: tuple[str, ...] = ()) -> Gpus:
    return Gpus(
        count=1,
        version="550.54.15",
        devices=("/dev/nvidia0", "/dev/nvidiactl"),
        libraries=tuple(libraries.items()),
        programs=(("nvidia-smi", "/elsewhere/nvidia-smi"),),
        folders=folders,
    )


def test_without_gpus_there_is_nothing_to_mount() -> None:
    assert gpu_access(None).mounts == ()
    assert gpu_access(None).environment == {}


def test_device_files_are_passed_as_devices() -> None:
    access = gpu_access(gpus({}))
    assert Device(target="/dev/nvidia0") in access.mounts
    words = arguments(SandboxSpec(argv=("true",), mounts=access.mounts))
    place = words.index("--dev-bind")
    assert words[place : place + 3] == ["--dev-bind", "/dev/nvidia0", "/dev/nvidia0"]


def test_libraries_in_usr_are_seen_anyway_and_others_are_mounted(tmp_path: Path) -> None:
    usr = tmp_path / "usr"
    for name in ("lib/libcuda.so.1", "local/nvidia/lib64/libnvidia-ml.so.1"):
        (usr / name).parent.mkdir(parents=True)
        (usr / name).touch()
    here = f"{usr}/lib/libcuda.so.1"
    local = f"{usr}/local/nvidia/lib64/libnvidia-ml.so.1"
    access = gpu_access(gpus({"libcuda.so.1": here, "libnvidia-ml.so.1": local}), usr=usr)
    sources = {mount.source for mount in access.mounts if isinstance(mount, Bind)}
    assert local in sources
    assert here not in sources
    assert access.environment["LD_LIBRARY_PATH"] == "/opt/kagura/gpu/lib"
    assert access.programs == "/opt/kagura/gpu/bin"
    assert Bind(source="/elsewhere/nvidia-smi", target="/opt/kagura/gpu/bin/nvidia-smi") in (
        access.mounts
    )


def test_the_folders_of_wsl_stay_at_their_places() -> None:
    access = gpu_access(gpus({}, folders=("/usr/lib/wsl/lib", "/usr/lib/wsl/drivers")))
    assert Bind(source="/usr/lib/wsl/drivers", target="/usr/lib/wsl/drivers") in access.mounts
    assert access.environment["LD_LIBRARY_PATH"] == "/usr/lib/wsl/lib"


def test_the_users_choice_of_cards_goes_along(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    assert gpu_access(gpus({})).environment["CUDA_VISIBLE_DEVICES"] == "1"
    assert gpu_access(None).environment == {}


def test_what_is_wished_is_given_or_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kagura.env.gpus.wake_gpus", lambda: None)
    found = gpus({"libcuda.so.1": "/usr/lib/libcuda.so.1"})
    monkeypatch.setattr("kagura.env.gpus.find_gpus", lambda: found)
    assert choose_gpus("auto") is found
    assert choose_gpus("all") is found
    assert choose_gpus("none") is None
    monkeypatch.setattr("kagura.env.gpus.find_gpus", lambda: gpus({}))
    assert choose_gpus("auto") is None
    with pytest.raises(MachineError, match=r"libcuda\.so"):
        choose_gpus("all")
    monkeypatch.setattr("kagura.env.gpus.find_gpus", lambda: None)
    with pytest.raises(MachineError, match="none"):
        choose_gpus("all")
    with pytest.raises(UsageError):
        choose_gpus("2")
