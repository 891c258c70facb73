"""``kagura kernelspec run``: one kernel in a throw-away sandbox, for a client of Jupyter's."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from kagura.engines.base import Engine
from kagura.env.site import Site
from kagura.errors import UsageError
from kagura.progress import Progress
from kagura.session.connection import read_connection
from kagura.session.kernel import keep_kernel
from kagura.session.service import kernel_service
from kagura.store.objects import Store
from kagura.store.scratch import scratch_folder
from kagura.system.host import compile_tools, tool_environment
from kagura.workflows.kernel_root import kernel_spec
from kagura.workflows.workplace import (
    WORKING,
    Place,
    Workplace,
    is_too_much,
    place_of,
    ready_workplace,
)

__all__ = [
    "KernelOptions",
    "client_lives",
    "place_for",
    "run_kernel",
    "working_at",
    "workplace_of",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class KernelOptions:
    """Whose environment a kernel has: a project's, a notebook's, or a base's alone.

    ``day`` is that of a bare Python's packages (else today).
    """

    project: Path | None = None
    notebook: Path | None = None
    base: str | None = None
    day: date | None = None
    inputs: tuple[str, ...] = ()
    gpus: str = "auto"
    internet: bool = True


def run_kernel(
    options: KernelOptions,
    connection_file: Path,
    *,
    here: Path,
    opened: Path | None,
    store: Store,
    engine: Engine,
    progress: Progress,
    is_wanted: Callable[[], bool],
    on_ready: Callable[[], None],
) -> None:
    """Run a kernel until it ends, or its client does.  Nothing is left behind then.

    ``here`` is where the client started it: the folder of the notebook that is open there, which
    is ``opened``, if the client says so.
    """
    connection = read_connection(connection_file)
    place, below = working_at(place_for(options, here), here.resolve())
    with ExitStack() as stack:
        listeners = [stack.enter_context(listener) for listener in connection.listeners()]
        leases = stack.enter_context(ExitStack())
        site = Site(store=store, engine=engine, progress=progress, leases=leases)
        scratch = stack.enter_context(scratch_folder(store.home, "kernel"))
        run = scratch / "run"
        run.mkdir(mode=0o700)
        work = workplace_of(options, place, site=site)
        compile_tools(tool_environment())
        seen = opened and opened.is_absolute() and opened.is_relative_to(place.working)
        spec = kernel_spec(
            work,
            connection,
            run=run,
            scratch=scratch,
            below=below,
            opened=opened.relative_to(place.working) if opened and seen else None,
        )
        kept = keep_kernel(
            engine,
            spec,
            kernel_service(listeners),
            run=run,
            is_wanted=is_wanted,
            on_ready=on_ready,
        )
        asyncio.run(kept)


def place_for(options: KernelOptions, here: Path) -> Place:
    """The place of what was asked for.  Raises UsageError if it is not there (any more)."""
    place = place_of(options.project or here, options.notebook)
    if options.project is not None and place.project is None:
        raise UsageError(
            f"there is no project in {options.project}",
            hint="`kagura kernelspec list` shows what the kernel is of",
        )
    return place


def workplace_of(options: KernelOptions, place: Place, *, site: Site) -> Workplace:
    """Have all of it, built if need be."""
    return ready_workplace(
        place,
        base=options.base,
        inputs=options.inputs,
        gpus=options.gpus,
        internet=options.internet,
        site=site,
        today=options.day,
    )


def working_at(place: Place, here: Path) -> tuple[Place, str]:
    """What is ``/kaggle/working`` for a kernel that was started in a folder, and where it starts.

    Below the project's ``working/`` it is that, as in a session.  Elsewhere it is the folder
    itself, unless that is the user's home or all of the disk: then the place's own.  Raises
    UsageError if that is too much, too.
    """
    own = place.project.folder.resolve() / WORKING if place.project else None
    if own is not None and here.is_relative_to(own):
        return replace(place, working=own), os.fspath(here.relative_to(own))
    if not is_too_much(here):
        return replace(place, working=here), "."
    if is_too_much(place.working):
        raise UsageError(
            f"notebooks would see all of {here}, and could write there",
            hint="move the notebook into a folder of its own",
        )
    return place, "."


def client_lives(parent: int, named: int | None) -> Callable[[], bool]:
    """Whether the client is there: who started us (``parent``), and whom it ``named``.

    A name of the dead was left in the client's surroundings by another: it counts for nothing.
    """
    named = named if named is not None and _lives(named) else None
    return lambda: os.getppid() == parent and (named is None or _lives(named))


def _lives(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # somebody else's, and alive
    return True
