"""A real sandbox for attacks: the root of a run, with this test's own Python in it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kagura.engines.bubblewrap import Bubblewrap
from kagura.engines.collect import collect
from kagura.env.kaggle import kaggle_mounts
from kagura.env.root import environment_mount, inside_python, python_mounts, system_mounts
from kagura.model.base import Python
from kagura.model.sandbox import Bind, Network, SandboxSpec
from kagura.system.command import Completed

Inside = Callable[..., Completed]


@pytest.fixture
def host(tmp_path: Path) -> Path:
    """A host with a base, an input, a working folder and a store's scratch."""
    for name in ("base/lib", "input", "working", "scratch/up", "scratch/work"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "base" / "lib" / "package.py").write_text("original\n")
    (tmp_path / "input" / "train.csv").write_text("a,b\n")
    (tmp_path / "secret").write_text("host's secret\n")
    return tmp_path


@pytest.fixture
def spec(host: Path) -> Callable[..., SandboxSpec]:
    """A spec like a run's, that runs a Python script given as text."""
    python = Python(
        executable=os.path.realpath(sys.executable),
        prefix=os.path.realpath(sys.base_prefix),
        version=".".join(map(str, sys.version_info[:3])),
    )

    def make(script: str, *, network: Network = "none") -> SandboxSpec:
        scratch = host / "scratch"
        return SandboxSpec(
            argv=(inside_python(python), "-I", "-c", script),
            mounts=(
                *system_mounts(scratch),
                *python_mounts(python, scratch=scratch),
                environment_mount(
                    prefix="/opt/conda",
                    trees=(host / "base",),
                    upper=scratch / "up",
                    work=scratch / "work",
                ),
                *kaggle_mounts(scratch, working=host / "working"),
                Bind(source=str(host / "input"), target="/kaggle/input/data"),
            ),
            environment={"PATH": "/usr/bin:/bin", "HOME": "/root"},
            directory="/kaggle/working",
            network=network,
        )

    return make


@pytest.fixture
def inside(spec: Callable[..., SandboxSpec]) -> Inside:
    """Run a Python script in a sandbox; what it printed and its exit status."""

    def run(script: str, *, network: Network = "none") -> Completed:
        return collect(Bubblewrap(), spec(script, network=network), seconds=60)

    return run
