"""The spec of a run: the whole root as the notebook sees it, and the program that executes it."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from kagura.env.base import ReadyBase
from kagura.env.gpus import gpu_access
from kagura.env.kaggle import (
    WORKING,
    kaggle_environment,
    kaggle_mounts,
    new_hostname,
    write_identity,
)
from kagura.env.network import network_settings
from kagura.env.reach import write_resolver
from kagura.env.root import TOOLS, ToolPaths, environment_mount, python_mounts, system_mounts
from kagura.env.user_site import user_site
from kagura.inputs.place import Placement
from kagura.model.base import Base
from kagura.model.era import Era
from kagura.model.sandbox import Bind, Link, Mount, Network, SandboxSpec
from kagura.system.gpus import Gpus
from kagura.system.host import tool_environment
from kagura.workflows.paths import path_mounts
from kagura.workflows.plan import Plan

__all__ = ["Root", "run_spec", "sandbox_root"]

SCRIPT = "/kaggle/src/script.py"

# The program inside is a package of its own there; `-I -S` keeps everything else off its path.
START = f"import sys; sys.path.insert(0, {TOOLS!r}); from inside.execute import main; main()"


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """What all sandboxes have in common: a spec without its program."""

    mounts: tuple[Mount, ...]
    environment: dict[str, str]
    hostname: str
    network: Network
    tools: ToolPaths


def sandbox_root(
    *,
    era: Era,
    ready: ReadyBase,
    trees: tuple[Path, ...],
    placement: Placement,
    gpus: Gpus | None,
    network: Network,
    importable: tuple[str, ...],
    scratch: Path,
    working: Path,
) -> Root:
    """The root of a sandbox, as a notebook sees it.

    ``trees`` are the folders of the environment, the base's first.  ``importable`` are folders
    inside for the front of ``PYTHONPATH``.  ``scratch`` is the throw-away top; ``working`` is the
    folder of the host that is seen as ``/kaggle/working``.
    """
    base = ready.base
    settings = network_settings()
    internet = network != "none"
    access = gpu_access(gpus)
    tools = ToolPaths.of(tool_environment())
    hostname = new_hostname()
    system = system_mounts(scratch)
    write_identity(scratch / "etc", era=era, network=settings)
    write_resolver(scratch / "etc", network)
    mounts: list[Mount] = [
        *system,
        *(settings.mounts if internet else ()),
        *python_mounts(base.python, scratch=scratch),
        environment_mount(
            prefix=base.prefix,
            trees=trees,
            upper=scratch / "environment" / "upper",
            work=scratch / "environment" / "work",
        ),
        *user_site(base, tree=trees[0], upper=scratch / "environment" / "upper", scratch=scratch),
        *tools.mounts,
        *kaggle_mounts(scratch, working=working),
        *placement.mounts,
        *access.mounts,
    ]
    if base.prefix == "/usr/local":
        mounts.append(Link(target="/opt/bin/uv", text=tools.uv))
    environment = kaggle_environment(era, network=settings, hostname=hostname, internet=internet)
    # Most notebooks with kaggle_evaluation count on the competition's folder being importable.
    environment["PYTHONPATH"] = ":".join(
        [*importable, environment["PYTHONPATH"], *placement.importable]
    )
    environment |= access.environment
    if access.programs:
        environment["PATH"] += f":{access.programs}"
    return Root(
        mounts=tuple(mounts),
        environment=environment,
        hostname=hostname,
        network=network,
        tools=tools,
    )


def run_spec(
    planned: Plan,
    ready: ReadyBase,
    trees: tuple[Path, ...],
    placement: Placement,
    scratch: Path,
    folder: Path,
    timeout: float | None,
    network: Network,
) -> SandboxSpec:
    """Everything that the engine is told about a run.

    ``trees`` are the folders of the environment, the base's first.
    ``scratch`` is the throw-away top and gets the job's files; ``folder`` is the run's folder
    on the host; ``timeout`` is in seconds.
    """
    own = path_mounts(planned.project)
    root = sandbox_root(
        era=planned.choice.era,
        ready=ready,
        trees=trees,
        placement=placement,
        gpus=planned.gpus,
        network=network,
        importable=tuple(path.target for path in own),
        scratch=scratch,
        working=folder,
    )
    job = _job(planned, ready.base, root.tools, scratch, timeout)
    return SandboxSpec(
        argv=(root.tools.python, "-I", "-S", "-c", START, f"{TOOLS}/job.json"),
        mounts=(*root.mounts, *own, *job),
        environment=root.environment,
        directory=WORKING,
        hostname=root.hostname,
        network=root.network,
    )


def _job(
    planned: Plan, base: Base, tools: ToolPaths, scratch: Path, timeout: float | None
) -> list[Mount]:
    notebook = planned.notebook
    folder = scratch / "job"
    kernels = [item.version for item in base.packages if item.name == "ipykernel"]
    captures = any(int(version.split(".")[0]) >= 6 for version in kernels)
    folder.mkdir(exist_ok=True)
    job = {
        "kind": notebook.kind,
        "document": f"{TOOLS}/notebook.ipynb",
        "slug": notebook.slug,
        "python": f"{base.prefix}/bin/python",
        "directory": WORKING,
        "timeout": timeout,
        "tool_paths": list(tools.packages),
        "template_paths": [tools.templates],
        "kill_all": True,
        "kernel_captures": captures,
        "script": SCRIPT,
    }
    (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
    (folder / "notebook.ipynb").write_text(json.dumps(notebook.document), encoding="utf-8")
    if notebook.kind == "script":
        (scratch / "kaggle" / "src" / "script.py").write_text(
            notebook.code[0].source, encoding="utf-8"
        )
    return [
        Bind(source=os.fspath(folder / name), target=f"{TOOLS}/{name}")
        for name in ("job.json", "notebook.ipynb")
    ]
