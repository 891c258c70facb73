"""An input from Kaggle, ready in the store: found there, or fetched once for all projects."""

from __future__ import annotations

from pathlib import Path

from kagura.inputs.exact import address_of, digest_of_input, exact, plain
from kagura.inputs.ready import ReadyInput
from kagura.inputs.verify import write_manifest
from kagura.inputs.whole import fetch_archive
from kagura.kaggle.client import Client
from kagura.model.handle import Handle
from kagura.progress import Progress
from kagura.store.objects import Store, StoredObject
from kagura.system.http import Http

__all__ = ["ready_input"]


def ready_input(
    handle: Handle, *, store: Store, client: Client, http: Http, progress: Progress
) -> ReadyInput:
    """The input in its own version, else in the newest.

    Two processes that want the same one fetch it once.  Raises ServiceError (Kaggle, the
    network, a bad archive) and MachineError (the disk).
    """
    known = exact(handle, client=client)
    digest = digest_of_input(known, client=client)
    stored = store.find("inputs", digest)
    if stored is not None:
        return _ready(known, stored, was_here=True)
    with store.build("inputs", digest) as place:
        if isinstance(place, StoredObject):
            return _ready(known, place, was_here=True)
        tree = place / "tree"
        fetch_archive(
            lambda: address_of(known, client=client).url,
            tree,
            http=http,
            progress=progress,
            title=str(known),
        )
        _add_script(known, tree, client)
        files, size = write_manifest(place, progress=progress)
        made_from = {"provider": "kaggle", "handle": str(known), "files": files, "size": size}
        return _ready(known, store.finish("inputs", digest, place, made_from), was_here=False)


def _add_script(handle: Handle, tree: Path, client: Client) -> None:
    """A utility script is imported by its slug: its code, beside what its run left."""
    if handle.kind != "notebook":
        return
    kernel = client.kernel(plain(handle), version=handle.version)
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
