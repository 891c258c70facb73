"""``kagura pull``: a notebook from Kaggle becomes a folder that runs."""

from __future__ import annotations

import itertools
import json
import tempfile
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from kagura.env.choose import choose
from kagura.errors import ServiceError, UsageError
from kagura.inputs.terms import Terms
from kagura.inputs.whole import fetch_file
from kagura.kaggle.answers import Kernel
from kagura.model.handle import Handle, notebook_handle, source_handles, version_is_hidden
from kagura.model.lock import Lock, LockedBase, LockedNotebook
from kagura.notebook.inspect import inspect
from kagura.notebook.metadata import read_kernel_metadata
from kagura.notebook.read import read
from kagura.progress import Progress
from kagura.project.config import NAME as PROJECT_FILE
from kagura.project.config import Project, edit_project, read_project, write_project
from kagura.project.lockfile import read_lock, write_lock
from kagura.project.turn import project_turn
from kagura.store.objects import Store
from kagura.system.files import digest_of_bytes, explain, write_atomically
from kagura.workflows.needed import note_lock
from kagura.workflows.service import Service, service
from kagura.workflows.similar import find_kernel

__all__ = ["PullOptions", "Pulled", "fetch_inputs", "pull"]

WORKING = "working"
METADATA = "kernel-metadata.json"


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

    ``kept``: the notebook had been edited here, and what Kaggle has lies beside it.
    """

    folder: str
    notebook: str
    handle: str
    era: str
    kept: str | None
    inputs: tuple[str, ...]


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
    with service(progress, terms=options.terms) as kaggle:
        kernel = find_kernel(handle, client=kaggle.client)
        handle = notebook_handle(kernel.handle).at(kernel.version)
        folder = options.folder or Path(handle.slug)
        # Two pulls into one folder, or an `add` meanwhile: one after the other.
        with project_turn(folder, home=store.home, progress=progress):
            try:
                notebook, kept = _write(folder, kernel, handle, overwrite=options.overwrite)
            except OSError as error:
                raise explain(error, f"writing the project {folder}") from error
            shown = f"  (version {handle.version})" if handle.version else ""
            progress.say("notebook", f"{notebook}{shown}")
            if kept:
                progress.warn(
                    f"{notebook} was edited here and stays as it is; Kaggle's version is "
                    f"{kept.name}",
                    hint="--overwrite takes Kaggle's",
                )
            lock = _describe(folder, notebook, kernel, handle, progress)
        handles = source_handles(kernel.metadata())
        if options.inputs:
            lock = fetch_inputs(handles, lock, folder, kaggle, store, progress)
        if options.outputs:
            _fetch_outputs(handle, folder, kaggle, progress)
    return Pulled(
        folder=str(folder),
        notebook=str(notebook),
        handle=str(handle),
        era=lock.base.era if lock.base else "",
        kept=str(kept) if kept else None,
        inputs=tuple(item.handle for item in lock.inputs),
    )


def _write(
    folder: Path, kernel: Kernel, handle: Handle, *, overwrite: bool
) -> tuple[Path, Path | None]:
    """Write the notebook and its metadata; the notebook, and Kaggle's if ours was kept."""
    lock = read_lock(folder)
    if lock.notebook and notebook_handle(lock.notebook.handle).at(None) != handle.at(None):
        raise UsageError(
            f"{folder} is the project of another notebook: {lock.notebook.handle}",
            hint="choose another folder: kagura pull HANDLE FOLDER",
        )
    if lock.notebook is None and folder.is_dir() and any(folder.iterdir()):
        raise UsageError(
            f"{folder} is there already, and no project of kagura's",
            hint="choose another folder: kagura pull HANDLE FOLDER",
        )
    source = kernel.source.encode()
    notebook = folder / WORKING / kernel.file_name
    notebook.parent.mkdir(parents=True, exist_ok=True)
    kept, theirs = None, digest_of_bytes(source)
    last = lock.notebook.digest if lock.notebook else None
    is_ours = notebook.exists() and digest_of_bytes(notebook.read_bytes()) not in (last, theirs)
    if is_ours and not overwrite and theirs != last:
        kept = notebook.with_name(f"{notebook.stem}.version-{handle.version}{notebook.suffix}")
        write_atomically(kept, source)
    elif overwrite or not is_ours:
        write_atomically(notebook, source)
    text = json.dumps(kernel.metadata(), indent=2, ensure_ascii=False)
    write_atomically(folder / METADATA, f"{text}\n")
    return notebook, kept


def _describe(
    folder: Path, notebook: Path, kernel: Kernel, handle: Handle, progress: Progress
) -> Lock:
    """Write the project file and the lock, but for the inputs."""
    # By what Kaggle has: what is in the folder may have been edited since.
    with tempfile.TemporaryDirectory() as name:
        pulled = Path(name) / kernel.file_name
        pulled.write_bytes(kernel.source.encode())
        needs = inspect(read(pulled), read_kernel_metadata(pulled, also=folder))
    choice = choose(needs.evidence, base=None, today=datetime.now(UTC).date())
    day = choice.era.date.isoformat()
    progress.say("base", f"era {day} · Python {choice.era.python} · {choice.reason}")
    for warning in choice.warnings:
        progress.warn(warning)
    attached = tuple(str(one) for one in source_handles(kernel.metadata()))
    before = read_lock(folder)
    if (folder / PROJECT_FILE).exists():
        edit_project(folder, lambda old: _renewed(old, before, base=day, attached=attached))
    else:
        project = Project(
            folder=folder,
            notebook=notebook.relative_to(folder).as_posix(),
            base=day,
            inputs=attached,
        )
        write_project(project, comment=f"Pulled from {handle.plain}; its base is {choice.reason}.")
    base = LockedBase(era=day, python=choice.era.python, reason=choice.reason)
    lock = replace(
        before,
        notebook=LockedNotebook(handle=str(handle), digest=digest_of_bytes(kernel.source.encode())),
        base=before.base.named_again(base) if before.base else base,
    )
    write_lock(folder, lock)
    return lock


def _renewed(old: Project, lock: Lock, *, base: str, attached: tuple[str, ...]) -> Project:
    """The project with what is new on Kaggle; what the user has changed since stays changed."""
    known = {*old.inputs, *(item.name for item in lock.inputs)}
    new = tuple(item for item in attached if item not in known)
    is_untouched = lock.base is not None and old.base == lock.base.era
    return replace(old, inputs=(*old.inputs, *new), base=base if is_untouched else old.base)


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
    listed = read_project(folder).inputs
    note_lock(folder, store=store)
    failed: list[ServiceError] = []
    for handle in handles:
        if str(handle) not in listed:
            continue
        try:
            ready = kaggle.ready(handle, store=store, progress=progress)
        except ServiceError as error:
            progress.warn(f"{handle}: {error.message}", hint=error.hint)
            failed.append(error)
            continue
        progress.say("input", ready.described)
        with project_turn(folder, home=store.home, progress=progress):
            lock = ready.in_lock(read_lock(folder), str(handle))
            write_lock(folder, lock)
    if failed:
        raise ServiceError(
            f"{len(failed)} of {len(handles)} inputs could not be had; all else is in {folder}",
            hint="mend what the warnings tell, then pull again: it goes on from there",
        )
    return lock


def _fetch_outputs(handle: Handle, folder: Path, kaggle: Service, progress: Progress) -> None:
    """The files that the notebook's run left on Kaggle, into the project's folder ``outputs``."""
    into = folder / "outputs"
    count = 0
    for output in kaggle.client.kernel_output(handle.plain, version=handle.version):
        target = into / output.name
        if PurePosixPath(output.name).is_absolute() or ".." in PurePosixPath(output.name).parts:
            progress.warn(f"the output {output.name!r} names a place outside: left out")
            continue
        progress.update("outputs", output.name)
        try:
            fetch_file(itertools.repeat(output.address.url).__next__, target, http=kaggle.http)
        except OSError as error:
            raise explain(error, f"fetching the output {output.name}") from error
        count += 1
    progress.say("outputs", f"{count} files in {into}")
