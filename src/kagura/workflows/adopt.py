"""``kagura pull FILE``: a notebook that is here becomes a project; its inputs are found out.

What ``kernel-metadata.json`` lists is sure, and so is a full name in the code.  A bare slug may be
a competition's or anybody's data set: Kaggle is asked what is called so, and the numbers in the
notebook's own metadata tell which one, and in which version.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from kagura.inputs.terms import Terms
from kagura.model.handle import Handle, input_handle, names_folder, source_handles
from kagura.model.lock import LockedNotebook
from kagura.notebook.metadata import read_kernel_metadata
from kagura.progress import Progress
from kagura.project.config import NAME as PROJECT_FILE
from kagura.project.config import Project, edit_project, write_project
from kagura.project.lockfile import read_lock, write_lock
from kagura.project.turn import project_turn
from kagura.store.objects import Store
from kagura.system.files import digest_of_bytes
from kagura.workflows.found import Found, find_inputs
from kagura.workflows.locking import named_base
from kagura.workflows.plan import plan
from kagura.workflows.pull import Pulled, fetch_inputs
from kagura.workflows.service import service

__all__ = ["adopt"]

Ask = Callable[[str], bool]


def adopt(
    path: Path,
    *,
    ask: Ask | None,
    fetch: bool,
    store: Store,
    progress: Progress,
    terms: Terms | None = None,
) -> Pulled:
    """Make a project of a notebook's folder.  ``ask`` None: what is guessed is taken.

    Raises UsageError, ServiceError; what was fetched before that is kept.
    """
    planned = plan(
        path, base=None, inputs=(), parameters={}, internet=True, today=datetime.now(UTC).date()
    )
    folder = planned.project.folder if planned.project else path.parent
    era, needs = planned.choice.era, planned.needs
    progress.say("base", f"era {era.date} · Python {era.python} · {planned.choice.reason}")
    listed = source_handles(dict(read_kernel_metadata(path, also=folder)))
    has_project = (folder / PROJECT_FILE).exists()
    before_inputs = planned.project.inputs if planned.project and has_project else ()
    known = [input_handle(name) for name in before_inputs if not names_folder(name)]
    with service(progress, terms=terms) as kaggle:
        found = find_inputs(
            needs,
            listed=listed,
            known=known,
            folders=[name.partition("=")[0] for name in before_inputs if names_folder(name)],
            client=kaggle.client,
            progress=progress,
        )
        taken = _taken(found, ask, has_project=has_project)
        names = tuple(str(handle) for handle in taken)
        with project_turn(folder, home=store.home, progress=progress):
            if has_project:
                edit_project(folder, lambda old: replace(old, inputs=_joined(old.inputs, names)))
            else:
                notebook = path.resolve().relative_to(folder.resolve()).as_posix()
                project = Project(
                    folder=folder, notebook=notebook, base=era.date.isoformat(), inputs=names
                )
                write_project(project, comment=f"Its base is {planned.choice.reason}.")
            before = read_lock(folder)
            lock = replace(
                before,
                notebook=LockedNotebook(
                    handle=path.name, digest=digest_of_bytes(path.read_bytes())
                ),
                base=named_base(before.base, planned.choice),
            )
            write_lock(folder, lock)
        if fetch:
            lock = fetch_inputs((*known, *taken), lock, folder, kaggle, store, progress)
    return Pulled(
        folder=str(folder),
        notebook=str(path),
        handle=path.name,
        era=era.date.isoformat(),
        kept=None,
        inputs=tuple(item.handle for item in lock.inputs),
    )


def _taken(found: Sequence[Found], ask: Ask | None, *, has_project: bool) -> tuple[Handle, ...]:
    """What becomes an input.  Of a project that is here one may have been removed on purpose:
    nothing comes back to it without a question.
    """
    guessed = [one for one in found if has_project or not one.is_sure]
    question = "Take what is guessed as the notebook's inputs, too?"
    if has_project:
        question = f"Add these to the inputs in {PROJECT_FILE}, which is here already?"
    if guessed and ask is not None and not ask(question):
        found = [one for one in found if one not in guessed]
    return tuple(one.handle for one in found)


def _joined(before: tuple[str, ...], names: tuple[str, ...]) -> tuple[str, ...]:
    return (*before, *(name for name in names if name not in before))
