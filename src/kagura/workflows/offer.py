"""What a session offers: the Lab behind a port of its own, or a kernel for other clients."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from kagura.env.lab import ready_lab
from kagura.env.site import Site
from kagura.model.sandbox import SandboxSpec
from kagura.session.connection import Connection, reserved
from kagura.session.service import Service, kernel_service, lab_service
from kagura.workflows.kernel_root import kernel_spec
from kagura.workflows.session_root import LabPlace, session_spec
from kagura.workflows.workplace import Workplace

__all__ = ["Offer", "kernel_offer", "lab_offer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """How the host reaches a session; ``spec_of`` makes a round's spec over an empty scratch.

    ``token`` is what a browser must know; ``connection`` what a kernel's clients must.
    """

    service: Service
    spec_of: Callable[[Path], SandboxSpec]
    port: int
    token: str = ""
    connection: Connection | None = None


def lab_offer(listener: socket.socket, *, site: Site, folder: Path) -> Callable[[Workplace], Offer]:
    """JupyterLab, built now if need be; ``folder`` is the session's own, for all its rounds.

    It comes before the workplace: what notes that the project uses notes the Lab, too.
    """
    lab = ready_lab(site)
    settings = site.store.home / "lab-settings"
    for part in (folder / "state", settings):
        part.mkdir(mode=0o700, exist_ok=True)

    token = secrets.token_urlsafe(32)

    def over(work: Workplace) -> Offer:
        place = LabPlace(
            work=work,
            lab=lab,
            run=folder / "run",
            state=folder / "state",
            settings=settings,
            token=token,
        )
        return Offer(
            service=lab_service(listener, token=token),
            spec_of=lambda scratch: session_spec(place, scratch),
            port=listener.getsockname()[1],
            token=token,
        )

    return over


def kernel_offer(stack: ExitStack, *, folder: Path) -> Callable[[Workplace], Offer]:
    """A kernel on free ports of the loopback, which are kept through every reset."""
    connection, listeners = reserved()
    for listener in listeners:
        stack.enter_context(listener)

    def over(work: Workplace) -> Offer:
        return Offer(
            service=kernel_service(listeners),
            spec_of=lambda scratch: kernel_spec(
                work, connection, run=folder / "run", scratch=scratch, door=True
            ),
            port=listeners[0].getsockname()[1],
            connection=connection,
        )

    return over
