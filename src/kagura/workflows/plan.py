"""From a notebook to what it runs on: read, choose, build.  Shared by ``run`` and ``check``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Literal

from kagura.env.choose import choose
from kagura.env.gpus import choose_gpus
from kagura.errors import UsageError
from kagura.inputs.layout import is_script, module_of
from kagura.inputs.local import beside, parse
from kagura.model.era import EraChoice
from kagura.model.handle import Handle, input_handle, names_folder
from kagura.model.needs import Needs
from kagura.model.notebook import Notebook
from kagura.notebook.inspect import inspect
from kagura.notebook.metadata import read_kernel_metadata
from kagura.notebook.parameters import inject
from kagura.notebook.read import read
from kagura.project.config import NAME as PROJECT_FILE
from kagura.project.config import Project, find_project, read_project
from kagura.project.lockfile import read_lock
from kagura.project.requirements import requirements_of
from kagura.system.gpus import Gpus
from kagura.workflows.locking import base_of, has_environment
from kagura.workflows.paths import modules_of

__all__ = ["Plan", "inputs_of", "notebook_of", "plan", "project_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is known about a run before anything is built.

    ``inputs`` are folders of this machine by their names; ``handles`` are the project's other
    inputs, by what the project file calls them.  ``environment`` is what decides on packages: the
    project's lock, or the notebook's own needs.  ``requirements`` are the project's, where another
    base than its own was asked for.
    """

    notebook: Notebook
    needs: Needs
    choice: EraChoice
    inputs: Mapping[str, Path]
    internet: bool
    project: Project | None = None
    handles: tuple[tuple[str, Handle], ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    environment: Literal["notebook", "project"] = "notebook"
    requirements: tuple[str, ...] = ()
    gpus: Gpus | None = None


def plan(
    path: Path,
    *,
    base: str | None,
    inputs: Sequence[str],
    parameters: Mapping[str, Any],
    internet: bool,
    today: date,
    gpus: str = "none",
) -> Plan:
    """Read a notebook and decide its era and inputs.  Raises UsageError and UnsupportedError.

    ``gpus`` is ``auto``, ``all`` or ``none``; MachineError if all are wanted and there are none.

    The project that the notebook is in, if any, says what the arguments leave open.  The
    internet is on unless the user or the notebook's metadata switches it off.
    """
    project = project_of(path)
    notebook = read(path)
    needs = inspect(notebook, read_kernel_metadata(path, also=project.folder if project else None))
    if parameters:
        notebook = inject(notebook, parameters)
    own, handles = inputs_of(project)
    scripts = (module_of(handle) for _, handle in handles if is_script(handle, needs))
    needs = replace(needs, local_modules=(*needs.local_modules, *modules_of(project), *scripts))
    has_own = project is not None and has_environment(project)
    if base is None and project is not None and (project.base or has_own):
        choice = base_of(project, read_lock(project.folder), today=today)
    else:
        choice = choose(needs.evidence, base=base, today=today)
    return Plan(
        notebook=notebook,
        needs=needs,
        choice=choice,
        inputs=own | (parse(inputs) if inputs else {} if project else beside(path)),
        internet=internet and needs.internet is not False and (project is None or project.internet),
        parameters=parameters,
        project=project,
        handles=handles,
        environment="project" if has_own and base is None else "notebook",
        requirements=requirements_of(project) if project and has_own and base else (),
        gpus=choose_gpus(gpus),
    )


def notebook_of(path: Path | None) -> Path:
    """The notebook that the user means: none given means the project's.  Raises UsageError."""
    if path is not None:
        return path
    folder = find_project(Path.cwd())
    if folder is None:
        raise UsageError(
            "no notebook was given, and there is no project here",
            hint="give a notebook: kagura run titanic.ipynb; or make a project of one: kagura pull",
        )
    project = read_project(folder)
    if project.notebook is None:
        raise UsageError(
            f"{folder / PROJECT_FILE} names no notebook",
            hint='give one, or write into it: notebook = "working/NAME.ipynb"',
        )
    found = folder / project.notebook
    try:
        return found.relative_to(Path.cwd())
    except ValueError:
        return found


def project_of(path: Path) -> Project | None:
    """The project that a file is in, if it is in one."""
    folder = find_project(path.parent)
    return read_project(folder) if folder else None


def inputs_of(
    project: Project | None,
) -> tuple[dict[str, Path], tuple[tuple[str, Handle], ...]]:
    """A project's inputs: folders of this machine by name, and Kaggle's by what they are called.

    Raises UsageError for one that is neither.
    """
    if project is None:
        return {}, ()
    local = [item for item in project.inputs if names_folder(item)]
    handles = ((item, input_handle(item)) for item in project.inputs if not names_folder(item))
    return parse(local, base=project.folder, by=f"{PROJECT_FILE},"), tuple(handles)
