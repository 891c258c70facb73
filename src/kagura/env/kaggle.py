"""What makes a sandbox look like Kaggle: its folders and its variables.

Facts: ``docs/concepts/sandbox.md``, read out of Kaggle's image and of public runs.
"""

from __future__ import annotations

import os
from pathlib import Path

from kagura.env.network import NetworkSettings
from kagura.model.era import Era
from kagura.model.sandbox import Bind, Mount

__all__ = ["kaggle_environment", "kaggle_mounts", "new_hostname"]

WORKING = "/kaggle/working"

FOLDERS = (
    "input",
    "lib/kaggle",
    "lib/kagglegym",
    "src",
    "temp",
    "tmp",
    "usr/lib",
    "working",
)

# Kaggle had uv in its image since it moved to Colab's.
UV_SINCE_PREFIX = "/usr/local"


def new_hostname() -> str:
    """Twelve hex digits, as a container's."""
    return os.urandom(6).hex()


def kaggle_mounts(scratch: Path, *, working: Path) -> list[Mount]:
    """``/kaggle`` and what is in it: writable scratch, and ``working`` from the host.

    ``/kaggle/input`` itself is writable: Kaggle Learn's notebooks make links in it.  Each input
    in it is mounted read-only by whoever knows the inputs.
    """
    kaggle = scratch / "kaggle"
    for name in FOLDERS:
        (kaggle / name).mkdir(parents=True, exist_ok=True)
    return [
        Bind(source=os.fspath(kaggle), target="/kaggle", writable=True),
        Bind(source=os.fspath(working), target=WORKING, writable=True),
    ]


def write_identity(etc: Path, *, era: Era, network: NetworkSettings) -> None:
    """Files of ``/etc`` by which code finds out where it runs, and pip its index."""
    (etc / "git_commit").write_text(f"{era.commit}\n")
    (etc / "build_date").write_text(f"{era.date:%Y%m%d-000000}\n")
    (etc / "pip.conf").write_text(network.pip_configuration())


def kaggle_environment(
    era: Era, *, network: NetworkSettings, hostname: str, internet: bool
) -> dict[str, str]:
    """The variables of a batch run.

    ``MPLBACKEND`` is not among them: forced, it breaks the kernels of 2019.  Neither is
    ``KAGGLE_DATA_PROXY_URL``: with it, kagglehub would wait for a service that is not there.
    """
    prefix = era.prefix
    environment = {
        "CLICOLOR": "1",
        "GIT_PAGER": "cat",
        "HOME": "/root",
        "KAGGLE_CONTAINER_NAME": f"kaggle_{hostname}-webtier",
        "KAGGLE_DOCKER_IMAGE": "gcr.io/kaggle-images/python",
        "KAGGLE_KERNEL_RUN_TYPE": "Batch",
        "KAGGLE_URL_BASE": "https://www.kaggle.com",
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "MKL_THREADING_LAYER": "GNU",
        "PAGER": "cat",
        "PATH": _path(prefix),
        "PYTHONPATH": "/kaggle/lib/kagglegym:/kaggle/lib",
        "PYTHONUSERBASE": "/root/.local",
        "SHELL": "/bin/bash",
        "SHLVL": "1",
        "TERM": "xterm-color",
    }
    # To `uv pip install --system` our environment is a virtual one, which it would pass by.
    environment |= {"UV_PYTHON": f"{prefix}/bin/python", "UV_LINK_MODE": "copy"}
    if prefix == UV_SINCE_PREFIX:
        environment |= {"UV_SYSTEM_PYTHON": "true", "UV_SYSTEM_CERTS": "1"}
    if internet:
        environment |= {**network.environment, **network.uv_environment()}
    return environment


def _path(prefix: str) -> str:
    system = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    first = "/opt/bin" if prefix == "/usr/local" else f"{prefix}/bin"
    return f"{first}:{system}"
