"""The program that serves JupyterLab in a session's sandbox, on a Unix socket.

Started as ``PYTHON -I -S -c '…; from inside.lab import main; main()' JOB``.  JOB is a JSON file:

packages   the folder to import JupyterLab from
lab        the folder that holds JupyterLab's ``share``
socket     where to listen
token      what a browser must know; it is in no argument and in no variable
root       the folder whose files are shown
config     the user's configuration of the Lab
settings   the folder that keeps the user's settings of the Lab
state      a folder that outlives a reset: what was open, and its kernels'
           names
defaults   the folder with our defaults for settings of the Lab
runtime    a folder for what the server keeps of its kernels
kernels    the folder of kernel specs
"""

from __future__ import annotations

import contextlib
import gc
import json
import logging
import os
import sqlite3
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["main"]

EXTENSIONS = ("jupyterlab", "jupyter_server_terminals", "jupyter_resource_usage")

# Half a second of grammar for a check of addresses that the Lab's events do not have.
NEEDLESS = ("rfc3987", "rfc3987_syntax")

# The notebooks that are open, and the ids of their kernels: the Lab's own data base.
OPEN = "open.sqlite"


class WithoutToken(logging.Filter):
    """Keeps the token out of whatever is logged."""

    def __init__(self, token: str) -> None:
        super().__init__()
        self._token = token

    def filter(self, record: logging.LogRecord) -> bool:
        """Let everything pass, with the token blotted out."""
        text = record.getMessage()
        if self._token in text:
            record.msg, record.args = text.replace(self._token, "…"), ()
        return True


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
    app = server(job)
    gc.freeze()
    gc.enable()
    for name in own:
        del os.environ[name]
    restore(app, job["state"] + "/" + OPEN)
    app.start()


def server(job: dict[str, Any]) -> Any:
    """The server, set up and not yet started."""
    from jupyter_server.serverapp import ServerApp
    from jupyterlab import commands
    from traitlets.config import Config

    # Node is asked where packages of JavaScript come from (a third of a second): none are fetched.
    commands._yarn_config = lambda _log: {"yarn config": {}, "npm config": {}}  # noqa: SLF001
    share = job["lab"] + "/share/jupyter"
    config = Config()
    # Named here: to look for them takes longer than to start them.
    config.ServerApp.jpserver_extensions = dict.fromkeys(EXTENSIONS, True)
    config.KernelSpecManager.ensure_native_kernel = False
    # Not on the loopback, which a sandbox may share with others of this machine.
    config.KernelManager.transport = "ipc"
    config.LabApp.app_dir = share + "/lab"
    config.LabApp.labextensions_path = [share + "/labextensions"]
    config.LabApp.app_settings_dir = job["defaults"]
    config.LabApp.user_settings_dir = job["settings"]
    config.LabApp.workspaces_dir = job["state"] + "/workspaces"
    config.LabApp.news_url = None
    config.LabApp.extension_manager = "readonly"
    config.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
    config.SessionManager.database_filepath = job["state"] + "/" + OPEN
    config.FileContentsManager.delete_to_trash = False
    app = ServerApp.instance(config=config)
    # As if from a command line, which is stronger than the user's file: the session needs these.
    fixed = {
        "ServerApp.sock": job["socket"],
        "ServerApp.sock_mode": "0600",
        "ServerApp.root_dir": job["root"],
        "ServerApp.allow_root": "True",
        "ServerApp.open_browser": "False",
        "ServerApp.config_file": job["config"],
        "IdentityProvider.token": job["token"],
    }
    arguments = [f"--{name}={value}" for name, value in fixed.items()]
    app.initialize(argv=arguments, starter_extension="lab", find_extensions=False)
    # The era's kernel alone: that of the server's own Python would be found beside it.
    app.kernel_spec_manager.kernel_dirs = [job["kernels"]]
    app.identity_provider.token = job["token"]
    for logger in (app.log, logging.getLogger("tornado.access"), logging.getLogger()):
        for handler in logger.handlers:
            handler.addFilter(WithoutToken(job["token"]))
    return app


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
