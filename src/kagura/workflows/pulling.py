"""The folder that ``kagura pull`` makes or brings up to date: decided first, written after."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from kagura.env.choose import choose
from kagura.errors import MachineError, UsageError
from kagura.kaggle.answers import Kernel
from kagura.model.era import EraChoice
from kagura.model.handle import Handle, input_handle, names_folder, notebook_handle, source_handles
from kagura.model.lock import Lock, LockedNotebook
from kagura.notebook.inspect import inspect
from kagura.notebook.metadata import NAME as METADATA
from kagura.notebook.metadata import metadata_in
from kagura.notebook.read import read_bytes
from kagura.project.config import NAME as PROJECT_FILE
from kagura.project.config import Project, edit_project, read_project, write_project
from kagura.project.lockfile import read_lock, write_lock
from kagura.system.files import digest_of_bytes, explain, write_atomically
from kagura.workflows.locking import FROM_FILE, base_of, named_base
from kagura.workflows.unfinished import unfinished

__all__ = ["Theirs", "Written", "read_theirs", "write_folder"]

WORKING = "working"
ANOTHER = "choose another folder: kagura pull HANDLE FOLDER"


@dataclass(frozen=True, slots=True, kw_only=True)
class Theirs:
    """What Kaggle has: the notebook in its version, its inputs, and the base that it tells of."""

    handle: Handle
    kernel: Kernel
    source: bytes
    inputs: tuple[Handle, ...]
    choice: EraChoice

    @property
    def base(self) -> str:
        """The base as a project file names it."""
        return self.choice.era.date.isoformat()

    @property
    def path(self) -> str:
        """Where the notebook lies in a new folder."""
        return f"{WORKING}/{self.kernel.file_name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A project's folder after a pull, and the base that it now uses.

    ``is_edited``: the notebook is the user's and stayed; Kaggle's is ``kept``, if it is here.
    """

    project: Project
    lock: Lock
    base: EraChoice
    notebook: Path
    is_edited: bool
    kept: Path | None


def read_theirs(kernel: Kernel, *, today: date) -> Theirs:
    """What a pull makes a project of.  Raises UsageError or UnsupportedError for what it cannot."""
    # Half surrogates, which are in no UTF-8, are refused with all else that is no notebook.
    source = kernel.source.encode("utf-8", "surrogatepass")
    path = Path(kernel.handle).with_name(kernel.file_name)
    needs = inspect(read_bytes(source, path=path), kernel.metadata())
    return Theirs(
        handle=notebook_handle(kernel.handle).at(kernel.version),
        kernel=kernel,
        source=source,
        inputs=source_handles(kernel.metadata()),
        choice=choose(needs.evidence, base=None, today=today),
    )


def write_folder(folder: Path, theirs: Theirs, *, overwrite: bool, today: date) -> Written:
    """Make the project's folder, or bring it up to date.

    Raises UsageError for a folder that is something else, MachineError; an edited notebook stays
    unless ``overwrite``.  What a kill leaves is gone on with by the next pull.
    """
    try:
        lock, old = _project_there(folder, theirs)
        if old is None:
            project = Project(
                folder=folder,
                notebook=theirs.path,
                base=theirs.base,
                inputs=tuple(map(str, theirs.inputs)),
            )
        else:
            project = _renewed(old, lock, theirs)
        base = _base(project, lock, theirs, today=today)
        made = _decided(project, lock, base, theirs, overwrite=overwrite)
        _write(made, theirs, is_new=old is None)
    except PermissionError as error:
        raise MachineError(
            explain(error, f"writing the project {folder}").message, hint=ANOTHER
        ) from error
    except OSError as error:
        raise explain(error, f"writing the project {folder}") from error
    return made


def _project_there(folder: Path, theirs: Theirs) -> tuple[Lock, Project | None]:
    """The lock and the project of a folder, which may be new, if it may be this notebook's."""
    try:
        is_empty = not any(folder.iterdir())
    except FileNotFoundError:
        return Lock(), None
    except NotADirectoryError as error:
        raise UsageError(f"{folder}: a file is in its place", hint=ANOTHER) from error
    lock = read_lock(folder)
    old = read_project(folder) if (folder / PROJECT_FILE).exists() else None
    locked = lock.notebook.handle.partition("/versions/")[0] if lock.notebook else None
    # Kaggle's own file tells it too: a lock may be deleted, and a file's own project has another.
    told = metadata_in(folder).get("id") if old else None
    is_ours = theirs.handle.name == locked or theirs.handle.plain == told
    if is_ours or is_empty or unfinished(folder, theirs.path, handle=theirs.handle) is not None:
        return lock, old
    if locked or told:
        raise UsageError(
            f"{folder} is the project of another notebook: {locked or told}", hint=ANOTHER
        )
    raise UsageError(
        f"{folder} is there already, and no project of {theirs.handle.plain}", hint=ANOTHER
    )


def _renewed(old: Project, lock: Lock, theirs: Theirs) -> Project:
    """The project with what is new on Kaggle; what the user has changed since stays changed."""
    before = _wanted(metadata_in(old.folder))
    listed = [input_handle(item) for item in old.inputs if not names_folder(item)]
    known = {handle.name.casefold() for handle in (*before, *listed)}
    new = [str(handle) for handle in theirs.inputs if handle.name.casefold() not in known]
    kept = [_moved(item, before, theirs.inputs) for item in old.inputs]
    is_chosen = lock.base is None or lock.base.reason == FROM_FILE or old.base != lock.base.era
    return replace(old, inputs=(*kept, *new), base=old.base if is_chosen else theirs.base)


def _wanted(metadata: Mapping[str, Any]) -> tuple[Handle, ...]:
    """What the notebook wanted at the last pull."""
    try:
        return source_handles(dict(metadata))
    except UsageError:
        return ()  # somebody has changed the file


def _moved(item: str, before: tuple[Handle, ...], now: tuple[Handle, ...]) -> str:
    """An input as it is listed; in the notebook's new version if it was listed in its old one."""
    for handle in before:
        if str(handle) == item and handle not in now:
            return next((str(other) for other in now if other.name == handle.name), item)
    return item


def _base(project: Project, lock: Lock, theirs: Theirs, *, today: date) -> EraChoice:
    """The base that the project uses: the notebook's, or the one that the user chose."""
    is_silent = project.base is None and lock.base is None
    if is_silent or project.base == theirs.base:
        return theirs.choice
    return base_of(project, lock, today=today)


def _decided(
    project: Project, lock: Lock, choice: EraChoice, theirs: Theirs, *, overwrite: bool
) -> Written:
    notebook = project.folder / (project.notebook or theirs.path)
    if notebook.suffix != Path(theirs.path).suffix:
        raise UsageError(
            f"{project.folder / PROJECT_FILE} names {project.notebook} as the notebook, and "
            f"Kaggle's is {theirs.kernel.file_name}",
            hint=ANOTHER,
        )
    last, new = lock.notebook.digest if lock.notebook else None, digest_of_bytes(theirs.source)
    is_edited = (
        not overwrite
        and notebook.exists()
        and digest_of_bytes(notebook.read_bytes()) not in (last, new)
    )
    beside = _beside(notebook, theirs) if is_edited else None
    return Written(
        project=project,
        lock=replace(
            lock,
            notebook=LockedNotebook(handle=str(theirs.handle), digest=new),
            base=named_base(lock.base, choice),
            inputs=tuple(item for item in lock.inputs if item.name in project.inputs),
        ),
        base=choice,
        notebook=notebook,
        is_edited=is_edited,
        kept=beside if beside and (new != last or beside.exists()) else None,
    )


def _beside(notebook: Path, theirs: Theirs) -> Path:
    """The place of Kaggle's notebook beside the user's; no file of the user's is there."""
    for number in itertools.count(1):
        again = "" if number == 1 else f"-{number}"
        version = f"version-{theirs.handle.version}{again}"
        place = notebook.with_name(f"{notebook.stem}.{version}{notebook.suffix}")
        if not place.exists() or place.read_bytes() == theirs.source:
            break
    return place


def _write(made: Written, theirs: Theirs, *, is_new: bool) -> None:
    folder = made.project.folder
    metadata = f"{json.dumps(theirs.kernel.metadata(), indent=2, ensure_ascii=False)}\n"
    folder.mkdir(parents=True, exist_ok=True)
    if is_new:
        for path in unfinished(folder, theirs.path, handle=theirs.handle) or ():
            path.unlink()
        # The first, for a pull that is stopped here: it tells the next whose folder this is.
        write_atomically(folder / METADATA, metadata)
    made.notebook.parent.mkdir(parents=True, exist_ok=True)
    if not made.is_edited:
        write_atomically(made.notebook, theirs.source)
    elif made.kept and not made.kept.exists():
        write_atomically(made.kept, theirs.source)
    if is_new:
        comment = f"Pulled from {theirs.handle.plain}; its base is {theirs.choice.reason}."
        write_project(made.project, comment=comment)
    else:
        edit_project(folder, lambda _: made.project)
    write_lock(folder, made.lock)
    if not is_new:
        # The last: as long as it is the old one, a pull that was stopped still knows what is new.
        write_atomically(folder / METADATA, metadata)
