"""``kagura pull FILE``: a notebook that is here becomes a project; its inputs are found out.

What ``kernel-metadata.json`` lists is sure, and so is a full name in the code.  A bare slug may be
a competition's or anybody's data set: Kaggle is asked what is called so.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from kagura.errors import KaguraError, UsageError
from kagura.inputs.terms import Terms
from kagura.kaggle.client import Client
from kagura.model.handle import Handle, input_handle, source_handles
from kagura.model.lock import LockedBase, LockedNotebook
from kagura.model.needs import Needs
from kagura.notebook.metadata import read_kernel_metadata
from kagura.progress import Progress
from kagura.project.config import NAME as PROJECT_FILE
from kagura.project.config import Project, edit_project, write_project
from kagura.project.lockfile import read_lock, write_lock
from kagura.store.objects import Store
from kagura.system.files import digest_of_bytes
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
    for handle in listed:
        progress.say("sure", f"{handle}: kernel-metadata.json lists it")
    with service(progress, terms=terms) as kaggle:
        guessed = [] if listed else _found_in_code(needs, kaggle.client, progress)
        handles = (*listed, *guessed)
        if guessed and ask is not None and not ask("Take these as the notebook's inputs?"):
            handles = ()
        names = tuple(str(handle) for handle in handles)
        if (folder / PROJECT_FILE).exists():
            edit_project(folder, lambda old: replace(old, inputs=_joined(old.inputs, names)))
        else:
            notebook = path.resolve().relative_to(folder.resolve()).as_posix()
            project = Project(
                folder=folder, notebook=notebook, base=era.date.isoformat(), inputs=names
            )
            write_project(project, comment=f"Its base is {planned.choice.reason}.")
        before = read_lock(folder)
        base = LockedBase(era=era.date.isoformat(), python=era.python, reason=planned.choice.reason)
        lock = replace(
            before,
            notebook=LockedNotebook(handle=path.name, digest=digest_of_bytes(path.read_bytes())),
            base=before.base.named_again(base) if before.base else base,
        )
        write_lock(folder, lock)
        if fetch:
            lock = fetch_inputs(handles, lock, folder, kaggle, store, progress)
    return Pulled(
        folder=str(folder),
        notebook=str(path),
        handle=path.name,
        era=era.date.isoformat(),
        kept=None,
        inputs=tuple(item.handle for item in lock.inputs),
    )


def _found_in_code(needs: Needs, client: Client, progress: Progress) -> list[Handle]:
    """The inputs that the code's paths name; what is only a slug is looked up, and told so."""
    found: dict[Handle, None] = {}
    for name in dict.fromkeys(use.name for use in needs.inputs if use.name):
        handle = _full(name)
        if handle is not None:
            progress.say("sure", f"{handle}: the code reads /kaggle/input/{name}")
            found[handle] = None
            continue
        slug = name.partition("/")[0]
        guess = _guess(slug, client)
        if guess:
            progress.say("guess", f"{guess[0]}: the code reads /kaggle/input/{name}")
            for other in guess[1:4]:
                progress.say("", f"or {other}, with fewer votes")
            found[guess[0]] = None
        else:
            progress.warn(
                f"the code reads /kaggle/input/{name}, and whose data that is nothing tells",
                hint=f"find it on Kaggle, then: kagura input add OWNER/{slug}",
            )
    return list(found)


def _full(name: str) -> Handle | None:
    folder = name.partition("/")[0]
    if folder not in ("competitions", "datasets", "models", "notebooks", "d", "m"):
        return None
    try:
        return input_handle(name)
    except UsageError:
        return None


def _guess(slug: str, client: Client) -> list[Handle]:
    """What is called so on Kaggle: a competition, else data sets, the most voted one first."""
    with suppress(KaguraError):
        next(iter(client.competition_files(slug)), None)
        return [Handle(kind="competition", slug=slug)]
    with suppress(KaguraError):
        return [input_handle(handle) for handle in client.datasets_called(slug)]
    return []


def _joined(before: tuple[str, ...], names: tuple[str, ...]) -> tuple[str, ...]:
    return (*before, *(name for name in names if name not in before))
