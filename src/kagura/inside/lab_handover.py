"""What the Lab's server of one round leaves for that of the next, so that browsers can go on.

Before a reset it is asked to (``POST /kagura/handover``), when browsers are cut off already.  It
saves every open document in its file, and in full in the store of what was typed: the next server
goes on from there if nobody has changed the file meanwhile.  It also writes down which cells were
at work.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os

from jupyter_server.base.handlers import APIHandler
from jupyter_server_ydoc import handlers
from jupyter_server_ydoc.rooms import DocumentRoom
from tornado import web

from .lab_connection import Unanswered

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["take_over"]

ADDRESS = "/kagura/handover"

# In seconds: what browsers have sent before they were cut off is taken in.
SETTLE = 0.05


def take_over(app: Any, path: str) -> None:
    """Read what the server before has left at ``path``, and be ready to leave something there."""
    left: dict[str, Any] = {}
    with contextlib.suppress(OSError, ValueError), open(path, encoding="utf-8") as file:
        left = json.load(file)
        os.unlink(path)
    app.kernel_manager.unanswered = Unanswered(before=left.get("unanswered", {}))
    Room.kept = left.get("documents", {})
    handlers.DocumentRoom = Room
    extensions = app.extension_manager.extension_apps["jupyter_server_ydoc"]
    app.web_app.add_handlers(".*$", [(ADDRESS, HandOver, {"extensions": extensions, "path": path})])


class HandOver(APIHandler):  # type: ignore[misc]
    """Asked by the session's process on the host, before it ends this server."""

    def initialize(self, extensions: Any, path: str) -> None:
        self._extensions = extensions
        self._path = path

    @web.authenticated
    async def post(self) -> None:
        """Save and write down all; the answer comes when that is done."""
        await asyncio.sleep(SETTLE)
        rooms = [
            room
            for extension in self._extensions
            for room in extension.ywebsocket_server.rooms.values()
            if isinstance(room, Room) and room.ready
        ]
        left = {
            "documents": {room.room_id: await room.keep() for room in rooms},
            "unanswered": self.kernel_manager.unanswered.now,
        }
        with open(self._path, "w", encoding="utf-8") as file:
            json.dump(left, file)
        self.finish({})


class Room(DocumentRoom):  # type: ignore[misc]
    """A shared document that can go on in the next server.

    As it comes, a room takes its file's word where that differs in anything from what was typed;
    and then what a browser still has is put in a second time.
    """

    # By room: the digest of its file as the server before has left it.
    kept: dict[str, str] = {}  # noqa: RUF012
    ready: bool

    async def keep(self) -> str:
        """Save all; the digest of the file."""
        saving = self._save_to_disc()
        if saving is not None:
            await saving
        await self.ystore.encode_state_as_update(self.ydoc)
        return self._digest()

    async def initialize(self) -> None:
        """Take what the server before has kept, if the file is still the same."""
        kept = self.kept.pop(self.room_id, None)
        if self.ready or kept is None or kept != self._digest():
            await super().initialize()
            return
        # It also notes the file's time, by which changes from elsewhere are seen.
        await self._file.load_content(self._file_format, self._file_type)
        async with self._update_lock, self.ystore.start_lock:
            if not self.ystore.started.is_set():
                self.create_task(self.ystore.start())
                await self.ystore.started.wait()
            await self.ystore.apply_updates(self.ydoc)
            self.ready = True

    def _digest(self) -> str:
        with open(self._file.path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
