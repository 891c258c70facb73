"""The Lab's server of a session: what is in it, where it keeps what, and who may ask."""

from __future__ import annotations

import logging

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["server"]

# Named here: to look for them takes longer than to start them.
EXTENSIONS = (
    "jupyterlab",
    "jupyter_server_terminals",
    "jupyter_resource_usage",
    "jupyter_server_fileid",
    "jupyter_server_ydoc",
)
GPU_EXTENSION = "jupyterlab_nvdashboard"


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


def server(job: dict[str, Any], *, opened: str) -> Any:
    """The server, set up and not yet listening; ``opened`` is its data base of open notebooks."""
    from jupyter_server.serverapp import ServerApp
    from jupyterlab import commands

    # Node is asked where packages of JavaScript come from (a third of a second): none are fetched.
    commands._yarn_config = lambda _log: {"yarn config": {}, "npm config": {}}  # noqa: SLF001
    app = ServerApp.instance(config=settings(job, opened))
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
    app.initialize(
        argv=arguments, starter_extension="lab", find_extensions=False, new_httpserver=False
    )
    # The era's kernel alone: that of the server's own Python would be found beside it.
    app.kernel_spec_manager.kernel_dirs = [job["kernels"]]
    app.identity_provider.token = job["token"]
    for logger in (app.log, logging.getLogger("tornado.access"), logging.getLogger()):
        for handler in logger.handlers:
            handler.addFilter(WithoutToken(job["token"]))
    from .lab_handover import take_over

    take_over(app, job["state"] + "/handover.json")
    same_site_only()
    add_when_asked(app, "/nbdime/", "nbdime")
    return app


def settings(job: dict[str, Any], opened: str) -> Any:
    """The configuration; what is in the state folder outlives a reset."""
    from traitlets.config import Config

    config = Config()
    extensions = (*EXTENSIONS, GPU_EXTENSION) if job["gpus"] else EXTENSIONS
    config.ServerApp.jpserver_extensions = dict.fromkeys(extensions, True)
    config.KernelSpecManager.ensure_native_kernel = False
    # Not on the loopback, which a sandbox may share with others of this machine.
    config.KernelManager.transport = "ipc"
    share = job["lab"] + "/share/jupyter"
    config.LabApp.app_dir = share + "/lab"
    config.LabApp.labextensions_path = [share + "/labextensions", job["labextensions"]]
    config.LabApp.app_settings_dir = job["defaults"]
    config.LabApp.user_settings_dir = job["settings"]
    config.LabApp.workspaces_dir = job["state"] + "/workspaces"
    config.LabApp.news_url = None
    config.LabApp.extension_manager = "readonly"
    config.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
    config.SessionManager.database_filepath = opened
    config.FileContentsManager.delete_to_trash = False
    # Who is known and what browsers have typed, saved or not: they go on with it after a reset.
    config.ServerApp.cookie_secret_file = job["state"] + "/cookie-secret"
    config.NotebookNotary.secret_file = job["state"] + "/notebook-secret"
    config.NotebookNotary.db_file = job["state"] + "/signatures.sqlite"
    config.ServerApp.kernel_websocket_connection_class = "inside.lab_connection.Connection"
    config.YDocExtension.session_store_path = job["state"] + "/collaboration.json"
    config.SQLiteYStore.db_path = job["state"] + "/documents.sqlite"
    config.BaseFileIdManager.db_path = job["state"] + "/files.sqlite"
    return config


def same_site_only() -> None:
    """The sockets of shared documents ask where a page is from, as all others of the server do.

    As they come, they let any page in that the browser has a cookie for: that of another port.
    """
    from jupyter_server.base.handlers import JupyterHandler
    from jupyter_server_ydoc.handlers import YDocWebSocketHandler

    YDocWebSocketHandler.check_origin = JupyterHandler.check_origin


def add_when_asked(app: Any, start: str, extension: str) -> None:
    """Load an extension when its first address is asked for; some take long to import."""
    from tornado.routing import PathMatches, Router, Rule

    class Later(Router):
        added = False

        def find_handler(self, request: Any, **more: Any) -> Any:
            if self.added:
                return None  # not one of its addresses
            self.added = True
            app.extension_manager.add_extension(extension, enabled=True)
            app.extension_manager.link_extension(extension)
            app.extension_manager.load_extension(extension)
            return app.web_app.find_handler(request, **more)

    app.web_app.default_router.rules.insert(0, Rule(PathMatches(start + ".*"), Later()))
