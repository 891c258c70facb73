"""The spec of a session: a notebook's root, with the Lab beside it and sockets to the host."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from kagura.env.kaggle import WORKING
from kagura.env.lab import LAB, ReadyLab
from kagura.env.root import TOOLS
from kagura.model.sandbox import Bind, Folder, Mount, SandboxSpec
from kagura.session.command import DOOR
from kagura.session.service import LAB as LAB_SOCKET
from kagura.workflows.workplace import Workplace, root_of

__all__ = ["LabPlace", "session_spec"]

CONFIG = "jupyter_lab_config.py"
RUN = "/run/kagura"
RUNTIME = "/run/kagura-kernels"
OWN, STATE, SETTINGS = f"{TOOLS}/session", f"{TOOLS}/state", f"{TOOLS}/settings"

# The program inside is a package of its own there; `-I -S` keeps everything else off its path.
START = f"import sys; sys.path.insert(0, {TOOLS!r}); from inside.lab import main; main()"

# A Lab that asks nobody on the internet for news, nor the user which kernel: there is but one.
DEFAULTS = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/notebook-extension:tracker": {"autoStartDefaultKernel": True},
}

# Parts of the page that are not wanted: they would ask for language servers, which are not there.
NEEDLESS = (
    "@jupyterlab/lsp-extension",
    "@jupyterlab/fileeditor-extension:language-server",
    "@jupyterlab/notebook-extension:language-server",
)
FOR_GPUS = ("jupyterlab-nvdashboard",)

OUR_CONFIG = """\
# JupyterLab's configuration in a session of kagura.  A file of this name in the project's folder
# takes its place.  The address, the token and the folder are the session's own.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabPlace:
    """A session with the Lab over a workplace, and its folders of the host.

    ``state`` outlives a reset, ``settings`` the session.
    """

    work: Workplace
    lab: ReadyLab
    run: Path
    state: Path
    settings: Path
    token: str


def session_spec(place: LabPlace, scratch: Path) -> SandboxSpec:
    """Everything that the engine is told about one round of a session."""
    work = place.work
    root, shared = root_of(work, scratch)
    mounts: tuple[Mount, ...] = (
        *shared,
        place.lab.mount,
        Folder(target=RUNTIME),
        Bind(source=os.fspath(place.run), target=RUN, writable=True),
        Bind(source=os.fspath(place.state), target=STATE, writable=True),
        Bind(source=os.fspath(place.settings), target=SETTINGS, writable=True),
        Bind(source=os.fspath(_own_folder(place, scratch)), target=OWN),
        *_config(work, scratch),
    )
    python, inside = root.tools.python, root.tools.inside
    return SandboxSpec(
        argv=(
            *(python, "-I", "-S", f"{inside}/door.py", f"{RUN}/{DOOR}", "--"),
            *(python, "-I", "-S", "-c", START, f"{OWN}/job.json"),
        ),
        mounts=mounts,
        environment=root.environment | {"KAGGLE_KERNEL_RUN_TYPE": "Interactive"},
        directory=WORKING,
        hostname=root.hostname,
        network=root.network,
    )


def _own_folder(place: LabPlace, scratch: Path) -> Path:
    """The job of the server, and the kernel that it offers: the era's, named as on Kaggle."""
    folder = scratch / "session"
    spec = folder / "kernels" / "python3"
    spec.mkdir(parents=True)
    job = {
        "packages": place.lab.packages,
        "lab": LAB,
        "socket": f"{RUN}/{LAB_SOCKET}",
        "token": place.token,
        "root": WORKING,
        "config": f"/kaggle/{CONFIG}",
        "settings": SETTINGS,
        "state": STATE,
        "runtime": RUNTIME,
        "defaults": f"{OWN}/defaults",
        "kernels": f"{OWN}/kernels",
        "labextensions": f"{TOOLS}/inside/labextensions",
        "gpus": place.work.gpus is not None,
    }
    python = f"{place.work.ready.base.prefix}/bin/python"
    kernel = {
        "argv": [python, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "Python 3",
        "language": "python",
    }
    defaults = folder / "defaults"
    defaults.mkdir()
    (defaults / "overrides.json").write_text(json.dumps(DEFAULTS), encoding="utf-8")
    needless = NEEDLESS if place.work.gpus else (*NEEDLESS, *FOR_GPUS)
    page = {"disabledExtensions": dict.fromkeys(needless, True)}
    (defaults / "page_config.json").write_text(json.dumps(page), encoding="utf-8")
    path = folder / "job.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps(job), encoding="utf-8")
    (spec / "kernel.json").write_text(json.dumps(kernel), encoding="utf-8")
    return folder


def _config(work: Workplace, scratch: Path) -> list[Mount]:
    path = scratch / "kaggle" / CONFIG
    path.write_text(OUR_CONFIG, encoding="utf-8")
    given = work.project.folder / CONFIG if work.project else None
    if given is None or not given.is_file():
        return []
    return [Bind(source=os.fspath(given.resolve()), target=f"/kaggle/{CONFIG}")]
