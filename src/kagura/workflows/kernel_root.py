"""The spec of a kernel without a Lab: a notebook's root, and sockets to the host for clients."""

from __future__ import annotations

import os
from pathlib import Path

from kagura.env.kaggle import WORKING
from kagura.model.sandbox import Bind, SandboxSpec
from kagura.session.command import DOOR
from kagura.session.connection import Connection
from kagura.workflows.workplace import Workplace, root_of

__all__ = ["kernel_spec"]

RUN = "/run/kagura"
OWN = "/run/kagura-kernel"

VARIABLES = {
    "KAGGLE_KERNEL_RUN_TYPE": "Interactive",
    # That there is one who never goes away: else it says that Ctrl-C does not work.
    "JPY_PARENT_PID": "1",
}


def kernel_spec(
    work: Workplace,
    connection: Connection,
    *,
    run: Path,
    scratch: Path,
    below: str = ".",
    opened: Path | None = None,
    door: bool = False,
) -> SandboxSpec:
    """Everything that the engine is told about a kernel.

    Its sockets come into ``run``.  It starts in ``below``, a folder from ``/kaggle/working`` on,
    for ``opened``, a notebook from there on.
    With a ``door``, commands can be run beside it; without, signals to the sandbox are the
    kernel's.
    """
    root, shared = root_of(work, scratch)
    own = scratch / "kernel"
    own.mkdir()
    file = own / "connection.json"
    file.touch(mode=0o600)
    file.write_text(connection.inside(RUN).text, encoding="utf-8")
    python, inside = root.tools.python, root.tools.inside
    beside = (python, "-I", "-S", f"{inside}/door.py", f"{RUN}/{DOOR}", "--") if door else ()
    named = {"JPY_SESSION_NAME": f"{WORKING}/{opened}"} if opened else {}
    return SandboxSpec(
        argv=(
            *beside,
            # It leads a group: an interrupt is also its children's, as on the host.
            *(python, "-I", "-S", f"{inside}/attend.py", "streams"),
            *(f"{work.ready.base.prefix}/bin/python", "-m", "ipykernel_launcher"),
            *("-f", f"{OWN}/{file.name}"),
        ),
        mounts=(
            *shared,
            Bind(source=os.fspath(run), target=RUN, writable=True),
            # Old kernels write the file anew.
            Bind(source=os.fspath(own), target=OWN, writable=True),
        ),
        environment=root.environment | VARIABLES | named,
        directory=os.path.normpath(f"{WORKING}/{below}"),
        hostname=root.hostname,
        network=root.network,
    )
