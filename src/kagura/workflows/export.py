"""``kagura export``: the project as a file of another tool, so that it can be left at any time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from kagura.errors import UsageError
from kagura.inputs.layout import Layout, choose_layout, flat_names, nested_name
from kagura.model.era import Era
from kagura.model.handle import input_handle, names_folder
from kagura.model.lock import Lock
from kagura.progress import Progress
from kagura.project.config import NAME as PROJECT_FILE
from kagura.project.config import Project
from kagura.project.export.compose import compose_text
from kagura.project.export.devcontainer import devcontainer_text
from kagura.project.export.dockerfile import dockerfile_text
from kagura.project.export.mark import is_untouched
from kagura.project.export.outline import WORKING, Gpus, Outline, Place
from kagura.project.export.requirements import requirements_text, whole_text
from kagura.project.lockfile import read_lock
from kagura.project.requirements import STAND_IN
from kagura.store.objects import Store
from kagura.system.files import explain, write_atomically
from kagura.workflows.locking import base_of, why_stale
from kagura.workflows.paths import path_mounts
from kagura.workflows.projects import project_here

__all__ = ["Exported", "Target", "export", "export_requirements", "write"]

Target = Literal["dockerfile", "compose", "devcontainer"]

INPUT = "/kaggle/input"
NAMES = {
    "dockerfile": "Dockerfile",
    "compose": "compose.yaml",
    "devcontainer": ".devcontainer/devcontainer.json",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """A file's text, and where it belongs."""

    path: Path
    text: str


def export_requirements(here: Path, *, whole: bool, store: Store, progress: Progress) -> str:
    """The text of a ``requirements.txt``: the locked delta, or all of the environment."""
    outline = _outline(here, gpus="auto", store=store, progress=progress)
    return whole_text(outline) if whole else requirements_text(outline)


def export(
    target: Target, here: Path, *, gpus: Gpus, store: Store, progress: Progress
) -> tuple[Exported, ...]:
    """The files of a target, the asked one first; nothing is written.

    All but the Dockerfile itself need the Dockerfile.  Raises UsageError if the lock is not what
    the project file says.
    """
    folder = project_here(here).folder
    outline = _outline(here, gpus=gpus, store=store, progress=progress)
    texts = {
        "dockerfile": dockerfile_text,
        "compose": compose_text,
        "devcontainer": devcontainer_text,
    }
    names = (target,) if target == "dockerfile" else (target, "dockerfile")
    return tuple(Exported(path=folder / NAMES[name], text=texts[name](outline)) for name in names)


def write(files: tuple[Exported, ...], *, force: bool) -> tuple[Path, ...]:
    """Write files that are not there as they are; those that were.

    What somebody edited, or what is not ours, stays: UsageError, unless ``force``; then nothing
    is written at all.
    """
    new = [file for file in files if not _is_there(file)]
    for file in new:
        _refuse_stand_in(file.path)
        if file.path.exists() and not force and not is_untouched(_text(file.path)):
            raise UsageError(
                f"{file.path} is there, and was edited or is none of kagura's",
                hint="--force overwrites it; --output PATH writes another file, --output - prints",
            )
    for file in new:
        try:
            file.path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(file.path, file.text)
        except OSError as error:
            raise explain(error, f"writing {file.path}") from error
    return tuple(file.path for file in new)


def _is_there(file: Exported) -> bool:
    return file.path.is_file() and _text(file.path) == file.text


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8", "replace")
    except OSError as error:
        raise explain(error, f"reading {path}") from error


def _refuse_stand_in(path: Path) -> None:
    """A requirements.txt beside a project file is what the project requires, if that is silent."""
    if path.name == STAND_IN and (path.parent / PROJECT_FILE).exists():
        raise UsageError(
            f"{path} would be taken for what the project requires",
            hint="write another file, such as requirements.lock.txt",
        )


def _outline(here: Path, *, gpus: Gpus, store: Store, progress: Progress) -> Outline:
    project = project_here(here)
    lock = read_lock(project.folder)
    today = datetime.now(UTC).date()
    why = why_stale(project, lock, today=today)
    if why is not None or lock.base is None:
        raise UsageError(
            f"kagura.lock is not what the project says: {why}", hint="`kagura lock` locks it"
        )
    era = base_of(project, lock, today=today).era
    places = (_working(project), *_paths(project), *_inputs(project, lock, era, store, progress))
    return Outline(
        name=" ".join(project.folder.name.split()) or "project",
        title=f"Python {lock.base.python} as of {era.date}"
        if lock.base.plain
        else f"Kaggle's packages of {era.date}, Python {lock.base.python}",
        prefix=era.prefix,
        base=lock.base,
        lock=lock,
        places=places,
        importable=tuple(mount.target for mount in path_mounts(project)),
        ports=project.ports,
        internet=project.internet,
        limits=project.limits,
        gpus=gpus,
    )


def _working(project: Project) -> Place:
    """The folder that the notebook is in, else the project's own."""
    parent = Path(project.notebook).parent if project.notebook else Path()
    return Place(source=parent.as_posix(), target=WORKING, writable=True)


def _paths(project: Project) -> Iterator[Place]:
    for path, mount in zip(project.paths, path_mounts(project), strict=True):
        yield Place(source=Path(path).as_posix(), target=mount.target)


def _inputs(
    project: Project, lock: Lock, era: Era, store: Store, progress: Progress
) -> Iterator[Place]:
    locked = {item.name: item for item in lock.inputs}
    handles = {name: input_handle(name) for name in project.inputs if not names_folder(name)}
    exact = {
        name: input_handle(locked[name].handle) if name in locked else handle
        for name, handle in handles.items()
    }
    layout = _layout(project, era)
    flat = flat_names(list(exact.values()))
    for name, handle in exact.items():
        if name not in locked:
            progress.warn(f"{name} is not locked yet and left out", hint="kagura sync")
            continue
        folder = store.folder("inputs", locked[name].digest) / "tree"
        if not folder.is_dir():
            progress.warn(f"{name} is not in the store now", hint="kagura sync fetches it")
        where = flat[handle] if layout == "flat" else nested_name(handle)
        yield Place(source=_from_home(folder), target=f"{INPUT}/{where}")
    for name in project.inputs:
        if names_folder(name):
            called, _, path = name.partition("=")
            source = os.path.expanduser(path)
            yield Place(source=_from_home(Path(source)), target=f"{INPUT}/{called}")


def _layout(project: Project, era: Era) -> Layout:
    if project.layout is not None:
        return "flat" if project.layout == "flat" else "nested"
    return choose_layout((), (), day=None if era.plain else era.date)[0]


def _from_home(path: Path) -> str:
    """A path that holds for every user, if it is in the user's home; else as it is."""
    if path.is_absolute() and path.is_relative_to(Path.home()):
        return f"~/{path.relative_to(Path.home()).as_posix()}"
    return path.as_posix()
