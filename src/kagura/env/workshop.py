"""Where bases and layers are built: uv and Python in a sandbox of their own, never on the host.

Three kinds of work differ in what they may touch.  *Resolving* and *building from source* may
run a package's ``setup.py``: they see uv's cache under a throw-away top, so that nothing they
do reaches another project.  *Installing wheels* runs no package's code and hard-links from the
cache.  *Compiling* has neither cache nor network.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kagura.engines.base import Engine
from kagura.engines.collect import collect
from kagura.env.network import NetworkSettings, network_settings
from kagura.env.reach import write_resolver
from kagura.env.root import (
    ToolPaths,
    environment_mount,
    inside_python,
    python_mounts,
    system_mounts,
)
from kagura.model.base import Python
from kagura.model.sandbox import Bind, Mount, Network, Overlay, SandboxSpec
from kagura.system.command import Completed
from kagura.system.files import Lock
from kagura.system.host import tool_environment

__all__ = ["Workshop", "cache_guard"]

STORE = "/store"
CACHE = "/cache"
DESK = "/desk"


def cache_guard(home: Path, *, shared: bool = False) -> Lock:
    """The lock on uv's cache: shared by who builds, alone for who removes it."""
    return Lock(home / "locks" / "cache.lock", shared=shared)


@dataclass(slots=True, kw_only=True)
class Workshop:
    """One build: its scratch folder, its interpreter and the prefix that is being filled.

    ``home`` is the store's folder; ``trees`` are what lies under the new one (a base, for a
    layer); ``upper`` is the tree that is being built.  ``reach`` is what of the network there is;
    ``offline``: none at all.
    """

    engine: Engine
    home: Path
    scratch: Path
    python: Python
    prefix: str
    trees: tuple[Path, ...]
    upper: Path
    reach: Network
    network: NetworkSettings = field(default_factory=network_settings)
    offline: bool = False
    tools: ToolPaths = field(default_factory=lambda: ToolPaths.of(tool_environment()))
    _calls: int = 0

    @property
    def interpreter(self) -> str:
        """The interpreter's path inside."""
        return inside_python(self.python)

    def desk(self, name: str, content: str) -> str:
        """Put a file on the build's desk; its path inside."""
        folder = self.scratch / "desk"
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
        return f"{DESK}/{name}"

    def resolve(
        self,
        arguments: list[str],
        *,
        preferred: str | None = None,
        on_line: Callable[[str], None],
    ) -> Completed:
        """``uv ARGUMENTS`` with a throw-away top on the cache: it may run code of packages.

        ``preferred`` is a file on the desk with versions to keep where nothing speaks against.
        """
        argv = [self.tools.uv, *arguments]
        if preferred:
            # uv takes its old answer as preferences, and writes the new one over it.
            script = 'cp "$0" /tmp/answer && exec "$@" --output-file /tmp/answer'
            argv = ["/bin/sh", "-c", script, preferred, *argv]
        return self._with_cache(argv, [self._private_cache()], CACHE, on_line=on_line)

    def build(self, arguments: list[str], *, on_line: Callable[[str], None]) -> Completed:
        """``uv ARGUMENTS`` into the tree itself, with a throw-away top on the cache."""
        argv = [self.tools.uv, *arguments, "--python", f"{self.prefix}/bin/python"]
        return self._with_cache(argv, [self._private_cache()], CACHE, on_line=on_line)

    def install(self, arguments: list[str], *, on_line: Callable[[str], None]) -> Completed:
        """``uv ARGUMENTS`` with the real cache: for what runs no package's code.

        A base's tree is reached at ``install_prefix``, at one mount with the cache, so that its
        files are hard links.  A layer's can't be (overlayfs): only the cache is there.
        """
        source, target, cache = self.home, STORE, f"{STORE}/cache/uv"
        if self.trees:
            source, target, cache = self._shared_cache, CACHE, CACHE
        mounts: list[Mount] = [Bind(source=os.fspath(source), target=target, writable=True)]
        argv = [self.tools.uv, *arguments]
        return self._with_cache(argv, mounts, cache, on_line=on_line)

    @property
    def install_prefix(self) -> str:
        """The tree that is being built, as ``install`` sees it beside the cache."""
        return f"{STORE}/{self.upper.relative_to(self.home)}"

    def alone(self, argv: list[str]) -> Completed:
        """A program over the tree, without cache and network."""
        return self._run(argv, [], {}, reach="none", on_line=lambda _: None)

    def _with_cache(
        self,
        argv: list[str],
        mounts: list[Mount],
        cache: str,
        *,
        on_line: Callable[[str], None],
    ) -> Completed:
        environment = {
            **self.network.environment,
            **self.network.uv_environment(),
            "UV_CACHE_DIR": cache,
            "UV_NO_PROGRESS": "1",
            "UV_PYTHON_DOWNLOADS": "never",
            "UV_SYSTEM_CERTS": "1",
            "UV_LINK_MODE": "copy" if self.trees else "hardlink",
        }
        if self.offline:
            environment["UV_OFFLINE"] = "1"
        # Who removes the cache waits for its users, and the other way round.
        with cache_guard(self.home, shared=True):
            self._shared_cache.mkdir(parents=True, exist_ok=True)
            reach = "none" if self.offline else self.reach
            return self._run(argv, mounts, environment, reach=reach, on_line=on_line)

    @property
    def _shared_cache(self) -> Path:
        return self.home / "cache" / "uv"

    def _private_cache(self) -> Overlay:
        top = self.scratch / "cache"
        for name in ("upper", "work"):
            (top / name).mkdir(parents=True, exist_ok=True)
        return Overlay(
            target=CACHE,
            lowers=(os.fspath(self._shared_cache),),
            upper=os.fspath(top / "upper"),
            work=os.fspath(top / "work"),
        )

    def _run(
        self,
        argv: list[str],
        mounts: list[Mount],
        environment: Mapping[str, str],
        *,
        reach: Network,
        on_line: Callable[[str], None],
    ) -> Completed:
        self._calls += 1
        own = self.scratch / f"root-{self._calls}"
        system = system_mounts(own)
        write_resolver(own / "etc", reach)
        tree: Mount = Bind(source=os.fspath(self.upper), target=self.prefix, writable=True)
        if self.trees:
            tree = environment_mount(
                prefix=self.prefix, trees=self.trees, upper=self.upper, work=own / "work"
            )
        python = python_mounts(self.python, scratch=own)
        (self.scratch / "desk").mkdir(exist_ok=True)
        desk = Bind(source=os.fspath(self.scratch / "desk"), target=DESK)
        spec = SandboxSpec(
            argv=tuple(argv),
            mounts=(
                *system,
                *self.network.mounts,
                *python,
                tree,
                *self.tools.mounts,
                desk,
                *mounts,
            ),
            environment={
                "PATH": f"{self.prefix}/bin:/usr/bin:/bin:/usr/sbin:/sbin",
                "HOME": "/root",
                "LANG": "C.UTF-8",
                **environment,
            },
            directory="/root",
            hostname="build",
            network=reach,
        )
        return collect(self.engine, spec, on_line=on_line)
