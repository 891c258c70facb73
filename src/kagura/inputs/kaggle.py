"""An input from Kaggle, ready in the store: found there, or fetched once for all projects."""

from __future__ import annotations

import os
from pathlib import Path

from kagura.inputs.exact import address_of, digest_of_input, exact
from kagura.inputs.fetch import fetch
from kagura.inputs.hub import hub_folder
from kagura.inputs.ready import ReadyInput
from kagura.inputs.terms import PLAIN_TERMS, Terms
from kagura.inputs.verify import write_manifest
from kagura.kaggle.client import Client
from kagura.model.handle import Handle
from kagura.progress import Progress
from kagura.store.objects import Store, StoredObject
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

        members = fetch(
            address,
            place / "tree",
            beside=partial,
            http=http,
            progress=progress,
            title=str(known.only(())),
            files=known.files,
            terms=terms,
            near=_near(known, store, client),
        )
        _add_script(known, place / "tree", client)
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
