"""An input from Kaggle, ready in the store: found there, or fetched once for all projects."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from kagura.errors import ServiceError
from kagura.inputs.begun import Begun
from kagura.inputs.choice import chosen_by
from kagura.inputs.exact import address_of, digest_of_input, exact, listing
from kagura.inputs.fetch import fetch
from kagura.inputs.hub import MOST_ASKED, has_all, hub_folder, take_over
from kagura.inputs.ready import ReadyInput
from kagura.inputs.safety import ArchiveError, member_path
from kagura.inputs.terms import PLAIN_TERMS, Terms
from kagura.inputs.verify import write_manifest
from kagura.inputs.zip_members import Members
from kagura.kaggle.client import Client
from kagura.model.handle import Handle
from kagura.progress import Progress
from kagura.store.objects import Store, StoredObject
from kagura.system.files import remove_tree
from kagura.system.http import Http

__all__ = ["ready_input"]


def ready_input(
    handle: Handle,
    *,
    store: Store,
    client: Client,
    http: Http,
    progress: Progress,
    terms: Terms = PLAIN_TERMS,
) -> ReadyInput:
    """The input in its own version, else in the newest.

    Two processes that want the same one fetch it once.  Raises ServiceError (Kaggle, the
    network, a bad archive), UsageError (none of its files is wanted) and MachineError (the disk).
    """
    known = exact(handle, client=client)
    digest = digest_of_input(known, client=client)
    stored = store.find("inputs", digest)
    if stored is not None:
        return _ready(known, stored, was_here=True)
    partial = store.home / "partial" / digest.removeprefix("sha256:")
    # Built where it is fetched: at no moment a kill loses what came.
    with store.build("inputs", digest, kept=partial) as place:
        if isinstance(place, StoredObject):
            return _ready(known, place, was_here=True)

        def address() -> str:
            return address_of(known, client=client).url

        tree, title, near = place / "tree", str(known.only(())), _near(known, store, client)
        members: Members | None = None
        has_begun = Begun(partial, tree).known is not None
        if has_begun or not _took_model(
            known, near, tree, client=client, http=http, progress=progress
        ):
            try:
                members = fetch(
                    address,
                    tree,
                    beside=partial,
                    http=http,
                    progress=progress,
                    title=title,
                    files=known.files,
                    terms=terms,
                    near=near,
                )
            except ArchiveError:
                remove_tree(partial)
                raise
        _add_script(known, tree, client)
        files, size = write_manifest(place, members=members, progress=progress)
        made_from = {"provider": "kaggle", "handle": str(known), "files": files, "size": size}
        return _ready(known, store.finish("inputs", digest, place, made_from), was_here=False)


def _near(handle: Handle, store: Store, client: Client) -> Path | None:
    """A folder that may have some of the files: kagglehub's, or ours if all was wanted once."""
    if handle.files:
        stored = store.find("inputs", digest_of_input(handle.only(()), client=client))
        if stored is not None:
            return stored.tree
    return hub_folder(handle, os.environ, home=Path.home())


def _took_model(
    handle: Handle,
    near: Path | None,
    tree: Path,
    *,
    client: Client,
    http: Http,
    progress: Progress,
) -> bool:
    """Take a model's files from a folder that has all of them, each checked; whether it had."""
    if handle.kind != "model" or near is None:
        return False
    title, is_wanted = handle.name, chosen_by(handle.files)
    files: dict[str, int] = {}

    def address(path: str) -> str:
        return client.model_address(handle.plain, version=handle.version or 1, file=path).url

    with suppress(ServiceError):  # whoever fetches it is told the same, and tells it
        for number, entry in enumerate(listing(handle, client=client)):
            if number >= MOST_ASKED or entry.size is None:
                return False
            if is_wanted(path := member_path(entry.name, title)):
                files[path] = entry.size
        if files and has_all(
            files, near, address=address, http=http, progress=progress, title=title
        ):
            remove_tree(tree)
            tree.mkdir()
            return take_over(files.items(), near, os.fspath(tree)) == len(files)
    return False


def _add_script(handle: Handle, tree: Path, client: Client) -> None:
    """A utility script is imported by its slug: its code, beside what its run left."""
    if handle.kind != "notebook":
        return
    kernel = client.kernel(handle.plain, version=handle.version)
    module = tree / f"{handle.slug.replace('-', '_')}.py"
    if kernel.kind == "script" and kernel.language == "python" and not module.exists():
        module.write_text(kernel.source, encoding="utf-8")


def _ready(handle: Handle, stored: StoredObject, *, was_here: bool) -> ReadyInput:
    return ReadyInput(
        handle=handle,
        digest=stored.digest,
        folder=stored.tree,
        files=int(stored.record["files"]),
        size=int(stored.record["size"]),
        was_here=was_here,
    )
