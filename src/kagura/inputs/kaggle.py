"""An input from Kaggle, ready in the store: found there, or fetched once for all projects."""

from __future__ import annotations

import os
from pathlib import Path

from kagura.inputs.begun import Begun
from kagura.inputs.choice import check_choice, chosen_by
from kagura.inputs.exact import address_of, digest_of_input, exact, listing
from kagura.inputs.fetch import fetch
from kagura.inputs.fetch_files import fetch_files
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

        tree = place / "tree"
        near = _near(known, store, client)
        try:
            if known.kind == "model" and _model(
                known, tree, near, partial, client=client, http=http, progress=progress, terms=terms
            ):
                members: Members | None = None
            else:
                members = fetch(
                    address,
                    tree,
                    beside=partial,
                    http=http,
                    progress=progress,
                    title=str(known.only(())),
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


def _model(
    handle: Handle,
    tree: Path,
    near: Path | None,
    partial: Path,
    *,
    client: Client,
    http: Http,
    progress: Progress,
    terms: Terms,
) -> bool:
    """Get a model's files one by one, where that is better than its archive; whether they are here.

    The archive is a tar, which has no list: only so what is near can be checked, and only so what
    is not wanted need not come.
    """
    if (near is None and not handle.files) or Begun(partial, tree).known is not None:
        return False
    title, is_wanted = str(handle.only(())), chosen_by(handle.files)
    listed: dict[str, int] = {}
    for number, entry in enumerate(listing(handle, client=client)):
        if number >= MOST_ASKED or entry.size is None:
            return False
        listed[member_path(entry.name, title)] = entry.size
    check_choice(handle.files, listed, title=title)
    files = {path: size for path, size in listed.items() if is_wanted(path)}

    def address(path: str) -> str:
        return client.model_address(handle.plain, version=handle.version or 1, file=path).url

    if near is not None and has_all(
        files, near, address=address, http=http, progress=progress, title=title
    ):
        remove_tree(tree)
        tree.mkdir()
        return take_over(files.items(), near, os.fspath(tree)) == len(files)
    if handle.files:
        fetch_files(
            files,
            address,
            tree,
            beside=partial / "files",
            http=http,
            progress=progress,
            title=title,
            terms=terms,
        )
    return bool(handle.files)


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
