"""The program that serves JupyterLab in a session's sandbox, on a Unix socket.

Started as ``PYTHON -I -S -c '…; from inside.lab import main; main()' JOB``.  JOB is a JSON file:

packages       the folder to import JupyterLab from
lab            the folder that holds JupyterLab's ``share``
socket         where to listen
token          what a browser must know; it is in no argument and in no variable
root           the folder whose files are shown
config         the user's configuration of the Lab
settings       the folder that keeps the user's settings of the Lab
state          a folder that outlives a reset: what was open and typed, and kernels' names
defaults       the folder with our defaults for settings of the Lab
runtime        a folder for what the server keeps of its kernels
kernels        the folder of kernel specs
labextensions  the folder of our own extensions of the page
gpus           whether there are any
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import sqlite3
import sys

from .lab_server import server

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["main"]

# Half a second of grammar for a check of addresses that the Lab's events do not have.
NEEDLESS = ("rfc3987", "rfc3987_syntax")

# The notebooks that are open, and the ids of their kernels: the Lab's own data base.
OPEN = "open.sqlite"


def main() -> None:
    """Serve until told to end."""
    with open(sys.argv[1], encoding="utf-8") as file:
        job: dict[str, Any] = json.load(file)
    os.chdir(job["root"])
    sys.path.append(job["packages"])
    for name in NEEDLESS:
        sys.modules[name] = None  # type: ignore[assignment]
    # For the server alone: kernels and terminals have what a notebook has on Kaggle.
    own = {
        "JUPYTER_RUNTIME_DIR": job["runtime"],
        "JUPYTER_DATA_DIR": job["state"] + "/data",
        "JUPYTER_CONFIG_DIR": job["state"] + "/config",
        "JUPYTER_NO_CONFIG": "1",
    }
    os.environ.update(own)
    gc.disable()
    app = server(job, opened=job["state"] + "/" + OPEN)
    gc.freeze()
    gc.enable()
    for name in own:
        del os.environ[name]
    restore(app, job["state"] + "/" + OPEN)
    # Now: a browser that asks for its kernel before would be told that there is none.
    app.init_httpserver()
    app.start()


def restore(app: Any, path: str) -> None:
    """New kernels for the notebooks that were open before a reset, under their old ids.

    Browsers that are still open connect to them again, as after a broken connection.
    """
    with contextlib.closing(sqlite3.connect(path)) as database:
        try:
            rows = database.execute("SELECT path, kernel_id FROM session").fetchall()
        except sqlite3.Error:
            return  # nothing was open yet

    async def start() -> None:
        for name, number in rows:
            own = {**os.environ, "JPY_SESSION_NAME": name}
            await app.kernel_manager.start_kernel(
                kernel_id=number, kernel_name="python3", path="", env=own
            )

    if rows:
        app.io_loop.run_sync(start)
