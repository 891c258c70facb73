"""``kagura doctor``: what works on this machine, what does not, and the mend."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from kagura.engines.base import Engine, Reason
from kagura.engines.collect import collect
from kagura.env.catalog import eras
from kagura.env.reach import wanted_isolation
from kagura.errors import KaguraError, MachineError
from kagura.model.check import Finding
from kagura.model.sandbox import Bind, Overlay, SandboxSpec
from kagura.store.objects import Store
from kagura.store.scratch import scratch_folder
from kagura.system.gpus import find_gpus
from kagura.system.host import certificates, tool_environment
from kagura.system.interpreters import find_pythons

__all__ = ["doctor"]

ENOUGH_SPACE = 10 * 10**9


def doctor(*, store: Store, engine: Engine) -> tuple[Finding, ...]:
    """Look at everything that a run needs; nothing is changed, nothing is downloaded."""
    return (
        _engine(engine),
        _store(store, engine),
        _space(store),
        _tools(),
        *_pythons(),
        _certificates(),
        _compiler(),
        _apt(),
        _loopback(engine),
        *_gpus(),
    )


def _engine(engine: Engine) -> Finding:
    reason = engine.why_not()
    if reason:
        return Finding(topic="sandbox", state="broken", text=reason.why, mend=reason.mend)
    return Finding(topic="sandbox", state="ok", text=f"{engine.name} works, overlays too")


def _store(store: Store, engine: Engine) -> Finding:
    try:
        with scratch_folder(store.home, "doctor") as scratch:
            for name in ("lower", "upper", "work"):
                (scratch / name).mkdir()
            stack = Overlay(
                target="/mnt",
                lowers=(os.fspath(scratch / "lower"),),
                upper=os.fspath(scratch / "upper"),
                work=os.fspath(scratch / "work"),
            )
            host = Bind(source="/", target="/")
            spec = SandboxSpec(argv=("/bin/sh", "-c", "echo > /mnt/file"), mounts=(host, stack))
            answer = collect(engine, spec, seconds=20)
    except KaguraError as error:
        return Finding(
            topic="store", state="broken", text=error.message, mend=error.hint or "set KAGURA_HOME"
        )
    if answer.status != 0:
        return Finding(
            topic="store",
            state="broken",
            text=f"{store.home} cannot be stacked on ({answer.stderr.strip()})",
            mend="set KAGURA_HOME to a folder on ext4, xfs, btrfs or tmpfs",
        )
    return Finding(topic="store", state="ok", text=os.fspath(store.home))


def _space(store: Store) -> Finding:
    folder = store.home
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    text = f"{free / 10**9:.0f} GB free"
    if free < ENOUGH_SPACE:
        mend = "a base takes about 2 GB: free some space, or set KAGURA_HOME to another disk"
        return Finding(topic="disk", state="warning", text=text, mend=mend)
    return Finding(topic="disk", state="ok", text=text)


def _tools() -> Finding:
    try:
        tools = tool_environment()
    except KaguraError as error:
        return Finding(
            topic="kagura", state="broken", text=error.message, mend=error.hint or "install again"
        )
    return Finding(topic="kagura", state="ok", text=f"Python {tools.python}, uv {tools.uv}")


def _pythons() -> tuple[Finding, ...]:
    present = {python.minor: python for python in reversed(find_pythons())}
    wanted = dict.fromkeys(era.python for era in eras() if era.python != "3.5")
    found = []
    for minor in wanted:
        span = [era.date for era in eras() if era.python == minor]
        years = f"eras {span[0]} to {span[-1]}"
        if minor in present:
            text = f"{minor}: {present[minor].executable} ({years})"
            found.append(Finding(topic="python", state="ok", text=text))
        else:
            mend = f"uv fetches it when it is needed; or: pyenv install {minor}"
            text = f"{minor} is not here ({years})"
            found.append(Finding(topic="python", state="warning", text=text, mend=mend))
    return tuple(found)


def _certificates() -> Finding:
    bundle = certificates()
    if bundle is None:
        mend = "install ca-certificates, or set SSL_CERT_FILE"
        text = "no certificate authorities were found"
        return Finding(topic="network", state="warning", text=text, mend=mend)
    return Finding(topic="network", state="ok", text=f"certificate authorities: {bundle}")


def _compiler() -> Finding:
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None or not Path(compiler).resolve().is_relative_to("/usr"):
        text = "no C compiler: packages without a wheel cannot be built"
        return Finding(topic="compiler", state="warning", text=text, mend="install gcc")
    return Finding(topic="compiler", state="ok", text=compiler)


def _apt() -> Finding:
    if os.geteuid() == 0:
        return Finding(topic="apt", state="ok", text="running as root: cells may use apt-get")
    text = "cells that install system packages (apt-get) fail: /usr belongs to root"
    mend = "run kagura as root for those notebooks; all others need no root"
    return Finding(topic="apt", state="warning", text=text, mend=mend)


def _loopback(engine: Engine) -> Finding:
    try:
        wanted = wanted_isolation()
        reason = engine.why_not_isolated(wanted)
    except MachineError as error:
        reason = Reason(why=error.message, mend=error.hint or "")
    if reason is None:
        opened = ", ".join(map(str, wanted.ports))
        but = f", but for your proxy's or package index's port {opened}" if opened else ""
        text = f"services of this machine's loopback are out of reach inside{but}"
        return Finding(topic="loopback", state="ok", text=text)
    text = f"services of this machine's loopback can be reached from inside: {reason.why}"
    return Finding(topic="loopback", state="warning", text=text, mend=reason.mend)


def _gpus() -> tuple[Finding, ...]:
    gpus = find_gpus()
    if gpus is None:
        return ()
    if gpus.lacks:
        mend = "install the driver's libraries for computing, or run with --gpus none"
        return (Finding(topic="gpu", state="warning", text=gpus.lacks, mend=mend),)
    driver = f", driver {gpus.version}" if gpus.version else ""
    return (Finding(topic="gpu", state="ok", text=f"{gpus.count} of NVIDIA{driver}"),)
