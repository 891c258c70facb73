"""``kagura input``: add, list, remove and verify the inputs of a project."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from kagura.errors import UsageError
from kagura.inputs.layout import covers
from kagura.inputs.local import parse
from kagura.inputs.ready import ReadyInput
from kagura.inputs.terms import Terms
from kagura.inputs.verify import verify_here
from kagura.model.handle import input_handle, names_folder
from kagura.progress import Progress, Silent
from kagura.project.config import NAME as PROJECT_FILE
from kagura.project.config import Project, edit_project, find_project, read_project, write_project
from kagura.project.lockfile import read_lock, write_lock
from kagura.project.turn import project_turn
from kagura.store.objects import Store
from kagura.workflows.needed import note_lock
from kagura.workflows.service import service

__all__ = ["InputEntry", "add_input", "list_inputs", "remove_input", "verify_inputs"]

ADD = "kagura input add"


@dataclass(frozen=True, slots=True, kw_only=True)
class InputEntry:
    """An input of a project.  ``handle`` is exact, or a folder's path; ``size`` is in bytes.

    ``is_local``: it is a folder of this machine.
    ``state``: ``here``; ``missing`` (a run fetches it); ``damaged``, with ``faults`` in words.
    """

    name: str
    handle: str | None
    state: Literal["here", "missing", "damaged"]
    files: int | None = None
    size: int | None = None
    folder: str | None = None
    faults: tuple[str, ...] = ()
    is_local: bool = False

    @property
    def title(self) -> str:
        """What a person knows it by: the exact handle, or NAME=FOLDER."""
        return f"{self.name}={self.handle}" if self.is_local else self.handle or self.name


def add_input(
    what: str,
    *,
    here: Path,
    store: Store,
    progress: Progress,
    files: tuple[str, ...] = (),
    terms: Terms | None = None,
) -> ReadyInput | None:
    """Add a handle, or NAME=FOLDER, to the project; fetch it.  None for a folder.

    ``files`` are patterns of those that are wanted, of a handle.  A folder without a project
    becomes one.  Raises UsageError, ServiceError, MachineError.
    """
    folder = find_project(here)
    if names_folder(what):
        if files:
            raise UsageError("--files chooses of what is on Kaggle: a folder comes whole")
        parse([what], base=folder or here, by=ADD)
        with project_turn(folder or here, home=store.home, progress=progress):
            _list(what, folder or here)
        return None
    handle = input_handle(what)
    if files:
        handle = handle.only(files)
    if folder is not None:
        _refuse_same_place(str(handle), read_project(folder))
    with service(progress, terms=terms) as kaggle:
        ready = kaggle.ready(handle, store=store, progress=progress)
    with project_turn(folder or here, home=store.home, progress=progress):
        folder = _list(str(handle), folder or here)
        lock = read_lock(folder)
        listed = read_project(folder).inputs
        kept = tuple(item for item in lock.inputs if item.name in listed)
        write_lock(folder, ready.in_lock(replace(lock, inputs=kept), str(handle)))
    note_lock(folder, store=store)
    return ready


def list_inputs(*, here: Path, store: Store) -> tuple[InputEntry, ...]:
    """The inputs of the project here, and whether they are here.  Raises UsageError."""
    project = _project(here)
    known = {item.name: item for item in read_lock(project.folder).inputs}
    entries: list[InputEntry] = []
    for name in project.inputs:
        if names_folder(name):
            plain, _, path = name.partition("=")
            folder = project.folder / Path(path).expanduser()
            state: Literal["here", "missing"] = "here" if folder.is_dir() else "missing"
            if state == "here":
                parse([name], base=project.folder, by=f"{PROJECT_FILE},")
            entries.append(
                InputEntry(name=plain, handle=path, state=state, folder=str(folder), is_local=True)
            )
            continue
        input_handle(name)  # what a run would refuse is not just missing
        item = known.get(name)
        stored = store.find("inputs", item.digest) if item else None
        entries.append(
            InputEntry(
                name=name,
                handle=item.handle if item else None,
                state="here" if stored else "missing",
                files=item.files if item else None,
                size=item.size if item else None,
                folder=str(stored.tree) if stored else None,
            )
        )
    return tuple(entries)


def remove_input(what: str, *, here: Path, store: Store) -> str:
    """Take an input out of the project; the store keeps it until `kagura clean --inputs`."""
    project = _project(here)
    names = [name for name in project.inputs if _is_called(name, what)]
    if len(names) != 1:
        known = ", ".join(project.inputs) or "none"
        raise UsageError(
            f"the project has no input {what}"
            if not names
            else f"{what} may be any of {', '.join(names)}",
            hint=f"its inputs: {known}",
        )
    with project_turn(project.folder, home=store.home, progress=Silent()):
        edit_project(
            project.folder,
            lambda old: replace(old, inputs=tuple(name for name in old.inputs if name != names[0])),
        )
        lock = read_lock(project.folder)
        kept = tuple(item for item in lock.inputs if item.name != names[0])
        write_lock(project.folder, replace(lock, inputs=kept))
    return names[0]


def verify_inputs(*, here: Path, store: Store, progress: Progress) -> tuple[InputEntry, ...]:
    """Check every file of the project's inputs against the digests taken when it was fetched.

    A damaged one is used by nobody any more, and is told as damaged until a run fetches it anew.
    """
    digests = {item.name: item.digest for item in read_lock(_project(here).folder).inputs}
    checked: list[InputEntry] = []
    for entry in list_inputs(here=here, store=store):
        digest = digests.get(entry.name)
        faults = verify_here(digest, store=store, progress=progress) if digest else None
        if faults:
            entry = replace(entry, state="damaged", faults=faults)
        checked.append(entry)
    return tuple(checked)


def _project(here: Path) -> Project:
    folder = find_project(here)
    if folder is None:
        raise UsageError(
            f"there is no project in {here}",
            hint="make one: kagura pull OWNER/SLUG, or kagura input add OWNER/SLUG",
        )
    return read_project(folder)


def _list(name: str, folder: Path) -> Path:
    if not (folder / PROJECT_FILE).exists():
        write_project(Project(folder=folder, inputs=(name,)), comment="A project of kagura's.")
        return folder
    called = name.partition("=")[0]
    project = read_project(folder)
    if names_folder(name) and any(item.startswith(f"{called}=") for item in project.inputs):
        raise UsageError(
            f"the project has an input {called} already",
            hint=f"kagura input remove {called}, then add it again",
        )
    _refuse_same_place(name, project)
    edit_project(folder, lambda old: replace(old, inputs=_with(old.inputs, name)))
    return folder


def _refuse_same_place(name: str, project: Project) -> None:
    """Raise UsageError if an input of Kaggle's and a folder would be at one path: one hides."""
    for item in project.inputs:
        if names_folder(item) == names_folder(name):
            continue
        folder, handle = (item, name) if names_folder(item) else (name, item)
        place = folder.partition("=")[0].strip("/").removeprefix("kaggle/input/")
        if covers(input_handle(handle), place):
            raise UsageError(
                f"{ADD} {name}: {item} is in the project already, and both would be "
                f"/kaggle/input/{place}",
                hint=f"kagura input remove '{item}', or choose another name for the folder",
            )


def _with(listed: tuple[str, ...], name: str) -> tuple[str, ...]:
    """The list with one more; another version, or choice, of the same thing gives way to it."""
    if name in listed or names_folder(name):
        return listed if name in listed else (*listed, name)
    # Kaggle's names ignore case, and people write PyTorch and pyTorch.
    same = input_handle(name).name.casefold()
    others = (
        item for item in listed if names_folder(item) or input_handle(item).name.casefold() != same
    )
    return (*others, name)


def _is_called(name: str, what: str) -> bool:
    if names_folder(name):
        return what in (name, name.partition("=")[0])
    try:
        called = input_handle(name)
        if what in (name, called.slug):
            return True
        return input_handle(what).name.casefold() == called.name.casefold()
    except UsageError:
        return what == name
