"""``kagura pull``: a notebook from Kaggle becomes a folder that runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from kagura.errors import KaguraError, ServiceError, UsageError
from kagura.inputs.terms import Terms
from kagura.model.handle import (
    Handle,
    input_handle,
    names_folder,
    notebook_handle,
    version_is_hidden,
)
from kagura.model.lock import Lock
from kagura.progress import Progress
from kagura.project.config import read_project
from kagura.project.lockfile import read_lock, write_lock
from kagura.project.turn import project_turn
from kagura.store.objects import Store
from kagura.workflows.needed import note_lock
from kagura.workflows.outputs import fetch_outputs
from kagura.workflows.pulling import Theirs, Written, read_theirs, write_folder
from kagura.workflows.service import Service, service
from kagura.workflows.similar import find_kernel

__all__ = ["PullOptions", "Pulled", "fetch_inputs", "pull"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PullOptions:
    """What the user asked for.  ``folder`` None: one of the notebook's name, here."""

    what: str
    folder: Path | None = None
    inputs: bool = True
    outputs: bool = False
    overwrite: bool = False
    terms: Terms | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulled:
    """What pull made: the project's folder, the notebook in it, and its exact inputs.

    ``era`` is the day of the base that the project uses, ``reason`` what it was known from.
    ``edited``: the notebook was edited here and stayed; ``kept``: then what Kaggle has, beside it.
    """

    folder: str
    notebook: str
    handle: str
    era: str
    kept: str | None
    inputs: tuple[str, ...]
    reason: str = ""
    edited: bool = False


def pull(options: PullOptions, *, store: Store, progress: Progress) -> Pulled:
    """Fetch a notebook, what it needs from Kaggle, and the name of its environment.

    Pulling again brings the project up to date; a notebook that was edited here is never
    overwritten without ``overwrite``.  Raises UsageError, ServiceError, MachineError; what was
    fetched before that is kept, and the next pull goes on from it.
    """
    handle = notebook_handle(options.what)
    if version_is_hidden(options.what):
        progress.warn(
            "the address names a version by a number that only Kaggle's site understands: "
            "this is the newest version",
            hint=f"name another by its number: kagura pull {handle.plain}/3",
        )
    today = datetime.now(UTC).date()
    with service(progress, terms=options.terms) as kaggle:
        kernel = find_kernel(handle, client=kaggle.client)
        theirs = read_theirs(kernel, today=today)
        handle = theirs.handle
        folder = options.folder or Path(handle.slug)
        # Two pulls into one folder, or an `add` meanwhile: one after the other.
        with project_turn(folder, home=store.home, progress=progress):
            made = write_folder(folder, theirs, overwrite=options.overwrite, today=today)
        _tell(made, theirs, progress)
        lock = made.lock
        if options.inputs:
            # Those of the project, and not of the notebook: the user may have chosen others.
            listed = [item for item in made.project.inputs if not names_folder(item)]
            handles = tuple(map(input_handle, listed))
            lock = fetch_inputs(handles, lock, folder, kaggle, store, progress)
        if options.outputs:
            fetch_outputs(
                handle,
                folder,
                kaggle=kaggle,
                store=store,
                progress=progress,
                overwrite=options.overwrite,
            )
    return Pulled(
        folder=str(folder),
        notebook=str(made.notebook),
        handle=str(handle),
        era=made.base.era.date.isoformat(),
        reason=made.base.reason,
        edited=made.is_edited,
        kept=str(made.kept) if made.kept else None,
        inputs=tuple(item.handle for item in lock.inputs),
    )


def _tell(made: Written, theirs: Theirs, progress: Progress) -> None:
    """Say what lies in the folder now, and on which base it runs."""
    if made.is_edited:
        progress.say("notebook", f"{made.notebook}  (edited here)")
        beside = f"; Kaggle's version is {made.kept.name}" if made.kept else ""
        progress.warn(
            f"{made.notebook} was edited here and stays as it is{beside}",
            hint="--overwrite takes Kaggle's",
        )
    else:
        shown = f"  (version {theirs.handle.version})" if theirs.handle.version else ""
        progress.say("notebook", f"{made.notebook}{shown}")
    era = made.base.era
    named = str(era) if era.plain else f"{era} · Python {era.python}"
    other = f" (the notebook's own: {theirs.choice.era})" if era != theirs.choice.era else ""
    progress.say("base", f"{named} · {made.base.reason}{other}")
    for warning in made.base.warnings:
        progress.warn(warning)


def fetch_inputs(
    handles: tuple[Handle, ...],
    lock: Lock,
    folder: Path,
    kaggle: Service,
    store: Store,
    progress: Progress,
) -> Lock:
    """Have those inputs in the store that the project lists; the lock with them, written.

    One that cannot be had does not keep the others: ServiceError at the end.
    """
    listed = [item for item in read_project(folder).inputs if not names_folder(item)]
    # By the project's own names, which its lock has too: a person may write `uciml/iris`.
    wanted = [(name, input_handle(name)) for name in listed if input_handle(name) in handles]
    note_lock(folder, store=store)
    failed: list[KaguraError] = []
    for name, handle in wanted:
        try:
            ready = kaggle.ready(handle, store=store, progress=progress)
        except (ServiceError, UsageError) as error:
            progress.warn(f"{handle}: {error.message}", hint=error.hint)
            failed.append(error)
            continue
        progress.say("input", ready.described)
        with project_turn(folder, home=store.home, progress=progress):
            lock = ready.in_lock(read_lock(folder), name)
            write_lock(folder, lock)
    if failed:
        raise ServiceError(
            f"{len(failed)} of {len(wanted)} inputs could not be had; all else is in {folder}",
            hint="mend what the warnings tell, then pull again: it goes on from there",
        )
    return lock
