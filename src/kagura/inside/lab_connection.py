"""A browser's connection to a kernel: knows what the browser waits for, also after a reset."""

from __future__ import annotations

import json

from jupyter_server.services.kernels.connection.base import (
    deserialize_msg_from_ws_v1,
    serialize_msg_to_ws_v1,
)
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Requests = dict[str, dict[str, dict[str, Any]]]

__all__ = ["Connection", "Unanswered"]

GONE = "The environment was reset while this cell was at work."


class Unanswered:
    """Cells at work, by kernel and browser, then message: its header.

    ``now`` are this server's, ``before`` those of the server before a reset: nobody will answer.
    """

    def __init__(self, *, before: Requests) -> None:
        self.before = before
        self.now: Requests = {}


class Connection(ZMQChannelsWebsocketConnection):  # type: ignore[misc]
    """Answers in the place of a kernel that a reset has ended: the browser would wait for ever."""

    def connect(self) -> Any:
        """Connect, then tell the browser of what nobody will answer."""
        connected = super().connect()
        requests = self._unanswered.before.pop(self._key, None)
        if connected is not None and requests:
            connected.add_done_callback(lambda _: self._answer(requests))
        return connected

    def handle_incoming_message(self, incoming_msg: Any) -> None:
        """Note what is to be executed."""
        if isinstance(incoming_msg, bytes):
            channel, parts = deserialize_msg_from_ws_v1(incoming_msg)
            if channel == "shell" and b'"execute_request"' in parts[0]:
                header = json.loads(parts[0])
                self._unanswered.now.setdefault(self._key, {})[header["msg_id"]] = header
        super().handle_incoming_message(incoming_msg)

    def _on_zmq_reply(self, stream: Any, msg_list: Any) -> None:
        if (
            isinstance(msg_list, list)
            and getattr(stream, "channel", None) == "shell"
            and b'"execute_reply"' in bytes(msg_list[0])
        ):
            number = json.loads(bytes(msg_list[1])).get("msg_id")
            self._unanswered.now.get(self._key, {}).pop(number, None)
        super()._on_zmq_reply(stream, msg_list)

    @property
    def _unanswered(self) -> Unanswered:
        found: Unanswered = self.multi_kernel_manager.unanswered
        return found

    @property
    def _key(self) -> str:
        return f"{self.kernel_id} {self.session_id}"

    def _answer(self, requests: dict[str, Any]) -> None:
        self.write_stderr(GONE, next(iter(requests.values())))  # the others waited for their turn
        for header in requests.values():
            self._tell("shell", "execute_reply", {"status": "aborted"}, header)
            self._tell("iopub", "status", {"execution_state": "idle"}, header)

    def _tell(self, channel: str, kind: str, content: dict[str, Any], parent: Any) -> None:
        message = self.session.msg(kind, content=content, parent=parent)
        packed = serialize_msg_to_ws_v1(message, channel, self.session.pack)
        self.write_message(packed, binary=True)
